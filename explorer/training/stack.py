"""The training of a stack: many networks at once, each as if it were alone."""

from collections.abc import Callable, Collection, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch
from numpy.typing import NDArray

from explorer.config.run import RunConfig
from explorer.config.stacking import stack_key
from explorer.data.splits import Splits
from explorer.errors import DivergedError
from explorer.records import Change, EpochMetrics, Parent, StepMetrics
from explorer.training.curve import Curve, bin_steps
from explorer.training.epoch import Pass, Tally
from explorer.training.pace import Pace
from explorer.training.state import Tick, TrainingState
from explorer.training.stopping import Progress
from explorer.training.stopwatch import Stopwatch
from explorer.training.trainee import Trainees

TrainingEvent = StepMetrics | EpochMetrics | TrainingState | Tick | Change

# Off a CPU a smaller stack is captured anew, which costs a second: only once an eighth has left.
LEAST_GONE = {"cpu": 0.0, "cuda": 1 / 8, "mps": 0.0}


@dataclass(frozen=True, slots=True, eq=False)
class Member:
    """One run of a stack, from its start or from a state on.

    ``parent`` says where a run branched off; its first state is one of that epoch. ``changes`` are those
    that were made while it trained before: they are made again at the same steps.
    """

    config: RunConfig
    splits: Splits
    resume_from: TrainingState | None = None
    parent: Parent | None = None
    changes: Sequence[Change] = ()


@dataclass(frozen=True, slots=True)
class MemberEnd:
    """The last word on a member, which came to its last epoch, or the end of its patience or its time.

    Unless ``error`` says that its numbers left all bounds, or it was ``dropped`` by the caller.
    """

    error: DivergedError | None = None
    dropped: bool = False


StackEvent = tuple[int, TrainingEvent | MemberEnd]
"""The place of a member among those that were given, and what happened to it."""


@dataclass(slots=True)
class _Course:
    """How far a member has come."""

    config: RunConfig
    progress: Progress = field(default_factory=Progress)
    earlier_seconds: float = 0.0
    best_weights: dict[str, NDArray[Any]] | None = None


def nobody() -> Collection[int]:
    """No member that the caller wants to leave."""
    return ()


def nothing() -> Mapping[int, float]:
    """No learning rate that the caller wants to be another one."""
    return {}


def train_stack(
    members: Sequence[Member],
    device: torch.device,
    drop: Callable[[], Collection[int]] = nobody,
    rates: Callable[[], Mapping[int, float]] = nothing,
) -> Generator[StackEvent, None, None]:
    """Train many networks at once, yielding what happened to which member; to stop them all, stop iterating.

    Each member's events are those that ``engine.train`` would yield for it alone, with the same numbers up
    to float32 rounding: curve, an ``EpochMetrics`` followed by the ``TrainingState`` at the end of that
    epoch, and ``Tick`` s, so that control returns about every 0.1 s; at last a ``MemberEnd``. It has its own
    seed, settings (``config.stacking.FREE_FIELDS``), early stopping, time limit and best weights. One that
    diverges ends with its error, and the others do not notice. ``seconds`` are those of the whole stack
    while the member was in it.

    ``drop`` names members that shall leave (their places; ones that ended may stay among them). It is asked
    whenever all have been told of, at least about every 0.1 s; of a dropped member only the end is told.
    Whoever left costs no more time from the next epoch on (on CUDA once an eighth of the stack has left).

    ``rates`` names the learning rates that members (by their places) shall go on with; asked as often, and
    answered by a ``Change`` that says from which step on: the next one. The schedule multiplies the new rate.

    Members can go on from states of one epoch; those of another epoch belong into another stack. A run
    that branched off is a stack of its own.

    Raises:
        ValueError: before the first event, where the members' ``stack_key`` s differ, or the number of their
            training images, or the epochs of their states.
        MemoryError, torch.OutOfMemoryError: there is no memory for so many networks; almost always before
            the first event. The last states that were yielded are good to go on from, with fewer at once.
    """
    _refuse_strangers(members)
    with _memory_errors():
        stack = _Stack(members, device)
    events = stack.run(drop, rates)
    with _memory_errors():
        yield from events


