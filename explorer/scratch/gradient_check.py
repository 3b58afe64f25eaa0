"""The numerical gradient: the slope of the loss, found by moving one parameter at a time."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.config.run import Activation, Loss, Regularisation, RunConfig
from explorer.scratch.arrays import Array
from explorer.scratch.backpropagation import forward
from explorer.scratch.losses import COSTS
from explorer.scratch.noise import silence
from explorer.scratch.parameters import Parameters
from explorer.scratch.step import find_gradient

NUDGE = 1e-5  # in float64 the error of central differences, about NUDGE² + 1e-16 / NUDGE, is least near here
FLAT = 1e-9  # slopes smaller than this are the rounding of J over NUDGE


def mean_cost(parameters: Parameters, activation: Activation, loss: Loss, X: Array, Y: Array) -> float:
    """J, the mean loss of images X (inputs, B) with one-hot targets Y (classes, B), without penalties."""
    logits = forward(parameters.layers, activation, X, silence())[-1].Z
    return float(COSTS[loss].per_image(logits, Y).mean())


def numerical_gradient(cost: Callable[[], float], values: Array) -> Array:
    """(J(θ + ε) − J(θ − ε)) / 2ε for each of ``values`` (any shape, float64), which ``cost`` reads."""
    gradient = np.empty_like(values)
    for place in np.ndindex(values.shape):
        gradient[place] = slope(cost, values, place)
    return gradient


def slope(cost: Callable[[], float], values: Array, place: tuple[int, ...]) -> float:
    """The numerical gradient for one of ``values``, which is put back afterwards."""
    here = values[place]
    values[place] = here + NUDGE
    above = cost()
    values[place] = here - NUDGE
    below = cost()
    values[place] = here
    return (above - below) / (2 * NUDGE)


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """A parameter's gradient as backpropagation gives it, beside its numerical one.

    ``places`` are the numbers compared, as flat indices (n,) into the parameter; ``analytic`` and
    ``numeric`` (n,) belong to them; ``size`` is how many numbers the parameter has.
    """

    name: str
    places: NDArray[np.int64]
    analytic: Array
    numeric: Array
    size: int

    @property
    def error(self) -> float:
        """The greatest difference, relative to the greatest slope of either kind; 0 where both are flat."""
        scale = max(np.abs(self.analytic).max(), np.abs(self.numeric).max())
        return float(np.abs(self.analytic - self.numeric).max() / scale) if scale > FLAT else 0.0

    @property
    def is_flat(self) -> bool:
        """Whether no slope differs from 0 by more than rounding."""
        return bool(max(np.abs(self.analytic).max(), np.abs(self.numeric).max()) <= FLAT)


def compare_gradients(
    config: RunConfig, parameters: Parameters, X: Array, Y: Array, *, most: int
) -> tuple[Comparison, ...]:
    """Every parameter's two gradients for images X (inputs, B) with targets Y (classes, B), penalties aside.

    ``parameters`` are float64; their gradient is filled anew. Of a parameter of more than ``most`` numbers
    that many are compared, drawn by the run's seed.
    """
    activation, loss = config.network.activation, config.loss
    plain = config.model_copy(update={"regularisation": Regularisation()})
    find_gradient(plain, parameters, X, Y, silence())
    images = 1 if config.optimizer.reduction == "mean" else X.shape[1]
    random = np.random.default_rng(config.training.seed)
    found = []
    for name in parameters.names:
        values, gradient = parameters.view(name), parameters.gradient_view(name)
        places = np.arange(values.size)
        if values.size > most:
            places = np.sort(random.choice(values.size, most, replace=False))
        numeric = [
            images
            * slope(
                lambda: mean_cost(parameters, activation, loss, X, Y),
                values,
                tuple(int(index) for index in np.unravel_index(place, values.shape)),
            )
            for place in places
        ]
        analytic = gradient.ravel()[places]
        found.append(Comparison(name, places, analytic, np.array(numeric), values.size))
    return tuple(found)
