"""All parameters of a network in one flat vector, its gradient in another, and both layer by layer."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from explorer.config.run import Network
from explorer.models.architecture import parameter_shapes, weight_layers
from explorer.scratch.arrays import Array


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer's W (units, inputs), b (units, 1) and PReLU's slope (1,), or their gradients; all views."""

    W: Array
    b: Array
    slope: Array | None


class Parameters:
    """Weights lie first in the flat ``values`` and ``gradient`` (P,), so penalties know where to end.

    ``layers`` and ``gradients`` are views of the two: to change one is to change the other. ``inputs`` is
    the length of what the first layer sees, by default an image's 784 pixels.
    """

    def __init__(self, network: Network, dtype: DTypeLike = np.float32, *, inputs: int | None = None) -> None:
        shapes = parameter_shapes(network, inputs=inputs)
        self.names = tuple(shapes)
        self._places: dict[str, tuple[int, tuple[int, ...]]] = {}
        self.penalised = end = 0
        for name in sorted(shapes, key=lambda name: not name.endswith(".weight")):
            self._places[name] = end, shapes[name]
            end += prod(shapes[name])
            if name.endswith(".weight"):
                self.penalised = end
        self.values: Array = np.zeros(end, dtype)
        self.gradient: Array = np.zeros(end, dtype)
        self._prefixes = [layer.prefix for layer in weight_layers(network, inputs=inputs)]
        self.layers = self.layers_of(self.values)
        self.gradients = self.layers_of(self.gradient)

    def arrays(self) -> dict[str, Array]:
        """Copies of all parameters by the names that every engine uses."""
        return {name: self._view(self.values, name).copy() for name in self.names}

    def load(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Take over parameters by name; the numbers are copied."""
        for name in self.names:
            self._view(self.values, name)[...] = arrays[name]

    def view(self, name: str) -> Array:
        """A parameter by its name; to change it is to change ``values``."""
        return self._view(self.values, name)

    def gradient_view(self, name: str) -> Array:
        """The gradient of a parameter by its name, a view."""
        return self._view(self.gradient, name)

    def weights_of(self, flat: Array) -> list[Array]:
        """Each layer's weights in any vector laid out like ``values``, views."""
        return [self._view(flat, f"{prefix}.weight") for prefix in self._prefixes]

    def layers_of(self, flat: Array) -> tuple[Layer, ...]:
        """Layer by layer what lies in any vector laid out like ``values``, views."""
        return tuple(
            Layer(
                W=self._view(flat, f"{prefix}.weight"),
                b=self._view(flat, f"{prefix}.bias").reshape(-1, 1),
                slope=self._view(flat, f"{prefix}.slope") if f"{prefix}.slope" in self._places else None,
            )
            for prefix in self._prefixes
        )

    def _view(self, flat: Array, name: str) -> Array:
        start, shape = self._places[name]
        return flat[start : start + prod(shape)].reshape(shape)
