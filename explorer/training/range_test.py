"""The learning-rate range test: one network trained while its rate grows, and the rate that this suggests."""

import math
from collections.abc import Generator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from explorer.config.run import RunConfig
from explorer.data.splits import Splits
from explorer.training.objectives import image_losses
from explorer.training.step import EagerSteps, Step
from explorer.training.trainee import Trainees

LEAST_RATE, GREATEST_RATE = 1e-7, 10.0
FEWEST_STEPS, STEPS, MOST_STEPS = 100, 200, 1_000
LARGE_BATCH = 1_024  # from here on losses have little noise, and steps are long
ENOUGH_IMAGES = 3_000  # that smaller batches are to see in all
MEMORY = 1 / 20  # of all steps, in the smoothed loss
MOST_LOSS = 4.0  # times the best smoothed loss; then the test is over
JUMP = 1.5  # times the best smoothed loss; from there on falls are those of a network that was thrown back
WINDOW = 1 / 3  # powers of ten to each side, over which a fall is measured
LEAST_FALL = 0.01  # of the loss; a smaller fall is chance

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class RangeStep:
    """One step of the test: its rate, the mean loss of its batch before the update, and that smoothed.

    ``loss`` may be infinite or not a number in the last step.
    """

    rate: float
    loss: float
    smoothed: float


@dataclass(frozen=True, slots=True)
class Suggestion:
    """The ``steepest`` fall's rate, and for comparison the one ten times below the least loss's."""

    steepest: float
    tenth_of_least: float


def rates(batch_size: int) -> tuple[float, ...]:
    """The rates of the test, each a fixed factor above the one before; more of them for small batches."""
    steps = FEWEST_STEPS if batch_size >= LARGE_BATCH else max(STEPS, ENOUGH_IMAGES // batch_size)
    return tuple(float(rate) for rate in np.geomspace(LEAST_RATE, GREATEST_RATE, min(steps, MOST_STEPS)))


def range_test(config: RunConfig, splits: Splits, device: torch.device) -> Generator[RangeStep, None, None]:
    """Train the config's network for a few steps with an exponentially growing rate, yielding each step.

    The test of Smith (2017), "Cyclical Learning Rates for Training Neural Networks", with the exponential
    growth, smoothing and end that Gugger (2018), "How do you find a good learning rate", gave it. Everything
    but the rate is as in training: the same first weights, order of images, noise, penalties and optimizer;
    schedule and number of epochs do not matter. It ends early once the smoothed loss exceeds four times its
    best, or the loss is infinite or not a number; that step is the last one. Equal for equal seeds.
    """
    trainees = Trainees({0: config}, {0: splits}, device)
    growing = rates(trainees.batches.batch_size)
    steps = EagerSteps(_GrowingStep(trainees, growing), trainees.batches.steps_per_epoch)
    smoothing, best = Smoothing(1 - 1 / (MEMORY * len(growing))), math.inf
    done, epoch = 0, 0
    while done < len(growing):
        epoch += 1
        trainees.start_epoch(epoch)
        for block in trainees.batches.blocks(epoch):
            steps.begin(block, done)
            for index in range(min(block.batches, len(growing) - done)):
                steps.run(index, observe=False)
                with torch.no_grad():
                    losses = image_losses(config.loss, steps.logits[index], block.labels[index])
                loss = float(losses.double().mean())
                smoothed = smoothing.add(loss)
                yield RangeStep(growing[done], loss, smoothed)
                done += 1
                if not math.isfinite(loss) or smoothed > MOST_LOSS * best:
                    return
                best = min(best, smoothed)
            if done == len(growing):
                return


class Smoothing:
    """A moving average with bias correction (Kingma & Ba, 2015): right from its first value on."""

    def __init__(self, share: float) -> None:
        self._share, self._sum, self._weight = share, 0.0, 0.0

    def add(self, value: float) -> float:
        """The average with one more value."""
        self._sum = self._share * self._sum + (1 - self._share) * value
        self._weight = self._share * self._weight + (1 - self._share)
        return self._sum / self._weight


def suggest(tried: Sequence[float], smoothed: Sequence[float]) -> Suggestion | None:
    """The rate at which the smoothed loss falls most steeply over the logarithm of the rate.

    There a longer step wins most, and the loss is still far from rising (Gugger, 2018; ``steep`` in fastai).
    The fall is that of a straight line, by least squares, through the losses of ``WINDOW`` to each side. It
    is looked for up to the least smoothed loss before the first jump. Gugger's other rule, a tenth of the
    rate of the least loss, stands beside it.

    None where the loss does not fall by ``LEAST_FALL`` of itself.
    """
    logarithms, losses = np.log10(np.asarray(tried, float)), np.asarray(smoothed, float)
    jumped = ~(losses <= JUMP * np.minimum.accumulate(losses))  # or not a number
    calm = int(jumped.argmax()) if jumped.any() else len(losses)
    if calm == 0:
        return None
    least = int(losses[:calm].argmin())
    greatest = float(losses[: least + 1].max())
    if greatest - losses[least] < LEAST_FALL * greatest:
        return None
    slopes = [_slope(logarithms[:calm], losses[:calm], place) for place in range(least + 1)]
    steepest = int(np.argmin(slopes))
    return Suggestion(float(tried[steepest]), float(tried[least]) / 10)


def _slope(logarithms: Array, losses: Array, place: int) -> float:
    """Of the line through the losses around a place."""
    around = np.abs(logarithms - logarithms[place]) <= WINDOW
    across = logarithms[around] - logarithms[around].mean()
    spread = float((across**2).sum())
    return float((across * losses[around]).sum()) / spread if spread else 0.0


class _GrowingStep(Step):
    """A step of training whose rate is given by its number alone."""

    def __init__(self, trainees: Trainees, growing: Sequence[float]) -> None:
        super().__init__(trainees.configs, trainees.network, trainees.optimizer, trainees.observer)
        self._growing = growing

    def coefficients(self, step: int, steps_per_epoch: int) -> tuple[tuple[float, ...], ...]:  # noqa: ARG002
        """The optimizer's coefficients of a step (from 0)."""
        return self.optimizer.coefficients(step + 1, (self._growing[step],))
