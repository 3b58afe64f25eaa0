"""Training at walking pace: any step of a small network's training, with all that it computed."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.config.run import RunConfig
from explorer.scratch.arrays import Array
from explorer.scratch.backpropagation import forward
from explorer.scratch.initialisation import initialise
from explorer.scratch.losses import COSTS, probabilities
from explorer.scratch.noise import silence
from explorer.scratch.optimizers import Optimizer
from explorer.scratch.parameters import Layer, Parameters
from explorer.scratch.step import Trace, take_step

SMALL_SIDES = (4, 7, 14, 28)  # of images; these divide 28


@dataclass(frozen=True, slots=True)
class Score:
    """The mean loss of some images, and the share of them that is classified correctly."""

    loss: float
    accuracy: float


@dataclass(frozen=True, slots=True, eq=False)
class StepRecord:
    """One step: what was there before it, all that it computed, and what it left behind.

    ``number`` counts steps from 1, ``step_of_epoch`` and ``epoch`` too. ``images`` (B,) are places among
    the training images, X (inputs, B) and Y (classes, B) what they say; P (classes, B) is the answer,
    ``losses`` (B,) what each image costs. ``before`` and ``after`` are the parameters, ``moments_after`` what
    the optimizer remembers, by name. ``score`` is the batch's before the update, ``score_after`` after it.
    ``is_sound`` is False once a number is infinite or none at all.
    """

    number: int
    epoch: int
    step_of_epoch: int
    images: NDArray[np.int64]
    X: Array
    Y: Array
    trace: Trace
    P: Array
    losses: Array
    before: tuple[Layer, ...]
    after: tuple[Layer, ...]
    moments_after: Mapping[str, tuple[Layer, ...]]
    score: Score
    score_after: Score
    is_sound: bool


class Walk:
    """A network that can be asked for any step of its training; the same arguments, the same steps.

    Images (inputs, N) float64 and labels (N,) are what it learns from. It keeps one step and the scores
    of those before: a step back is computed again from the start. ``history`` holds the score of each
    batch, ``epochs`` that of all images before the first epoch and after each whole one.
    """

    def __init__(self, config: RunConfig, images: Array, labels: NDArray[np.uint8]) -> None:
        self.config, self.images, self.labels = config, images, labels
        size = config.training.batch_size
        self.batch_size = len(labels) if size == "full" else min(size, len(labels))
        self.steps_per_epoch = -(-len(labels) // self.batch_size)
        self.history: list[Score] = []
        self.epochs: list[Score] = []
        self._targets = np.eye(10)[labels].T
        self._record: StepRecord | None = None
        self._wrong: int | None = None  # the first step whose numbers left all bounds, once it is known
        self._start()

    def step(self, number: int) -> StepRecord:
        """Step ``number`` (from 1), or the first one before it whose numbers leave all bounds."""
        if self._wrong is not None:
            number = min(number, self._wrong)
        if self._record is not None and self._record.number == number:
            return self._record
        if number <= self._taken:
            self._start()
        with np.errstate(all="ignore"):  # what leaves all bounds is told by is_sound
            while self._taken < number - 1:
                self._take()
                if self._wrong is not None:
                    return self.step(self._wrong)
            self._record = self._take_and_look()
        return self._record

    def _start(self) -> None:
        network = self.config.network
        self.parameters = Parameters(network, np.float64, inputs=len(self.images))
        initialise(self.parameters, network, self.config.training.seed)
        self._optimizer = Optimizer(self.config.optimizer, self.parameters.values, self.parameters.gradient)
        self._taken = 0
        self._record = None
        self._note_epoch()

    def _batch(self, number: int) -> NDArray[np.int64]:
        """Which images the step with this number sees; every epoch sees all, in an order of its own."""
        epoch, place = divmod(number - 1, self.steps_per_epoch)
        order = np.random.default_rng((self.config.training.seed, epoch)).permutation(len(self.labels))
        return order[place * self.batch_size : (place + 1) * self.batch_size]

    def _take(self) -> Trace:
        number = self._taken + 1
        chosen = self._batch(number)
        X, Y = self.images[:, chosen], self._targets[:, chosen]
        trace = take_step(
            self.config,
            self.parameters,
            self._optimizer,
            X,
            Y,
            noise=silence(),
            step=number,
            rate=self.config.optimizer.learning_rate,
        )
        self._taken = number
        score = self._score(trace.logits, Y)
        if len(self.history) < number:
            self.history.append(score)
        if not (np.isfinite(score.loss) and np.isfinite(self.parameters.values).all()):
            self._wrong = number
        elif number % self.steps_per_epoch == 0:
            self._note_epoch()
        return trace

    def _take_and_look(self) -> StepRecord:
        number = self._taken + 1
        epoch, place = divmod(number - 1, self.steps_per_epoch)
        chosen = self._batch(number)
        X, Y = self.images[:, chosen], self._targets[:, chosen]
        before = self._copy_of(self.parameters.values)
        trace = self._take()
        # The next step writes over these gradients; X and Y are copies already.
        gradients = self._copy_of(self.parameters.gradient)
        steps = [
            type(own)(own.dA, own.dZ, kept.W, kept.b, kept.slope)
            for own, kept in zip(trace.backward, gradients, strict=True)
        ]
        return StepRecord(
            number=number,
            epoch=epoch + 1,
            step_of_epoch=place + 1,
            images=chosen,
            X=X,
            Y=Y,
            trace=Trace(trace.forward, steps),
            P=probabilities(self.config.loss, trace.logits),
            losses=COSTS[self.config.loss].per_image(trace.logits, Y),
            before=before,
            after=self._copy_of(self.parameters.values),
            moments_after={name: self._copy_of(own) for name, own in self._optimizer.moments.items()},
            score=self._score(trace.logits, Y),
            score_after=self._score(self._logits(X), Y),
            is_sound=self._wrong != number,
        )

    def _note_epoch(self) -> None:
        if len(self.epochs) == self._taken // self.steps_per_epoch:
            self.epochs.append(self._score(self._logits(self.images), self._targets))

    def _logits(self, X: Array) -> Array:
        return forward(self.parameters.layers, self.config.network.activation, X, silence())[-1].Z

    def _score(self, logits: Array, Y: Array) -> Score:
        loss = float(COSTS[self.config.loss].per_image(logits, Y).mean())
        return Score(loss, float((logits.argmax(axis=0) == Y.argmax(axis=0)).mean()))

    def _copy_of(self, flat: Array) -> tuple[Layer, ...]:
        return self.parameters.layers_of(flat.copy())


def shrink(images: NDArray[np.uint8], side: int) -> Array:
    """Images (N, 28, 28) in 0…255 as columns (side², N) float64 in [0, 1], each pixel the mean of a square.

    Raises:
        ValueError: ``side`` does not divide 28.
    """
    whole = images.shape[-1]
    if whole % side:
        raise ValueError(f"side must divide {whole}, got {side}")
    factor = whole // side
    squares = images.reshape(-1, side, factor, side, factor).mean(axis=(2, 4)) / 255
    return np.ascontiguousarray(squares.reshape(-1, side * side).T)
