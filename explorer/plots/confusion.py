"""The confusion matrix: which class was read as which, with the mistakes standing out."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import plotly.graph_objects as go

from explorer.plots.palette import GROUND, NEUTRAL, SEQUENTIAL, TEXT, faded

Counts = Sequence[Sequence[int]]
Cell = tuple[int, int]  # true class, answer

HITS = [(0, faded(NEUTRAL, 0.22)), (1, faded(NEUTRAL, 0.22))]
CELL_SIZE = 32  # pixels on screen


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


def most_confused(matrix: ConfusionMatrix, most: int = 3) -> tuple[Cell, ...]:
    """The cells of the most frequent mistakes, most frequent first; fewer if there are fewer."""
    cells = [
        (-count, true, answer)
        for true, row in enumerate(matrix.counts)
        for answer, count in enumerate(row)
        if count and true != answer
    ]
    return tuple((true, answer) for _, true, answer in sorted(cells)[:most])


def largest_mistakes(matrix: ConfusionMatrix, most: int = 3) -> tuple[str, ...]:
    """The sentences of the most frequent mistakes, most frequent first; fewer if there are fewer."""
    return tuple(matrix.sentences[true][answer] for true, answer in most_confused(matrix, most))


def draw_confusion(
    matrix: ConfusionMatrix, *, as_shares: bool = False, marked: Cell | None = None
) -> go.Figure:
    """Annotated heat map: mistakes coloured by their number (or share of the row), hits only tinted.

    Every cell is a point whose ``customdata`` is (true class, answer); the ``marked`` one is framed.
    """
    values = matrix.shares if as_shares else matrix.counts
    size = range(len(matrix.names))
    mistakes = [[None if i == j or not values[i][j] else values[i][j] for j in size] for i in size]
    hits = [[1 if i == j else None for j in size] for i in size]
    greatest = max((value for row in mistakes for value in row if value), default=1)
    figure = go.Figure()
    add_cells(figure, hits, matrix.names, colorscale=HITS)
    add_cells(figure, mistakes, matrix.names, colorscale=SEQUENTIAL, zmin=0, zmax=greatest)
    texts = [[_cell(value, as_shares) for value in row] for row in values]
    annotate(figure, matrix.names, texts, matrix.sentences, marked)
    return figure


def add_cells(figure: go.Figure, values: Sequence[Sequence[Any]], names: Sequence[str], **looks: Any) -> None:
    """Colours the cells that have a value."""
    figure.add_heatmap(z=values, x=names, y=names, xgap=2, ygap=2, showscale=False, hoverinfo="skip", **looks)


def annotate(
    figure: go.Figure,
    names: Sequence[str],
    texts: Sequence[Sequence[str]],
    sentences: Sequence[Sequence[str]],
    marked: Cell | None,
) -> None:
    """Writes into the cells, lets each answer the pointer, and names the axes."""
    size = range(len(names))
    unseen = {"marker": {"opacity": 0}, "textfont": {"color": TEXT}}
    figure.add_scatter(
        x=[name for _ in size for name in names],
        y=[name for name in names for _ in size],
        text=[text for row in texts for text in row],
        hovertext=[sentence for row in sentences for sentence in row],
        customdata=[[true, answer] for true in size for answer in size],
        hovertemplate="%{hovertext}<extra></extra>",
        hoverlabel={"bgcolor": GROUND, "font": {"color": TEXT}},
        mode="text+markers",  # the markers are invisible: they answer the pointer all over the cell
        marker={"size": CELL_SIZE, "symbol": "square", "opacity": 0},
        selected=unseen,
        unselected=unseen,
        textfont={"color": TEXT, "size": 12},
        showlegend=False,
    )
    if marked is not None:
        true, answer = marked
        figure.add_shape(
            type="rect", x0=answer - 0.5, x1=answer + 0.5, y0=true - 0.5, y1=true + 0.5,
            line={"color": TEXT, "width": 2},
        )  # fmt: skip
    first, last = -0.5, len(names) - 0.5
    figure.update_xaxes(
        title="predicted class",
        type="category",
        side="bottom",
        range=[first, last],
        showgrid=False,
        zeroline=False,
    )
    figure.update_yaxes(
        title="true class",
        type="category",
        range=[last, first],
        showgrid=False,
        zeroline=False,
    )
    figure.update_layout(height=400, margin={"l": 10, "r": 10, "t": 10, "b": 10}, dragmode=False)


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
