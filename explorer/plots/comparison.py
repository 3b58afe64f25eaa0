"""The curves of several runs on top of one another; repeats as a mean with a band."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from explorer.plots.curves import TITLES, Measure
from explorer.plots.sampling import keep_extremes
from explorer.records import EpochMetrics

Axis = Literal["epoch", "step", "seconds", "images"]
History = Sequence[EpochMetrics]
Floats = NDArray[np.float64]

AXES: dict[Axis, str] = {
    "epoch": "epoch",
    "step": "steps",
    "seconds": "time spent training (s)",
    "images": "training images seen",
}


@dataclass(frozen=True, slots=True)
class Member:
    """What is drawn as one line: the epochs of a run, or those of each of its repeats."""

    name: str
    histories: tuple[History, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """Values at the ends of epochs, in ascending ``places``.

    ``raw`` are the values before smoothing (empty where nothing was smoothed). Of repeats the values are
    means, ``low`` and ``high`` are a sample standard deviation below and above, and ``runs`` says over how
    many; for a single run these are empty.
    """

    name: str
    places: tuple[float, ...]
    values: tuple[float, ...]
    raw: tuple[float, ...] = ()
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()
    runs: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Overlay:
    """One measure over one axis, a line a member, in their order; ``summary`` tells it in words."""

    measure: Measure
    axis: Axis
    lines: tuple[Line, ...]
    summary: str

    @property
    def is_share(self) -> bool:
        """Whether the values are shares in [0, 1]."""
        return self.measure.endswith("accuracy")


def overlay(members: Sequence[Member], measure: Measure, axis: Axis, smoothing: float = 0.0) -> Overlay:
    """The lines of these members, at most 500 points each; epochs without a finite value are left out.

    A member that has none keeps an empty line, so that it has one colour in every figure. The mean of
    repeats at an epoch is over those that reached it. ``smoothing`` is the weight of ``smoothed``.
    """
    lines = tuple(_line(member, measure, axis, smoothing) for member in members)
    return Overlay(measure, axis, lines, _summary(lines, measure))


def smoothed(values: Floats, weight: float) -> Floats:
    """The exponential moving average with this weight of the past, debiased (Kingma & Ba, 2015, §3).

    Without the correction the first values would be drawn towards zero; so the first stays as it is.

    Raises:
        ValueError: the weight is not in [0, 1).
    """
    if not 0 <= weight < 1:
        raise ValueError(f"the weight must be in [0, 1), got {weight}")
    made, total, share = np.empty(len(values)), 0.0, 0.0
    for place, value in enumerate(values):
        total = weight * total + (1 - weight) * float(value)
        share = weight * share + (1 - weight)
        made[place] = total / share
    return made


def _line(member: Member, measure: Measure, axis: Axis, smoothing: float) -> Line:
    places, values = _tables(member.histories, measure, axis)
    runs = np.isfinite(values).sum(axis=0)
    known = runs > 0
    places, values, runs = places[:, known], values[:, known], runs[known]
    if not len(runs):
        return Line(member.name, (), ())
    is_known = np.isfinite(values)
    mean = np.where(is_known, values, 0.0).sum(axis=0) / runs
    # Of repeats, a fast one may be the only one left: the axis goes on upwards all the same.
    where = np.maximum.accumulate(np.where(is_known, places, 0.0).sum(axis=0) / runs)
    kept = keep_extremes(mean)
    shown = smoothed(mean, smoothing)
    if len(member.histories) < 2:
        band: tuple[Floats, Floats] = (np.empty(0), np.empty(0))
    else:
        squares = np.where(is_known, values - mean, 0.0) ** 2
        deviation = smoothed(np.sqrt(squares.sum(axis=0) / np.maximum(runs - 1, 1)), smoothing)
        band = shown - deviation, shown + deviation
        if measure.endswith("accuracy"):
            band = np.maximum(band[0], 0.0), np.minimum(band[1], 1.0)
    return Line(
        name=member.name,
        places=_tuple(where[kept]),
        values=_tuple(shown[kept]),
        raw=_tuple(mean[kept]) if smoothing else (),
        low=_tuple(band[0][kept]) if len(band[0]) else (),
        high=_tuple(band[1][kept]) if len(band[1]) else (),
        runs=tuple(int(count) for count in runs[kept]) if len(band[0]) else (),
    )


def _tables(histories: Sequence[History], measure: Measure, axis: Axis) -> tuple[Floats, Floats]:
    """Places and values, a row a run and a column an epoch; NaN where there is none."""
    last = max((history[-1].epoch for history in histories if history), default=0)
    places = np.full((len(histories), last), np.nan)
    values = np.full((len(histories), last), np.nan)
    for row, history in enumerate(histories):
        seconds = 0.0
        for epoch in history:
            seconds += epoch.seconds
            value = getattr(epoch, measure)
            if value is None or not np.isfinite(value):
                continue
            values[row, epoch.epoch - 1] = value
            places[row, epoch.epoch - 1] = _place(epoch, axis, seconds)
    return places, values


def _place(epoch: EpochMetrics, axis: Axis, seconds: float) -> float:
    if axis == "seconds":
        return seconds
    if axis == "step":
        return epoch.step
    return epoch.images_seen if axis == "images" else epoch.epoch


def _tuple(values: Floats) -> tuple[float, ...]:
    return tuple(values.tolist())


def _summary(lines: Sequence[Line], measure: Measure) -> str:
    is_share = measure.endswith("accuracy")
    shown = "{:.2%}".format if is_share else "{:.4g}".format
    best = max if is_share else min
    parts = [
        f"{line.name} from {shown(line.values[0])} to {shown(line.values[-1])}, "
        f"{'best' if is_share else 'least'} {shown(best(line.values))}"
        for line in lines
        if line.values
    ]
    return f"{TITLES[measure].capitalize()}: {'; '.join(parts) or 'no value yet'}."
