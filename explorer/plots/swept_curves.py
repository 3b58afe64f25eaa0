"""Every run of a sweep over its epochs, coloured by what was swept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from math import isfinite
from statistics import median

import numpy as np

from explorer.config.fields import value_at
from explorer.plots.curves import TITLES, Measure
from explorer.plots.placement import Say, Tick, place
from explorer.plots.sampling import MOST_POINTS, keep_extremes
from explorer.records import EpochMetrics, Run, RunStatus

MOST_DRAWN = 40_000  # points of all lines together
LEAST_DRAWN = 8  # points of a line
OUTLIER = 5.0  # times as high as the middle one of all lines reaches


@dataclass(frozen=True, slots=True)
class SweptLine:
    """One run's values at the ends of its epochs; ``shade`` in [0, 1] is its place on the colour scale."""

    name: str
    shade: float
    places: tuple[float, ...]
    values: tuple[float, ...]
    is_failed: bool


@dataclass(frozen=True, slots=True)
class SweptCurves:
    """All runs of a sweep over their epochs, coloured by the value of one field.

    ``has_outliers``: some line reaches so high that on a linear scale the others would lie at its foot.
    """

    measure: Measure
    title: str
    axis: str
    ticks: tuple[Tick, ...]
    last_epoch: int
    lines: tuple[SweptLine, ...]
    has_outliers: bool
    summary: str


def swept_curves(
    runs: Sequence[Run],
    epochs: Mapping[int, Sequence[EpochMetrics]],
    measure: Measure,
    *,
    fields: Sequence[str],
    axis: str,
    say: Say,
) -> SweptCurves:
    """Every run's curve, coloured by the value of the first field; what is not finite is left out."""
    ordered = sorted(runs, key=lambda run: run.id)
    values = [value_at(run.network_config, fields[0]) if fields else run.id for run in ordered]
    placement = place(values, partial(say, fields[0] if fields else "run"))
    most = max(LEAST_DRAWN, min(MOST_POINTS, MOST_DRAWN // max(len(ordered), 1)))
    lines = tuple(
        _line(
            run,
            epochs.get(run.id, ()),
            measure,
            shade=placement.of(value),
            name=_name(run, fields, say),
            most=most,
        )
        for run, value in zip(ordered, values, strict=True)
    )
    title = TITLES[measure].capitalize()
    begun = sum(bool(line.places) for line in lines)
    failed = sum(line.is_failed for line in lines)
    tops = [max(line.values) for line in lines if line.values]
    return SweptCurves(
        measure=measure,
        title=title,
        axis=axis,
        ticks=placement.ticks,
        last_epoch=max((run.network_config.training.epochs for run in ordered), default=1),
        lines=lines,
        has_outliers=bool(tops) and max(tops) > OUTLIER * median(tops),
        summary=f"{title} of {begun} of {len(lines)} runs over their epochs, coloured by {axis}"
        f"{f'; {failed} failed' if failed else ''}.",
    )


def _line(
    run: Run, epochs: Sequence[EpochMetrics], measure: Measure, *, shade: float, name: str, most: int
) -> SweptLine:
    known = [
        (float(epoch.epoch), float(value))
        for epoch in epochs
        if (value := getattr(epoch, measure)) is not None and isfinite(value)
    ]
    kept = range(len(known)) if len(known) <= most else keep_extremes(np.array([y for _, y in known]), most)
    return SweptLine(
        name=name,
        shade=shade,
        places=tuple(known[index][0] for index in kept),
        values=tuple(known[index][1] for index in kept),
        is_failed=run.status is RunStatus.FAILED,
    )


def _name(run: Run, fields: Sequence[str], say: Say) -> str:
    parts = [say(path, value_at(run.network_config, path)) for path in fields]
    return f"{', '.join([*parts, f'seed {run.network_config.training.seed}'])} · run {run.id}"
