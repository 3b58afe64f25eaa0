"""The losses of the output layer: what each image costs, and the gradient dZ with which all begins.

Z (classes, B) are the logits, Y (classes, B) the one-hot targets, P the softmax or sigmoid of Z.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from explorer.config.run import Loss
from explorer.scratch.activations import sigmoid
from explorer.scratch.arrays import Array


@dataclass(frozen=True, slots=True)
class Cost:
    """A pair of formulas: ``per_image(Z, Y)`` is (B,), ``gradient(Z, Y)`` that of their sum, (classes, B)."""

    per_image: Callable[[Array, Array], Array]
    gradient: Callable[[Array, Array], Array]


def softmax(Z: Array) -> Array:
    """e^z_c / Σ e^z of each column; less its greatest logit, which changes nothing but the overflow."""
    E = np.exp(Z - Z.max(axis=0))
    return E / E.sum(axis=0)


def log_softmax(Z: Array) -> Array:
    """ln softmax(Z), exact even where the softmax itself rounds to 0."""
    shifted = Z - Z.max(axis=0)
    return shifted - np.log(np.exp(shifted).sum(axis=0))


def probabilities(loss: Loss, Z: Array) -> Array:
    """P, the answer that the loss judges: each logit's sigmoid for binary cross-entropy, else the softmax."""
    return sigmoid(Z) if loss == "binary_cross_entropy" else softmax(Z)


def cross_entropy(Z: Array, Y: Array) -> Array:
    """−Σ_c y_c·ln p_c with p = softmax(z)."""
    return -(Y * log_softmax(Z)).sum(axis=0)


def cross_entropy_gradient(Z: Array, Y: Array) -> Array:
    """P − Y: the softmax's Jacobian and the logarithm's derivative cancel out."""
    return softmax(Z) - Y


def mean_squared_error(Z: Array, Y: Array) -> Array:
    """Σ_c (p_c − y_c)² / C with p = softmax(z) over C classes."""
    return np.square(softmax(Z) - Y).mean(axis=0)


def mean_squared_error_gradient(Z: Array, Y: Array) -> Array:
    """J·dP with dP = 2(P − Y)/C and the softmax's Jacobian J = diag(p) − p·pᵀ, never formed."""
    P = softmax(Z)
    dP = 2 * (P - Y) / len(Z)
    return P * (dP - (P * dP).sum(axis=0))


def binary_cross_entropy(Z: Array, Y: Array) -> Array:
    """−Σ_c y_c·ln o_c + (1 − y_c)·ln(1 − o_c) with o = σ(z), written as ln(1 + e^z) − y·z."""
    return (np.logaddexp(0, Z) - Y * Z).sum(axis=0)


def binary_cross_entropy_gradient(Z: Array, Y: Array) -> Array:
    """σ(Z) − Y."""
    return sigmoid(Z) - Y


COSTS: Mapping[Loss, Cost] = {
    "cross_entropy": Cost(cross_entropy, cross_entropy_gradient),
    "mean_squared_error": Cost(mean_squared_error, mean_squared_error_gradient),
    "binary_cross_entropy": Cost(binary_cross_entropy, binary_cross_entropy_gradient),
}
