"""The numerical gradient: the slope of the loss, found by moving one parameter at a time."""

from collections.abc import Callable

import numpy as np

from explorer.config.run import Activation, Loss
from explorer.scratch.arrays import Array
from explorer.scratch.backpropagation import forward
from explorer.scratch.losses import COSTS
from explorer.scratch.noise import silence
from explorer.scratch.parameters import Parameters

NUDGE = 1e-5  # in float64 the error of central differences, about NUDGE² + 1e-16 / NUDGE, is least near here


def mean_cost(parameters: Parameters, activation: Activation, loss: Loss, X: Array, Y: Array) -> float:
    """J, the mean loss of images X (inputs, B) with one-hot targets Y (classes, B), without penalties."""
    logits = forward(parameters.layers, activation, X, silence())[-1].Z
    return float(COSTS[loss].per_image(logits, Y).mean())


def numerical_gradient(cost: Callable[[], float], values: Array) -> Array:
    """(J(θ + ε) − J(θ − ε)) / 2ε for each of ``values`` (any shape, float64), which ``cost`` reads."""
    gradient = np.empty_like(values)
    for place in np.ndindex(values.shape):
        here = values[place]
        values[place] = here + NUDGE
        above = cost()
        values[place] = here - NUDGE
        below = cost()
        values[place] = here
        gradient[place] = (above - below) / (2 * NUDGE)
    return gradient
