"""The figures of a search: what each run came to, and which values led there."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil, floor, log10
from typing import Any

from explorer.config.fields import value_at
from explorer.config.searching import Objective, Range
from explorer.config.sweeping import value_key
from explorer.plots.placement import WIDE, Say, Tick
from explorer.records import Run, RunStatus

TITLES: dict[Objective, str] = {
    "validation_loss": "Validation loss",
    "validation_accuracy": "Validation accuracy",
}

ScoreOf = Callable[[Run], float | None]


@dataclass(frozen=True, slots=True)
class TrialPoint:
    """One run in the order of the search: its score, the best up to it, and both in words."""

    number: int
    score: float | None
    best_so_far: float | None
    is_failed: bool
    is_best: bool
    words: str


@dataclass(frozen=True, slots=True)
class Trials:
    """All runs of a search; ``budget`` is how many there will be."""

    title: str
    is_share: bool
    budget: int
    points: tuple[TrialPoint, ...]
    summary: str


@dataclass(frozen=True, slots=True)
class ParallelAxis:
    """One upright axis from 0 to 1."""

    title: str
    ticks: tuple[Tick, ...]


@dataclass(frozen=True, slots=True)
class ParallelLine:
    """One run: its place on each axis; ``shade`` from 0 (worst) to 1 (best), None without a score."""

    places: tuple[float, ...]
    shade: float | None
    words: str
    is_best: bool


@dataclass(frozen=True, slots=True)
class Parallel:
    """Parallel coordinates (Inselberg, 1985): an axis a field, the score last, a line a run."""

    axes: tuple[ParallelAxis, ...]
    lines: tuple[ParallelLine, ...]
    summary: str


def trials(runs: Sequence[Run], objective: Objective, budget: int, score_of: ScoreOf) -> Trials:
    """The runs in the order in which they were proposed, with the best so far."""
    ordered = sorted(runs, key=lambda run: run.id)
    better = min if objective == "validation_loss" else max
    scores = [score_of(run) for run in ordered]
    known = [score for score in scores if score is not None]
    best = better(known) if known else None
    first_best = scores.index(best) if best is not None else -1
    points, so_far = [], None
    for place, (run, score) in enumerate(zip(ordered, scores, strict=True)):
        if score is not None:
            so_far = score if so_far is None else better(so_far, score)
        is_failed = run.status is RunStatus.FAILED
        said = _said(score, objective) if score is not None else run.status.value
        points.append(
            TrialPoint(
                place + 1,
                score,
                so_far,
                is_failed,
                place == first_best,
                f"run {place + 1} of {budget}: {said}",
            )
        )
    title = TITLES[objective]
    told = f"; best {_said(best, objective)} in run {first_best + 1}" if best is not None else ""
    summary = f"{title} of {len(known)} of {budget} runs{told}."
    return Trials(title, objective == "validation_accuracy", budget, tuple(points), summary)


def parallel(
    runs: Sequence[Run],
    ranges: Sequence[Range],
    objective: Objective,
    *,
    titles: Sequence[str],
    score_of: ScoreOf,
    say: Say,
) -> Parallel:
    """A line for each run that has a score or failed; the score's axis has its best end on top."""
    ordered = sorted(runs, key=lambda run: run.id)
    scores = {run.id: score for run in ordered if (score := score_of(run)) is not None}
    sign = -1 if objective == "validation_loss" else 1
    low, high = min(scores.values(), default=0.0), max(scores.values(), default=1.0)
    worst, best = (high, low) if sign < 0 else (low, high)
    axes = [ParallelAxis(title, _ticks(found, say)) for title, found in zip(titles, ranges, strict=True)]
    ends = ((0.0, _said(worst, objective)), (1.0, _said(best, objective))) if scores else ()
    axes.append(ParallelAxis(TITLES[objective], ends if worst != best else ends[1:]))
    lines = []
    for run in ordered:
        score = scores.get(run.id)
        if score is None and run.status is not RunStatus.FAILED:
            continue
        shade = None if score is None else _merit(score, worst, best)
        values = [value_at(run.network_config, found.field) for found in ranges]
        told = ", ".join(
            f"{title} {say(found.field, value)}"
            for title, found, value in zip(titles, ranges, values, strict=True)
        )
        came = _said(score, objective) if score is not None else run.reason
        lines.append(
            ParallelLine(
                places=(
                    *(_place(found, value) for found, value in zip(ranges, values, strict=True)),
                    shade if shade is not None else 0.0,
                ),
                shade=shade,
                words=f"{told}\n{came} · run {run.id}",
                is_best=score is not None and score == best,
            )
        )
    lines.sort(key=lambda line: -1.0 if line.shade is None else line.shade)  # the best is drawn on top
    summary = f"{len(lines)} runs over {', '.join(titles)}, coloured by {TITLES[objective].lower()}."
    return Parallel(tuple(axes), tuple(lines), summary)


def _merit(score: float, worst: float, best: float) -> float:
    """From 0 (worst) to 1 (best); of losses that span a decade by their logarithm."""
    if worst == best:
        return 1.0
    if best > 0 and worst / best >= WIDE:
        return log10(worst / score) / log10(worst / best)
    return (score - worst) / (best - worst)


def _place(found: Range, value: Any) -> float:
    if found.spacing == "choice":
        keys = [value_key(choice) for choice in found.choices]
        return keys.index(value_key(value)) / max(len(keys) - 1, 1)
    if found.spacing == "log":
        return (log10(value) - log10(found.low)) / (log10(found.high) - log10(found.low))
    return float((value - found.low) / (found.high - found.low))


def _ticks(found: Range, say: Say) -> tuple[Tick, ...]:
    if found.spacing == "choice":
        return tuple((_place(found, choice), say(found.field, choice)) for choice in found.choices)
    if found.spacing == "log":
        powers = range(ceil(log10(found.low) - 1e-9), floor(log10(found.high) + 1e-9) + 1)
        values = [float(f"1e{power}") for power in powers][:: max(1, ceil(len(powers) / 7))]
        marks = values if len(values) > 1 else [found.low, found.high]
    else:
        marks = [found.low + (found.high - found.low) * quarter / 4 for quarter in range(5)]
    return tuple((_place(found, mark), say(found.field, mark)) for mark in marks)


def _said(score: float, objective: Objective) -> str:
    return f"{100 * score:.2f}\N{NO-BREAK SPACE}%" if objective == "validation_accuracy" else f"{score:.4f}"
