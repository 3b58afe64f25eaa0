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
    """``forward(sums, out)`` writes the activations; ``backward(gradients, kept)`` turns gradients of the
    activations into those of the sums, in place. ``kept`` are the activations where ``in_place`` is
    true (they may overwrite the sums), else the sums.
    """

    in_place: bool
    forward: Callable[[Tensor, Tensor], object]
    backward: Callable[[Tensor, Tensor], object]


# Derivatives of leaky ReLU and ELU follow from the result, as their slopes are positive. PReLU's may not be,
# and it has a parameter; see ``mlp``.
BENDS: Mapping[Activation, Bend] = {
    "identity": Bend(True, lambda sums, out: None, lambda gradients, kept: None),
    "sigmoid": Bend(
        True,
        lambda sums, out: torch.sigmoid(sums, out=out),
        lambda gradients, kept: _aten.sigmoid_backward.grad_input(gradients, kept, grad_input=gradients),
    ),
    "tanh": Bend(
        True,
        lambda sums, out: torch.tanh(sums, out=out),
        lambda gradients, kept: _aten.tanh_backward.grad_input(gradients, kept, grad_input=gradients),
    ),
    "relu": Bend(
        True,
        lambda sums, out: torch.clamp_min(sums, 0, out=out),
        lambda gradients, kept: _aten.threshold_backward.grad_input(gradients, kept, 0, grad_input=gradients),
    ),
    "leaky_relu": Bend(
        True,
        lambda sums, out: _aten.leaky_relu.out(sums, LEAKY_SLOPE, out=out),
        lambda gradients, kept: _aten.leaky_relu_backward.grad_input(
            gradients, kept, LEAKY_SLOPE, True, grad_input=gradients
        ),
    ),
    "elu": Bend(
        True,
        lambda sums, out: _aten.elu.out(sums, 1, 1, 1, out=out),
        lambda gradients, kept: _aten.elu_backward.grad_input(
            gradients, 1, 1, 1, True, kept, grad_input=gradients
        ),
    ),
    "gelu": Bend(
        False,
        lambda sums, out: _aten.gelu.out(sums, out=out),
        lambda gradients, kept: _aten.gelu_backward.grad_input(gradients, kept, grad_input=gradients),
    ),
    "silu": Bend(
        False,
        lambda sums, out: _aten.silu.out(sums, out=out),
        lambda gradients, kept: _aten.silu_backward.grad_input(gradients, kept, grad_input=gradients),
    ),
}


def bend_prelu(sums: Tensor, slopes: Tensor, out: Tensor) -> None:
    """PReLU (He et al., 2015) of (K, B, units) sums with one slope a network, (K, 1)."""
    torch.mul(sums, slopes.unsqueeze(2), out=out)
    torch.where(sums > 0, sums, out, out=out)


def bend_prelu_back(gradients: Tensor, sums: Tensor, slopes: Tensor, slope_gradients: Tensor) -> None:
    """Turn gradients of the activations into those of the sums, in place, and fill the slopes', (K, 1)."""
    below = sums <= 0
    torch.sum((gradients * sums).mul_(below), dim=(1, 2), out=slope_gradients.squeeze(1))
    torch.where(below, gradients * slopes.unsqueeze(2), gradients, out=gradients)
