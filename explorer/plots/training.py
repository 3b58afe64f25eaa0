"""The curves of one run as it trains: loss over the steps, accuracy over the epochs."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from explorer.plots.lineage import Ancestor, Mark, marks
from explorer.plots.sampling import keep_extremes, merge_bins
from explorer.records import Change, EpochMetrics, StepMetrics


@dataclass(frozen=True, slots=True)
class Trace:
    """One line; ``places`` are steps, ``low`` and ``high`` bound a band (empty where there is none).

    ``of`` names the run that this part of the line belongs to, where it is not the one that is shown.
    """

    name: str
    color: int
    is_dotted: bool
    places: tuple[float, ...]
    values: tuple[float, ...]
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()
    of: str = ""


@dataclass(frozen=True, slots=True)
class Panel:
    """One pair of axes; ``is_share`` says that values are shares in [0, 1].

    ``summary`` tells the curves in words, ``empty`` why there are none.
    """

    title: str
    is_share: bool
    traces: tuple[Trace, ...]
    summary: str
    empty: str


@dataclass(frozen=True, slots=True)
class TrainingCurves:
    """Loss and accuracy over the steps from 0 to ``last_step``, with ``steps_per_epoch`` to tell epochs.

    ``marks`` are places where the run branched off, or was changed.
    """

    last_step: int
    steps_per_epoch: float
    panels: tuple[Panel, ...]
    marks: tuple[Mark, ...] = ()


TRAIN, VALIDATION, TEST = 0, 1, 2


def training_curves(
    steps: Sequence[StepMetrics],
    epochs: Sequence[EpochMetrics],
    *,
    total_steps: int,
    planned_epochs: int,
    is_over: bool = False,
    ancestors: Sequence[Ancestor] = (),
    changes: Sequence[Change] = (),
) -> TrainingCurves:
    """The curves of what was recorded so far, at most 500 points a trace, every extreme kept.

    The axis reaches to the planned end, or to the last point when the run ``is_over``. Until a worker has
    counted the steps (``total_steps`` 0) an empty axis shows the planned epochs. A run that branched off is
    drawn from the fork on, after the curves of its ``ancestors``, the oldest first.
    """
    last = max([step.last_step for step in steps[-1:]] + [epoch.step for epoch in epochs[-1:]], default=0)
    if total_steps:
        end, per_epoch = total_steps, total_steps / planned_epochs
    else:
        end, per_epoch = (last, float(last)) if last else (planned_epochs, 1.0)
    fork = ancestors[-1].last_epoch if ancestors else None
    if fork is not None:  # the end of the one curve is the beginning of the other
        epochs = [replace(fork, step=round(fork.epoch * per_epoch)), *epochs]
    earlier = [_earlier(ancestor, first, per_epoch) for first, ancestor in _with_beginnings(ancestors)]
    loss = [trace for part in earlier for trace in part[0]] + _traces(steps, epochs, "loss")
    accuracy = [trace for part in earlier for trace in part[1]] + _traces((), epochs, "accuracy")
    own_marks = marks(ancestors, changes, per_epoch)
    return TrainingCurves(
        last_step=last if is_over and last else max(end, last),
        steps_per_epoch=per_epoch,
        marks=own_marks,
        panels=(
            Panel(
                "Loss",
                False,
                tuple(loss),
                _summary("Loss", loss, own_marks, is_share=False),
                "No step was recorded" if is_over else "The first point comes in a moment",
            ),
            Panel(
                "Accuracy",
                True,
                tuple(accuracy),
                _summary("Accuracy", accuracy, own_marks, is_share=True),
                "No epoch was finished" if is_over else "The first point comes when an epoch ends",
            ),
        ),
    )


def _with_beginnings(ancestors: Sequence[Ancestor]) -> list[tuple[int, Ancestor]]:
    """Each ancestor with the epoch after which its own begin."""
    return list(zip([0, *(each.until for each in ancestors)], ancestors, strict=False))


def _earlier(ancestor: Ancestor, first: int, per_epoch: float) -> tuple[list[Trace], list[Trace]]:
    """Loss and accuracy of an ancestor between two forks, on the axis of the youngest run."""
    scale = per_epoch / ancestor.steps_per_epoch if ancestor.steps_per_epoch else 1.0
    steps = [step for step in ancestor.steps if first < step.epoch <= ancestor.until]
    epochs = [epoch for epoch in ancestor.epochs if first <= epoch.epoch <= ancestor.until]

    def quieter(traces: Sequence[Trace]) -> list[Trace]:
        return [
            replace(
                trace,
                of=ancestor.name,
                places=tuple(place * scale for place in trace.places),
                low=(),
                high=(),
            )
            for trace in traces
        ]

    return quieter(_traces(steps, epochs, "loss")), quieter(_traces((), epochs, "accuracy"))


def _traces(steps: Sequence[StepMetrics], epochs: Sequence[EpochMetrics], measure: str) -> list[Trace]:
    """Those lines that have a point."""
    return [trace for trace in (_step_trace(steps), *_epoch_traces(epochs, measure)) if trace.places]


def _step_trace(steps: Sequence[StepMetrics]) -> Trace:
    bins = merge_bins(
        [step for step in steps if np.isfinite([step.loss, step.loss_min, step.loss_max]).all()]
    )
    return Trace(
        name="training",
        color=TRAIN,
        is_dotted=False,
        places=tuple(float(step.last_step) for step in bins),
        values=tuple(step.loss for step in bins),
        low=tuple(step.loss_min for step in bins),
        high=tuple(step.loss_max for step in bins),
    )


def _epoch_traces(epochs: Sequence[EpochMetrics], measure: str) -> list[Trace]:
    parts = [("validation", VALIDATION), ("test", TEST)]
    if measure == "accuracy":
        parts.insert(0, ("train", TRAIN))
    return [_epoch_trace(epochs, f"{part}_{measure}", part, color) for part, color in parts]


def _epoch_trace(epochs: Sequence[EpochMetrics], field: str, part: str, color: int) -> Trace:
    points = [
        (float(epoch.step), float(value))
        for epoch in epochs
        if (value := getattr(epoch, field)) is not None and np.isfinite(value)
    ]
    kept = keep_extremes(np.array([value for _, value in points]))
    return Trace(
        name="training" if part == "train" else part,
        color=color,
        is_dotted=True,
        places=tuple(points[index][0] for index in kept),
        values=tuple(points[index][1] for index in kept),
    )


def _summary(title: str, traces: Sequence[Trace], on_the_way: Sequence[Mark], *, is_share: bool) -> str:
    if not traces:
        return f"{title}: no value yet."
    shown = "{:.2%}".format if is_share else "{:.4g}".format
    parts = [
        f"{_whose(trace)} from {shown(trace.values[0])} to {shown(trace.values[-1])}, "
        f"{'best ' + shown(max(trace.values)) if is_share else 'least ' + shown(min(trace.values))}"
        for trace in traces
    ]
    return f"{title}: {'; '.join([*parts, *(mark.text for mark in on_the_way)])}."


def _whose(trace: Trace) -> str:
    return f"{trace.name} of {trace.of}" if trace.of else trace.name
