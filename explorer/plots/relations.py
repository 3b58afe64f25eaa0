"""What goes with what among runs: a scatter of two quantities, and parallel coordinates over settings."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from explorer.config.baseline import BaselineConfig
from explorer.plots.placement import WIDE, Say, place
from explorer.plots.searches import Parallel, ParallelAxis, ParallelLine
from explorer.records import Run

Value = float | None
Settings = Mapping[str, Any]  # a run's dotted fields that have a say in it


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number that a run has or has not; shares are in [0, 1]."""

    title: str
    of: Callable[[Run], Value]
    is_share: bool = False


@dataclass(frozen=True, slots=True)
class ScatterPoint:
    """One run; ``shade`` from 0 (worst of all) to 1 (best), None without a validation accuracy."""

    x: float
    y: float
    shade: float | None
    is_baseline: bool
    words: str


@dataclass(frozen=True, slots=True)
class ScatterAxis:
    """One axis: its title, and how its values are to be shown."""

    title: str
    is_share: bool
    is_log: bool


@dataclass(frozen=True, slots=True)
class Scatter:
    """Runs by two quantities; ``missing`` have not both, ``ends`` are what the colours reach over."""

    x: ScatterAxis
    y: ScatterAxis
    points: tuple[ScatterPoint, ...]
    ends: tuple[float, float] | None
    missing: int
    summary: str


def scatter(
    runs: Sequence[Run], names: Mapping[int, str], x: Quantity, y: Quantity, score_of: Callable[[Run], Value]
) -> Scatter:
    """The runs that have both quantities, coloured by their score."""
    scores = {run.id: score for run in runs if (score := score_of(run)) is not None}
    ends = (min(scores.values()), max(scores.values())) if scores else None
    points = []
    for run in runs:
        left, up = x.of(run), y.of(run)
        if left is None or up is None:
            continue
        told = f"{names[run.id]}\n{x.title}: {_said(left, x)}\n{y.title}: {_said(up, y)}"
        score = scores.get(run.id)
        if score is not None and "validation accuracy" not in (x.title, y.title):
            told += f"\nvalidation accuracy: {100 * score:.2f} %"
        points.append(
            ScatterPoint(
                left, up, _shade(score, ends), is_baseline=isinstance(run.config, BaselineConfig), words=told
            )
        )
    points.sort(key=lambda point: -1.0 if point.shade is None else point.shade)  # the best lies on top
    return Scatter(
        ScatterAxis(x.title, x.is_share, _is_wide([point.x for point in points], x)),
        ScatterAxis(y.title, y.is_share, _is_wide([point.y for point in points], y)),
        tuple(points),
        ends,
        len(runs) - len(points),
        f"{y.title.capitalize()} over {x.title} of {len(points)} runs, coloured by validation accuracy.",
    )


def parallel_runs(
    runs: Sequence[tuple[str, Settings, Value]],
    fields: Sequence[str],
    titles: Sequence[str],
    *,
    score: str,
    say: Say,
) -> Parallel:
    """A line for each run (its name, settings and score) over these fields, the score last, best on top.

    Each run must have each field. Numbers that span a decade stand on a logarithmic axis.
    """
    scores = [value for *_, value in runs if value is not None]
    ends = (min(scores), max(scores)) if scores else None
    placements = [place([settings[path] for _, settings, _ in runs], partial(say, path)) for path in fields]
    axes = [ParallelAxis(title, found.ticks) for title, found in zip(titles, placements, strict=True)]
    axes.append(ParallelAxis(score, _score_ticks(ends)))
    lines = []
    for name, settings, value in runs:
        shade = _shade(value, ends)
        told = ", ".join(
            f"{title} {say(path, settings[path])}" for title, path in zip(titles, fields, strict=True)
        )
        came = f"{100 * value:.2f} %" if value is not None else "no score"
        lines.append(
            ParallelLine(
                places=(
                    *(found.of(settings[path]) for found, path in zip(placements, fields, strict=True)),
                    shade if shade is not None else 0.0,
                ),
                shade=shade,
                words=f"{name}\n{told}\n{score.lower()} {came}",
                is_best=value is not None and ends is not None and value == ends[1],
            )
        )
    lines.sort(key=lambda line: -1.0 if line.shade is None else line.shade)
    summary = f"{len(lines)} runs over {', '.join(titles)}, coloured by {score.lower()}."
    return Parallel(tuple(axes), tuple(lines), summary)


def _shade(score: Value, ends: tuple[float, float] | None) -> Value:
    if score is None or ends is None:
        return None
    return 1.0 if ends[0] == ends[1] else (score - ends[0]) / (ends[1] - ends[0])


def _score_ticks(ends: tuple[float, float] | None) -> tuple[tuple[float, str], ...]:
    if ends is None:
        return ()
    low, high = (
        (place, f"{100 * value:.2f}\N{NO-BREAK SPACE}%")
        for place, value in zip((0.0, 1.0), ends, strict=True)
    )
    return (high,) if ends[0] == ends[1] else (low, high)


def _is_wide(values: Sequence[float], quantity: Quantity) -> bool:
    """Whether a logarithmic axis says more."""
    return not quantity.is_share and bool(values) and min(values) > 0 and max(values) / min(values) >= WIDE


def _said(value: float, quantity: Quantity) -> str:
    return f"{100 * value:.2f} %" if quantity.is_share else f"{value:,.6g}"
