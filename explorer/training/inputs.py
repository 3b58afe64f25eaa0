"""The first layer of a stack: networks that see the same images multiply them together."""

from dataclasses import dataclass
from math import ceil

import torch
from torch import Tensor

from explorer.training.parameters import FlatParameters, Layout
from explorer.training.products import Product, affine_for, product_for

# Share of a wide product's rows that may be other parameters.
MOST_IDLE_ROWS = 0.25


def row_for(layout: Layout, first: tuple[int, int], stack: int, lanes: int, device: torch.device) -> int:
    """What the size of a network's parameters must be a multiple of, for ``FlatParameters``.

    ``first`` (units, inputs) is the shape of the first layer. One wide product for all networks of a lane is
    up to three times as fast on a CPU as one for each, if the layer is what a network mostly consists of.
    """
    units, inputs = first
    idle = ceil(layout.size / inputs) - units
    is_worth_it = device.type == "cpu" and stack > lanes and idle <= MOST_IDLE_ROWS * (units + idle)
    return inputs if is_worth_it else 1


@dataclass(frozen=True, slots=True)
class _Plan:
    """The products for steps of one batch size, and memory for those that need it."""

    multiply: Product
    sums: Tensor  # (S, rows of a lane, B)
    to_weight: Product
    weight_gradients: Tensor  # (S, units of a lane, inputs)


class FirstLayer:
    """Sums of the first layer's weights and images, and the gradients of these weights, in wide products.

    K networks see the images of S lanes, K/S of them each. Where their parameters are multiples of a row of
    weights, those of one lane are one matrix, whose other rows cost their time and go unused. ``is_wide``
    says whether that is so in training.
    """

    def __init__(self, parameters: FlatParameters, weight: Tensor, lanes: int) -> None:
        self._stack, self._units, self._inputs = weight.shape
        self._lanes = lanes
        self._values = parameters.values
        self._weight = weight
        size = parameters.values.shape[1]
        self._rows = size // self._inputs
        self._has_rows = self._stack > 1 and size % self._inputs == 0
        self.is_wide = self._has_rows and self._stack > lanes
        self._plans: dict[int, _Plan] = {}

    def prepare(self, batch: int) -> None:
        """Have the memory for steps of so many images."""
        if not self.is_wide:
            return
        values, lanes, each = self._values, self._lanes, self._stack // self._lanes
        rows, units = each * self._rows, each * self._units
        self._plans[batch] = _Plan(
            product_for((lanes, rows, self._inputs, batch), values),
            values.new_empty(lanes, rows, batch),
            product_for((lanes, units, batch, self._inputs), values),
            values.new_empty(lanes, units, self._inputs),
        )

    def spread(self, images: Tensor) -> Tensor:
        """The images of S lanes (S, B, inputs) for each network, (K, B, inputs)."""
        spread = images.unsqueeze(1).expand(-1, self._stack // self._lanes, -1, -1)
        return spread[0] if self._lanes == 1 else spread.flatten(0, 1)

    def forward(self, bias: Tensor, images: Tensor, out: Tensor) -> None:
        """Fill ``out`` (K, units, B), of images (S, inputs, B)."""
        plan = self._plans[images.shape[2]]
        matrix = self._values.view(self._lanes, -1, self._inputs)
        self._cut(plan.multiply(matrix, images, plan.sums), bias, out)

    def backward(self, gradients: Tensor, images: Tensor) -> Tensor:
        """Gradients of the weights (K, units, inputs), from the sums' (K, units, B) and images (S, B, …)."""
        plan = self._plans[images.shape[1]]
        stacked = gradients.view(self._lanes, -1, gradients.shape[2])
        return plan.to_weight(stacked, images, plan.weight_gradients).view(self._weight.shape)

    def answer(self, bias: Tensor, images: Tensor, rows: slice) -> Tensor:
        """W·X + b of some of the networks, (k, units, N), for the same images (1, N, inputs)."""
        weight, columns = self._weight[rows], images.transpose(1, 2)
        stack, count = len(weight), images.shape[1]
        out = weight.new_empty(stack, self._units, count)
        if stack == 1 or not self._has_rows:
            affine = affine_for((stack, self._units, self._inputs, count), weight)
            return affine(bias, weight, columns.expand(stack, -1, -1), out)
        matrix = self._values[rows].view(1, -1, self._inputs)
        multiply = product_for((1, matrix.shape[1], self._inputs, count), weight)
        self._cut(multiply(matrix, columns, weight.new_empty(1, matrix.shape[1], count)), bias, out)
        return out

    def _cut(self, product: Tensor, bias: Tensor, out: Tensor) -> None:
        """Leave out the rows that are no weights of this layer, and add the bias."""
        torch.add(product.view(len(out), self._rows, -1)[:, : self._units], bias, out=out)