class _Stack:
    """The members that are still going, and their networks."""

    def __init__(self, members: Sequence[Member], device: torch.device) -> None:
        self._device = device
        self._going = list(range(len(members)))
        self._trainees = Trainees(
            {index: member.config for index, member in enumerate(members)},
            {index: member.splits for index, member in enumerate(members)},
            device,
            paces={
                index: Pace(member.config, member.parent, member.changes)
                for index, member in enumerate(members)
            },
        )
        self._trainees.capture()
        self._courses = [_Course(member.config) for member in members]
        self._stopwatch = Stopwatch()
        self._first_epoch = 1
        for row, index in enumerate(self._trainees.members):
            state = members[index].resume_from
            if state is None:
                continue
            self._trainees.load(row, state)
            self._first_epoch = state.epoch + 1
            course = self._courses[index]
            course.progress = Progress.from_floats(state.progress)
            course.earlier_seconds = course.progress.seconds
            course.best_weights = state.weights if state.is_best else state.best_weights

    def run(
        self, drop: Callable[[], Collection[int]], rates: Callable[[], Mapping[int, float]]
    ) -> Generator[StackEvent, None, None]:
        """All epochs, for all members."""
        epochs = self._courses[0].config.training.epochs
        curve = Curve(bin_steps(epochs, self._trainees.batches.steps_per_epoch))
        for epoch in range(self._first_epoch, epochs + 1):
            yield from self._leave(
                index
                for index in self._going
                if self._courses[index].progress.is_over(self._courses[index].config.training)
            )
            if not self._going:
                return
            self._shrink()
            yield from self._epoch(epoch, curve, drop, rates)
        yield from self._leave(self._going)

    def _epoch(
        self,
        epoch: int,
        curve: Curve,
        drop: Callable[[], Collection[int]],
        rates: Callable[[], Mapping[int, float]],
    ) -> Generator[StackEvent, None, None]:
        trainees, stopwatch = self._trainees, self._stopwatch
        trainees.start_epoch(epoch)
        one = Pass(
            trainees.configs,
            epoch,
            steps=trainees.steps,
            batches=trainees.batches,
            curve=curve,
            stopwatch=stopwatch,
            allowed=[self._allowed(index) for index in trainees.members],
            active=[row for row, index in enumerate(trainees.members) if index in self._going],
            paces=trainees.paces,
        )
        for news in one.run():
            for row, event in news:
                index = trainees.members[row]
                if isinstance(event, StepMetrics | Tick):
                    yield index, event
                elif isinstance(event, DivergedError):
                    trainees.freeze(row)
                    yield from self._leave([index], error=event)
                else:
                    if not self._courses[index].progress.best_epoch:  # the first that it trains
                        stopwatch.resume()
                        yield from self._finish(epoch, {row: event})
                        stopwatch.pause()
                    yield from self._leave([index])
            yield from self._drop(one, drop)
            yield from self._change(rates(), one.next_step)
        if one.active:
            yield from self._finish(epoch, {row: one.tallies.row(row) for row in one.active})
            yield from self._drop(one, drop)

    def _finish(self, epoch: int, tallies: Mapping[int, Tally]) -> Generator[StackEvent, None, None]:
        """Measure networks (by row) at the end of an epoch, or of its first part."""
        trainees, stopwatch = self._trainees, self._stopwatch
        courses = {row: self._courses[trainees.members[row]] for row in tallies}
        images = {row: course.progress.images_seen for row, course in courses.items()}
        measured, states = trainees.measure(epoch, tallies, images), dict[int, TrainingState]()
        for row, metrics in measured.items():
            if isinstance(metrics, EpochMetrics):
                course, seconds = courses[row], courses[row].earlier_seconds + stopwatch.seconds
                course.progress = course.progress.after(metrics, course.config.training, seconds)
                states[row] = trainees.state(row, metrics, course.progress, course.best_weights)
                if states[row].is_best:
                    course.best_weights = states[row].weights
        stopwatch.pause()
        for row, metrics in measured.items():
            index = trainees.members[row]
            if isinstance(metrics, DivergedError):
                trainees.freeze(row)
                yield from self._leave([index], error=metrics)
            else:
                yield index, metrics
                yield index, states[row]
        stopwatch.resume()

    def _drop(self, one: Pass, drop: Callable[[], Collection[int]]) -> Iterator[StackEvent]:
        wanted = drop()
        for index in [index for index in self._going if index in wanted] if wanted else []:
            one.drop(self._trainees.members.index(index))
            yield from self._leave([index], dropped=True)

    def _change(self, rates: Mapping[int, float], step: int) -> Iterator[StackEvent]:
        """Go on with other learning rates, from a step (counted from 0) on."""
        trainees = self._trainees
        for index in [index for index in self._going if index in rates]:
            pace = trainees.paces[trainees.members.index(index)]
            change = pace.heed(rates[index], step, trainees.batches.steps_per_epoch)
            if change is not None:
                trainees.steps.refresh()
                yield index, change

    def _leave(
        self, members: Iterable[int], *, error: DivergedError | None = None, dropped: bool = False
    ) -> Iterator[StackEvent]:
        for index in list(members):
            self._going.remove(index)
            yield index, MemberEnd(error, dropped)

    def _shrink(self) -> None:
        """Go on with a smaller stack, where some have left."""
        rows = len(self._trainees.members)
        gone = rows - len(self._going)
        if gone and gone >= LEAST_GONE[self._device.type] * rows:
            self._trainees = self._trainees.only(self._going)

    def _allowed(self, index: int) -> float | None:
        """Seconds that a member's time limit leaves."""
        course = self._courses[index]
        limit = course.config.training.time_limit_seconds
        return None if limit is None else limit - course.earlier_seconds - self._stopwatch.seconds


def _refuse_strangers(members: Sequence[Member]) -> None:
    if not members:
        raise ValueError("a stack needs at least one member")
    keys = {stack_key(member.config) for member in members}
    if len(members) > 1 and (len(keys) > 1 or None in keys):
        raise ValueError("these runs can't be trained as one stack: see config.stacking.stack_key")
    if len(members) > 1 and any(member.parent is not None for member in members):
        raise ValueError("a run that branched off is trained alone: its optimizer counts from another step")
    epochs = {0 if member.resume_from is None else member.resume_from.epoch for member in members}
    if len(epochs) > 1:
        raise ValueError(f"members of a stack must go on from one epoch, got {sorted(epochs)}")


@contextmanager
def _memory_errors() -> Generator[None, None, None]:
    """PyTorch tells on a CPU by a RuntimeError alone that memory is short."""
    try:
        yield
    except RuntimeError as error:
        if "can't allocate memory" in str(error):
            raise MemoryError(str(error)) from error
        raise
