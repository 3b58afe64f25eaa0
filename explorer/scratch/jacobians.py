"""Backpropagation of one image, written as a product of Jacobian matrices.

Row i, column k of ∂y/∂x is ∂yᵢ/∂xₖ; the derivative of the loss ℓ of one image is a row. Weights count
column by column, as W is stacked into one long vector.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from explorer.config.run import Activation, Loss
from explorer.scratch.activations import derivative
from explorer.scratch.arrays import Array
from explorer.scratch.backpropagation import Forward
from explorer.scratch.parameters import Layer


@dataclass(frozen=True, slots=True, eq=False)
class Factor:
    """One Jacobian of a chain: ``kind`` says which derivative it is, ``layer`` (from 0) of which layer's.

    loss: ∂ℓ/∂p (1, classes) · answer: ∂p/∂z of the output (classes, classes) · weights: ∂z/∂a of the layer
    before, which is W · bend: ∂a/∂z, diagonal · parameters: ∂z/∂W (units, units · inputs).
    """

    kind: str
    layer: int
    matrix: Array


def softmax_jacobian(p: Array) -> Array:
    """∂p/∂z = diag(p) − p·pᵀ for p = softmax(z), (classes, classes)."""
    return np.diag(p) - np.outer(p, p)


def answer_jacobian(loss: Loss, p: Array) -> Array:
    """∂p/∂z: that of the softmax, or diag(p·(1 − p)) for the sigmoids of binary cross-entropy."""
    return np.diag(p * (1 - p)) if loss == "binary_cross_entropy" else softmax_jacobian(p)


def loss_slope(loss: Loss, p: Array, y: Array) -> Array:
    """∂ℓ/∂p, a row (1, classes), for the answer p and the one-hot target y."""
    with np.errstate(divide="ignore", invalid="ignore"):  # an answer of exactly 0 costs endlessly much
        own = np.where(y > 0, -y / p, 0)
        if loss == "mean_squared_error":
            own = 2 * (p - y) / len(p)
        elif loss == "binary_cross_entropy":
            own = own + np.where(y < 1, (1 - y) / (1 - p), 0)
    return own.reshape(1, -1)


def weight_jacobian(x: Array, units: int) -> Array:
    """∂z/∂W for z = W·x + b, (units, units · inputs): x's numbers, each on the diagonal of a square."""
    return np.kron(x.reshape(1, -1), np.eye(units))


def chain(
    layers: Sequence[Layer],
    activation: Activation,
    loss: Loss,
    passes: Sequence[Forward],
    *,
    p: Array,
    y: Array,
    image: int,
    layer: int,
) -> list[Factor]:
    """The factors of ∂ℓ/∂W of a layer (from 0) for one image of the batch, from the loss down."""
    last = len(layers) - 1
    factors = [Factor("loss", last, loss_slope(loss, p, y)), Factor("answer", last, answer_jacobian(loss, p))]
    for above in range(last, layer, -1):
        own = passes[above - 1]
        bend = derivative(activation, own.Z[:, image], own.A[:, image], layers[above - 1].slope)
        factors.append(Factor("weights", above, layers[above].W))
        factors.append(Factor("bend", above - 1, np.diag(bend)))
    units = len(layers[layer].W)
    factors.append(Factor("parameters", layer, weight_jacobian(passes[layer].X[:, image], units)))
    return factors


def multiply(factors: Sequence[Factor]) -> Array:
    """The product of the chain, (1, units · inputs)."""
    product = factors[0].matrix
    for factor in factors[1:]:
        product = product @ factor.matrix
    return product


def as_weights(row: Array, units: int) -> Array:
    """∂ℓ/∂W, a row (1, units · inputs), as a matrix of the shape of W (units, inputs)."""
    return row.reshape(-1, units).T
