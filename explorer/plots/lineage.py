"""The curves that lead up to a run which branched off from another, and what was changed on the way."""

from collections.abc import Sequence
from dataclasses import dataclass

from explorer.records import Change, EpochMetrics, StepMetrics


@dataclass(frozen=True, slots=True)
class Ancestor:
    """A run up to the epoch ``until`` after which another branched off; ``name`` as it is told on screen.

    What is no longer known of it (it was deleted) is empty. ``steps_per_epoch`` are its own.
    """

    name: str
    until: int
    steps_per_epoch: float
    steps: Sequence[StepMetrics]
    epochs: Sequence[EpochMetrics]
    changes: Sequence[Change] = ()

    @property
    def last_epoch(self) -> EpochMetrics | None:
        """The epoch at whose end the other began."""
        return next((epoch for epoch in self.epochs if epoch.epoch == self.until), None)


@dataclass(frozen=True, slots=True)
class Mark:
    """A place on the axis of steps, and what happened there."""

    place: float
    text: str


def marks(
    ancestors: Sequence[Ancestor], changes: Sequence[Change], steps_per_epoch: float
) -> tuple[Mark, ...]:
    """Every fork, and every change of the learning rate, in the order of the steps of the youngest run."""
    found = [_mark(change, 1.0) for change in changes]
    for ancestor in ancestors:
        found.append(Mark(ancestor.until * steps_per_epoch, f"from {ancestor.name}"))
        if ancestor.steps_per_epoch:
            scale = steps_per_epoch / ancestor.steps_per_epoch
            found += [_mark(change, scale) for change in ancestor.changes if change.epoch <= ancestor.until]
    return tuple(sorted(found, key=lambda mark: mark.place))


def rate_change(change: Change) -> str:
    """``rate 0.01 → 0.001``."""
    return f"rate {change.before:g} → {change.value:g}"


def _mark(change: Change, scale: float) -> Mark:
    return Mark((change.step - 1) * scale, rate_change(change))
