"""What a sweep found: an accuracy over the values of one field, or for each pair of values of two."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from explorer.config.sweeping import value_key
from explorer.evaluation.sweeps import Score, Spread, SweepPoint, best_point
from explorer.plots.placement import Placement, Say, Tick, is_number, place

ACCURACIES: dict[Score, str] = {
    "validation_accuracy": "validation accuracy",
    "test_accuracy": "test accuracy",
    "train_accuracy": "training accuracy",
}


@dataclass(frozen=True, slots=True)
class ResponsePoint:
    """One value: its place, the mean and its band (mean ± deviation), and both in words."""

    place: float
    mean: float | None
    low: float | None
    high: float | None
    failed: int
    words: str
    is_best: bool


@dataclass(frozen=True, slots=True)
class Response:
    """An accuracy over the swept value; ``summary`` tells it in words.

    ``is_joined`` says that a line from point to point means something: not between words.
    """

    title: str
    axis: str
    ticks: tuple[Tick, ...]
    points: tuple[ResponsePoint, ...]
    is_joined: bool
    summary: str


@dataclass(frozen=True, slots=True)
class Cell:
    """One pair of values; ``shade`` in [0, 1] from the worst to the best mean, None without one."""

    row: int
    column: int
    mean: float | None
    shade: float | None
    label: str
    words: str
    is_best: bool


@dataclass(frozen=True, slots=True)
class HeatMap:
    """An accuracy over two swept fields: columns are the values of the first, rows those of the second."""

    title: str
    column_title: str
    row_title: str
    columns: tuple[str, ...]
    rows: tuple[str, ...]
    cells: tuple[Cell, ...]
    least: float
    greatest: float
    summary: str


def response(points: Sequence[SweepPoint], field: str, axis: str, score: Score, say: Say) -> Response:
    """An accuracy over the values of one field; a value none of whose runs has a score keeps its place."""
    placement = place([point.value(field) for point in points], partial(say, field))
    best = best_point(points)
    drawn = tuple(
        _response_point(point, placement, score, point is best, f"{say(field, point.value(field))}: ")
        for point in points
    )
    title = ACCURACIES[score].capitalize()
    is_joined = all(is_number(point.value(field)) for point in points)
    summary = f"{title} over {axis}: {_told(drawn)}."
    return Response(title, axis, placement.ticks, drawn, is_joined, summary)


def heat_map(
    points: Sequence[SweepPoint], fields: Sequence[str], titles: Sequence[str], score: Score, say: Say
) -> HeatMap:
    """An accuracy for each pair of values of two fields; pairs that were not tried have no cell."""
    first, second = fields[0], fields[1]
    columns = list(dict.fromkeys(value_key(point.value(first)) for point in points))
    rows = list(dict.fromkeys(value_key(point.value(second)) for point in sorted_by(points, second)))
    said = {(path, value_key(value)): say(path, value) for point in points for path, value in point.values}
    means = [found.mean for point in points if (found := point.score(score)) is not None]
    least, greatest = min(means, default=0.0), max(means, default=1.0)
    best = best_point(points)
    cells = tuple(
        _cell(
            point,
            score,
            row=rows.index(value_key(point.value(second))),
            column=columns.index(value_key(point.value(first))),
            ends=(least, greatest),
            said=", ".join(say(path, value) for path, value in point.values),
            is_best=point is best,
        )
        for point in points
    )
    title = ACCURACIES[score].capitalize()
    at = f" Best: {next(cell.words for cell in cells if cell.is_best)}." if best is not None else ""
    return HeatMap(
        title, titles[0], titles[1], tuple(said[first, key] for key in columns),
        tuple(said[second, key] for key in rows), cells, least, greatest,
        f"{title} for {len(columns)} values of {titles[0]} and {len(rows)} of {titles[1]}.{at}",
    )  # fmt: skip


def sorted_by(points: Sequence[SweepPoint], field: str) -> list[SweepPoint]:
    """The points by the value of a field where its values are numbers, else as they are."""
    if all(is_number(point.value(field)) for point in points):
        return sorted(points, key=lambda point: float(point.value(field)))
    return list(points)


def in_words(point: SweepPoint, score: Score) -> str:
    """A point's score and what became of its runs, in words: ``97.20 % ± 0.31 % (3 runs), 1 diverged``."""
    parts = [_spread_in_words(point.score(score))]
    if point.diverged:
        parts.append(f"{point.diverged} diverged")
    if point.failed > point.diverged:
        parts.append(f"{point.failed - point.diverged} failed")
    if point.active:
        parts.append(f"{point.active} not ended")
    return ", ".join(parts)


def _spread_in_words(spread: Spread | None) -> str:
    if spread is None:
        return "no score"
    band = f" ± {100 * spread.deviation:.2f}\N{NO-BREAK SPACE}%" if spread.deviation is not None else ""
    return f"{100 * spread.mean:.2f}\N{NO-BREAK SPACE}%{band} ({spread.n} run{'s' * (spread.n != 1)})"


def _told(points: Sequence[ResponsePoint]) -> str:
    return (
        "; ".join(f"{point.words}{' (best)' if point.is_best else ''}" for point in points) or "no value yet"
    )


def _response_point(
    point: SweepPoint, placement: Placement, score: Score, is_best: bool, said: str
) -> ResponsePoint:
    spread = point.score(score)
    deviation = spread.deviation or 0.0 if spread is not None else 0.0
    return ResponsePoint(
        place=placement.of(point.values[0][1]),
        mean=spread.mean if spread is not None else None,
        low=max(0.0, spread.mean - deviation) if spread is not None else None,
        high=min(1.0, spread.mean + deviation) if spread is not None else None,
        failed=point.failed,
        words=f"{said}{in_words(point, score)}",
        is_best=is_best,
    )


def _cell(
    point: SweepPoint,
    score: Score,
    *,
    row: int,
    column: int,
    ends: tuple[float, float],
    said: str,
    is_best: bool,
) -> Cell:
    spread = point.score(score)
    least, greatest = ends
    shade = None
    if spread is not None:
        shade = 1.0 if greatest == least else (spread.mean - least) / (greatest - least)
    failed = "diverged" if point.diverged else "failed" if point.failed else ""
    label = f"{100 * spread.mean:.1f}" if spread is not None else failed or "…"
    mean = spread.mean if spread is not None else None
    return Cell(row, column, mean, shade, label, f"{said}: {in_words(point, score)}", is_best)
