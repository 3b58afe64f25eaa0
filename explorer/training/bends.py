"""Activation functions and their derivatives as in-place kernels."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from explorer.config.run import Activation
from explorer.models.activations import LEAKY_SLOPE

_aten = torch.ops.aten  # the kernels behind torch.nn.functional, with out=


@dataclass(frozen=True, slots=True)
class Bend:
    """An activation function without parameters.

    ``forward(sums, out)`` writes the activations; ``backward(gradients, kept, out)`` turns
    gradients of the activations into those of the sums; ``out`` may be ``gradients``. ``kept`` are the
    activations where ``in_place`` is true (they may overwrite the sums), else the sums.
    """

    in_place: bool
    forward: Callable[[Tensor, Tensor], object]
    backward: Callable[[Tensor, Tensor, Tensor], object]


def _copy(values: Tensor, out: Tensor) -> None:
    if out.data_ptr() != values.data_ptr():
        out.copy_(values)


# Derivatives of leaky ReLU and ELU follow from the result, as their slopes are positive. PReLU's may not be,
# and it has a parameter; see ``mlp``.
BENDS: Mapping[Activation, Bend] = {
    "identity": Bend(True, _copy, lambda gradients, _kept, out: _copy(gradients, out)),
    "sigmoid": Bend(
        True,
        lambda sums, out: torch.sigmoid(sums, out=out),
        lambda gradients, kept, out: _aten.sigmoid_backward.grad_input(gradients, kept, grad_input=out),
    ),
    "tanh": Bend(
        True,
        lambda sums, out: torch.tanh(sums, out=out),
        lambda gradients, kept, out: _aten.tanh_backward.grad_input(gradients, kept, grad_input=out),
    ),
    "relu": Bend(
        True,
        lambda sums, out: torch.clamp_min(sums, 0, out=out),
        lambda gradients, kept, out: _aten.threshold_backward.grad_input(gradients, kept, 0, grad_input=out),
    ),
    "leaky_relu": Bend(
        True,
        lambda sums, out: _aten.leaky_relu.out(sums, LEAKY_SLOPE, out=out),
        lambda gradients, kept, out: _aten.leaky_relu_backward.grad_input(
            gradients, kept, LEAKY_SLOPE, True, grad_input=out
        ),
    ),
    "elu": Bend(
        True,
        lambda sums, out: _aten.elu.out(sums, 1, 1, 1, out=out),
        lambda gradients, kept, out: _aten.elu_backward.grad_input(
            gradients, 1, 1, 1, True, kept, grad_input=out
        ),
    ),
    "gelu": Bend(
        False,
        lambda sums, out: _aten.gelu.out(sums, out=out),
        lambda gradients, kept, out: _aten.gelu_backward.grad_input(gradients, kept, grad_input=out),
    ),
    "silu": Bend(
        False,
        lambda sums, out: _aten.silu.out(sums, out=out),
        lambda gradients, kept, out: _aten.silu_backward.grad_input(gradients, kept, grad_input=out),
    ),
}


def bend_prelu(sums: Tensor, slopes: Tensor, out: Tensor) -> None:
    """PReLU (He et al., 2015) of (K, units, B) sums with one slope a network, (K, 1)."""
    torch.mul(sums, slopes.unsqueeze(2), out=out)
    torch.where(sums > 0, sums, out, out=out)


def bend_prelu_back(
    gradients: Tensor, sums: Tensor, slopes: Tensor, slope_gradients: Tensor, out: Tensor
) -> None:
    """Turn gradients of the activations into those of the sums, and fill the slopes', (K, 1)."""
    below = sums <= 0
    torch.sum((gradients * sums).mul_(below), dim=(1, 2), out=slope_gradients.squeeze(1))
    torch.where(below, gradients * slopes.unsqueeze(2), gradients, out=out)
