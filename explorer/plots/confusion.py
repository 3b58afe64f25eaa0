"""The confusion matrix: which class was read as which, with the mistakes standing out."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import plotly.graph_objects as go

from explorer.plots.palette import GROUND, NEUTRAL, SEQUENTIAL, TEXT, faded

Counts = Sequence[Sequence[int]]


@dataclass(frozen=True, slots=True)
class ConfusionMatrix:
    """Counts and shares, rows = true class, columns = answer.

    ``shares`` are of the images of a row, in [0, 1] (0 for a class without images); ``sentences`` say
    each cell in words.
    """

    names: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]
    shares: tuple[tuple[float, ...], ...]
    sentences: tuple[tuple[str, ...], ...]

    @property
    def mistakes(self) -> int:
        """Images off the diagonal."""
        return sum(sum(row) for row in self.counts) - sum(row[i] for i, row in enumerate(self.counts))


def confusion_matrix(counts: Counts, names: Sequence[str]) -> ConfusionMatrix:
    """The matrix of these counts (rows = true class) for classes of these names.

    Raises:
        ValueError: counts are not square, or there is not one name a class.
    """
    if any(len(row) != len(names) for row in counts) or len(counts) != len(names):
        raise ValueError(f"{len(names)} names need {len(names)}×{len(names)} counts, got {len(counts)} rows")
    totals = [sum(row) for row in counts]
    shares = tuple(
        tuple(count / total if total else 0.0 for count in row)
        for row, total in zip(counts, totals, strict=True)
    )
    return ConfusionMatrix(
        names=tuple(names),
        counts=tuple(tuple(int(count) for count in row) for row in counts),
        shares=shares,
        sentences=tuple(
            tuple(
                _sentence(names[true], names[answer], counts[true][answer], shares[true][answer])
                for answer in range(len(names))
            )
            for true in range(len(names))
        ),
    )


def largest_mistakes(matrix: ConfusionMatrix, most: int = 3) -> tuple[str, ...]:
    """The sentences of the most frequent mistakes, most frequent first; fewer if there are fewer."""
    cells = [
        (-count, true, answer)
        for true, row in enumerate(matrix.counts)
        for answer, count in enumerate(row)
        if count and true != answer
    ]
    return tuple(matrix.sentences[true][answer] for _, true, answer in sorted(cells)[:most])


def draw_confusion(matrix: ConfusionMatrix, *, as_shares: bool = False) -> go.Figure:
    """Annotated heat map: mistakes coloured by their number (or share of the row), hits only tinted."""
    values = matrix.shares if as_shares else matrix.counts
    size = range(len(matrix.names))
    mistakes = [[None if i == j or not values[i][j] else values[i][j] for j in size] for i in size]
    hits = [[1 if i == j else None for j in size] for i in size]
    greatest = max((value for row in mistakes for value in row if value), default=1)
    cells: dict[str, Any] = {"x": matrix.names, "y": matrix.names, "xgap": 2, "ygap": 2, "showscale": False}
    hover = [list(row) for row in matrix.sentences]
    figure = go.Figure()
    figure.add_heatmap(
        z=hits, colorscale=[(0, faded(NEUTRAL, 0.22)), (1, faded(NEUTRAL, 0.22))], hoverinfo="skip", **cells
    )
    figure.add_heatmap(z=mistakes, colorscale=SEQUENTIAL, zmin=0, zmax=greatest, hoverinfo="skip", **cells)
    figure.add_scatter(
        x=[name for _ in size for name in matrix.names],
        y=[name for name in matrix.names for _ in size],
        text=[_cell(value, as_shares) for row in values for value in row],
        hovertext=[sentence for row in hover for sentence in row],
        hovertemplate="%{hovertext}<extra></extra>",
        hoverlabel={"bgcolor": GROUND, "font": {"color": TEXT}},
        mode="text",
        textfont={"color": TEXT, "size": 12},
        showlegend=False,
    )
    figure.update_xaxes(
        title="predicted class", type="category", side="bottom", showgrid=False, zeroline=False
    )
    figure.update_yaxes(
        title="true class", type="category", autorange="reversed", showgrid=False, zeroline=False
    )
    figure.update_layout(height=400, margin={"l": 10, "r": 10, "t": 10, "b": 10}, dragmode=False)
    return figure


def _cell(value: float, as_shares: bool) -> str:
    if not value:
        return ""
    if not as_shares:
        return f"{value:,}"
    return f"{100 * value:.1f}" if value < 0.9995 else "100"


def _sentence(true: str, answer: str, count: int, share: float) -> str:
    images = f"{count:,} image{'' if count == 1 else 's'} ({100 * share:.1f} %)"
    return (
        f"{true} classified correctly: {images}" if true == answer else f"{true} read as {answer}: {images}"
    )
