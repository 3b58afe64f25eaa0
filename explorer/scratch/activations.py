"""Activation functions A = g(Z) and their derivatives g′(Z), element by element."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import pi, sqrt

import numpy as np
from scipy.special import erf

from explorer.config.run import Activation
from explorer.scratch.arrays import Array

LEAKY_SLOPE = 0.01  # Maas, Hannun & Ng (2013)


@dataclass(frozen=True, slots=True)
class Bend:
    """A pair of formulas: ``function(Z)`` is A, ``derivative(Z, A)`` is g′(Z), each of the shape of Z."""

    function: Callable[[Array], Array]
    derivative: Callable[[Array, Array], Array]


def sigmoid(Z: Array) -> Array:
    """1 / (1 + e^(−Z))."""
    with np.errstate(over="ignore"):  # e^1000 is infinite, and 1/∞ is the 0 that is meant
        return 1 / (1 + np.exp(-Z))


def sigmoid_derivative(_Z: Array, A: Array) -> Array:
    """A · (1 − A)."""
    return A * (1 - A)


def tanh_derivative(_Z: Array, A: Array) -> Array:
    """1 − A²."""
    return 1 - A * A


def relu(Z: Array) -> Array:
    """Z where it is positive, else 0."""
    return np.maximum(Z, 0)


def relu_derivative(Z: Array, _A: Array) -> Array:
    """1 where Z is positive, else 0."""
    return (Z > 0).astype(Z.dtype)


def leaky_relu(Z: Array) -> Array:
    """Z where it is positive, else 0.01·Z."""
    return np.maximum(Z, LEAKY_SLOPE * Z)


def leaky_relu_derivative(Z: Array, _A: Array) -> Array:
    """1 where Z is positive, else 0.01."""
    return np.where(Z > 0, Z.dtype.type(1), Z.dtype.type(LEAKY_SLOPE))


def prelu(Z: Array, slope: Array) -> Array:
    """Z where it is positive, else slope·Z; the slope (1,) is learned (He et al., 2015)."""
    return np.where(Z > 0, Z, slope * Z)


def prelu_derivative(Z: Array, slope: Array) -> Array:
    """1 where Z is positive, else the slope."""
    return np.where(Z > 0, Z.dtype.type(1), slope)


def prelu_slope_gradient(dA: Array, Z: Array) -> Array:
    """∂J/∂slope = Σ dA·Z over units and images where Z is not positive, (1,)."""
    return np.sum(dA * np.minimum(Z, 0)).reshape(1)


def elu(Z: Array) -> Array:
    """Z where it is positive, else e^Z − 1 (Clevert, Unterthiner & Hochreiter, 2016)."""
    return np.where(Z > 0, Z, np.expm1(np.minimum(Z, 0)))


def elu_derivative(Z: Array, _A: Array) -> Array:
    """1 where Z is positive, else e^Z."""
    return np.exp(np.minimum(Z, 0))


def gelu(Z: Array) -> Array:
    """Z·Φ(Z), with the normal distribution Φ (Hendrycks & Gimpel, 2016)."""
    return Z * normal_cdf(Z)


def gelu_derivative(Z: Array, _A: Array) -> Array:
    """Φ(Z) + Z·φ(Z)."""
    return normal_cdf(Z) + Z * np.exp(-Z * Z / 2) / sqrt(2 * pi)


def normal_cdf(Z: Array) -> Array:
    """Φ(Z) = (1 + erf(Z/√2)) / 2."""
    return (1 + erf(Z / sqrt(2))) / 2


def silu(Z: Array) -> Array:
    """Z·σ(Z), with the sigmoid σ."""
    return Z * sigmoid(Z)


def silu_derivative(Z: Array, _A: Array) -> Array:
    """σ(Z)·(1 + Z·(1 − σ(Z)))."""
    S = sigmoid(Z)
    return S * (1 + Z * (1 - S))


def identity(Z: Array) -> Array:
    """Z itself: then all layers together are one linear map."""
    return Z


def identity_derivative(Z: Array, _A: Array) -> Array:
    """1."""
    return np.ones_like(Z)


BENDS: Mapping[Activation, Bend] = {
    "identity": Bend(identity, identity_derivative),
    "sigmoid": Bend(sigmoid, sigmoid_derivative),
    "tanh": Bend(np.tanh, tanh_derivative),
    "relu": Bend(relu, relu_derivative),
    "leaky_relu": Bend(leaky_relu, leaky_relu_derivative),
    "elu": Bend(elu, elu_derivative),
    "gelu": Bend(gelu, gelu_derivative),
    "silu": Bend(silu, silu_derivative),
}


def activate(name: Activation, Z: Array, slope: Array | None = None) -> Array:
    """A = g(Z); ``slope`` (1,) is PReLU's."""
    return BENDS[name].function(Z) if slope is None else prelu(Z, slope)


def derivative(name: Activation, Z: Array, A: Array, slope: Array | None = None) -> Array:
    """g′(Z), of the shape of Z; A is what ``activate`` gave."""
    return BENDS[name].derivative(Z, A) if slope is None else prelu_derivative(Z, slope)
