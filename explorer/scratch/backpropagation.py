"""The forward and the backward pass of a multilayer perceptron, one mini-batch at a time.

Columns are images. Layer l turns what the layer before passes on, X, into Z = W·X + b and A = g(Z);
going back, dQ stands for ∂J/∂Q, with J the sum (or mean) of the losses of the images of the batch.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from explorer.config.run import Activation, Loss
from explorer.scratch.activations import activate, derivative, prelu_slope_gradient
from explorer.scratch.arrays import Array
from explorer.scratch.losses import COSTS
from explorer.scratch.noise import Noise
from explorer.scratch.parameters import Layer


@dataclass(frozen=True, slots=True)
class Forward:
    """What a layer saw and made: X (inputs, B), Z and A (units, B).

    ``mask`` is dropout's, ``passed`` what the next layer sees: A with noise and dropout, or A itself. The
    output layer has no bend: its A is Z, the logits.
    """

    X: Array
    Z: Array
    A: Array
    mask: Array | None
    passed: Array


@dataclass(frozen=True, slots=True)
class Backward:
    """A layer's gradients: dA and dZ (units, B), and those of its parameters, which the next step overwrites.

    ``dA`` is None in the output layer, where dZ comes from the loss at once.
    """

    dA: Array | None
    dZ: Array
    dW: Array
    db: Array
    dslope: Array | None


def weighted_sums(layer: Layer, X: Array) -> Array:
    """Z = W·X + b, (units, B)."""
    return layer.W @ X + layer.b


def forward(layers: Sequence[Layer], activation: Activation, X: Array, noise: Noise) -> list[Forward]:
    """Pass images X (inputs, B) through all layers; the last entry's Z are the logits (classes, B)."""
    passes = []
    for layer in layers[:-1]:
        Z = noise.on_sums(weighted_sums(layer, X))
        A = activate(activation, Z, layer.slope)
        passed, mask = noise.on_activations(A), noise.mask(A)
        if mask is not None:
            passed = passed * mask
        passes.append(Forward(X, Z, A, mask, passed))
        X = passed
    Z = noise.on_sums(weighted_sums(layers[-1], X))
    return [*passes, Forward(X, Z, Z, None, Z)]


def output_gradient(loss: Loss, Z: Array, Y: Array, *, mean: bool) -> Array:
    """dZ of the output layer, (classes, B), for targets Y; ``mean`` divides by the batch size."""
    dZ = COSTS[loss].gradient(Z, Y)
    return dZ / Z.shape[1] if mean else dZ


def weight_gradient(dZ: Array, X: Array, out: Array) -> Array:
    """dW = dZ·Xᵀ, (units, inputs): a sum over the images of the batch."""
    return np.matmul(dZ, X.T, out=out)


def bias_gradient(dZ: Array, out: Array) -> Array:
    """db = Σ dZ over the images, (units, 1)."""
    return np.sum(dZ, axis=1, keepdims=True, out=out)


def input_gradient(W: Array, dZ: Array) -> Array:
    """dX = Wᵀ·dZ, (inputs, B): the blame handed to the layer before."""
    return W.T @ dZ


def backward(
    layers: Sequence[Layer],
    gradients: Sequence[Layer],
    activation: Activation,
    passes: Sequence[Forward],
    *,
    dZ: Array,
    noise: Noise,
) -> list[Backward]:
    """From the output's ``dZ`` back to the first layer; fills ``gradients``, and returns every layer's."""
    steps: list[Backward] = []
    dA, dZ = None, noise.on_sum_gradients(dZ)
    for index in range(len(layers) - 1, -1, -1):
        layer, gradient, own = layers[index], gradients[index], passes[index]
        dslope = gradient.slope
        if index < len(layers) - 1:
            dA = noise.on_gradients(input_gradient(layers[index + 1].W, dZ))
            if own.mask is not None:
                dA = dA * own.mask
            dZ = noise.on_sum_gradients(dA * derivative(activation, own.Z, own.A, layer.slope))
            if dslope is not None:
                dslope[:] = prelu_slope_gradient(dA, own.Z)
        dW = weight_gradient(dZ, own.X, gradient.W)
        db = bias_gradient(dZ, gradient.b)
        steps.insert(0, Backward(dA, dZ, dW, db, dslope))
    return steps
