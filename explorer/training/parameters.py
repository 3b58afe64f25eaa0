"""All parameters of a stack of networks in one flat tensor, and their gradients in another."""

from collections.abc import Mapping
from math import prod

import torch
from torch import Tensor

from explorer.models.architecture import BUFFERS

ALIGNMENT = 16  # elements: every parameter starts on a cache line; the gaps stay zero whatever the optimizer


def is_parameter(name: str) -> bool:
    """Whether gradients change it (batch norm's running statistics are buffers)."""
    return not name.endswith(BUFFERS)


def is_weight(name: str) -> bool:
    """Whether L1 and L2 penalise it: weights, but no biases, slopes, or scales of batch norm."""
    return name.endswith(".weight") and not name.endswith(".norm.weight")


class Layout:
    """Where each parameter of one network lies among its ``size`` elements.

    Weights come first, those of the first layer at the start, all of them in ``[:penalised]``.
    """

    def __init__(self, shapes: Mapping[str, tuple[int, ...]]) -> None:
        names = sorted((name for name in shapes if is_parameter(name)), key=lambda name: not is_weight(name))
        self.shapes = {name: shapes[name] for name in names}
        self.places: dict[str, slice] = {}
        self.penalised = self.size = 0
        for name in names:
            self.places[name] = slice(self.size, self.size + prod(shapes[name]))
            self.size += -(-prod(shapes[name]) // ALIGNMENT) * ALIGNMENT
            if is_weight(name):
                self.penalised = self.size


class FlatParameters:
    """Parameters of K networks of one shape.

    ``values`` and ``gradients`` are (K, P) and contiguous, so that an optimizer is a handful of kernels
    whatever the depth. Kernels of convolutions lie in channels-last order. With ``row``, P is a multiple of
    it: all networks' first weights are then rows of one matrix, with some other parameters in between.
    """

    def __init__(
        self,
        shapes: Mapping[str, tuple[int, ...]],
        stack: int,
        device: torch.device,
        dtype: torch.dtype,
        *,
        row: int = 1,
    ) -> None:
        self.layout = Layout(shapes)
        self.shapes = self.layout.shapes
        self.penalised = self.layout.penalised
        self.values = torch.zeros(stack, -(-self.layout.size // row) * row, device=device, dtype=dtype)
        self.gradients = torch.zeros_like(self.values)

    @property
    def stack(self) -> int:
        """How many networks."""
        return len(self.values)

    def value(self, name: str) -> Tensor:
        """The parameter of every network, (K, *shape), a view."""
        return self.view(self.values, name)

    def gradient(self, name: str) -> Tensor:
        """Its gradient, (K, *shape), a view."""
        return self.view(self.gradients, name)

    def section(self, flat: Tensor, name: str) -> Tensor:
        """The parameter's part of any tensor laid out like ``values``, (K, elements), a view."""
        return flat[:, self.layout.places[name]]

    def view(self, flat: Tensor, name: str) -> Tensor:
        """The same in the parameter's shape, (K, *shape), a view."""
        shape, section, stack = self.shapes[name], self.section(flat, name), len(flat)
        if len(shape) != 4:
            return section.view(stack, *shape)
        filters, channels, height, width = shape
        return section.view(stack, filters, height, width, channels).permute(0, 1, 4, 2, 3)

    def load(self, parameters: Mapping[str, Tensor]) -> None:
        """Set every network to these parameters; names that are no parameters are passed over."""
        for name in self.shapes:
            self.value(name).copy_(parameters[name])
