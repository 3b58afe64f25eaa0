"""The bend in every hidden unit, by name."""

from collections.abc import Callable, Mapping

import torch
from torch import Tensor
from torch.nn import functional

from explorer.config.run import Activation

LEAKY_SLOPE = 0.01  # Maas, Hannun & Ng (2013)
PRELU_START = 0.25  # He et al. (2015)

# Monotone non-decreasing whatever is learned: the greatest of a window keeps its place, so pooling may go
# first and leave fewer values to bend. PReLU is not among them, as its slope may become negative.
MONOTONE: frozenset[Activation] = frozenset({"identity", "sigmoid", "tanh", "relu", "leaky_relu", "elu"})

_FIXED: Mapping[Activation, Callable[[Tensor], Tensor]] = {
    "identity": lambda sums: sums,
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "relu": torch.relu,
    "leaky_relu": lambda sums: functional.leaky_relu(sums, LEAKY_SLOPE),
    "elu": functional.elu,  # α = 1; Clevert, Unterthiner & Hochreiter (2016)
    "gelu": functional.gelu,  # x·Φ(x) by the exact error function; Hendrycks & Gimpel (2016)
    "silu": functional.silu,
}


def activate(name: Activation, sums: Tensor, slope: Tensor | None = None) -> Tensor:
    """The activations of weighted sums of any shape; ``identity`` returns the same tensor.

    ``slope`` (shape (1,)) is PReLU's, for negative sums; without one it is its start value 0.25.
    """
    if name == "prelu":
        slope = sums.new_full((1,), PRELU_START) if slope is None else slope
        return functional.prelu(sums, slope)
    return _FIXED[name](sums)
