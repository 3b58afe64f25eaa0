"""A matrix cell by cell: its numbers as colours around zero, each named and readable."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import floor, isfinite, log10

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from explorer.plots.palette import DIVERGING, GROUND, TEXT

MOST_CLICKED = 1_600  # cells that can be chosen by a click; each is a point of its own
MOST_WRITTEN = 200  # cells that have room for their number
WIDEST_WRITTEN = 10
LEAST_WRITTEN, GREATEST_WRITTEN = 0.1, 100  # greatest numbers that two decimals suit
CELL_HEIGHT, LEAST_HEIGHT, MOST_HEIGHT, MARGIN = 22, 70, 380, 44  # pixels


@dataclass(frozen=True, slots=True, eq=False)
class Matrix:
    """Values (rows, columns) with a name for each row and column.

    ``sentences`` say each cell in words (row by row; empty for large matrices); ``limit`` is where colours
    are full, on both sides of zero. Numbers in cells are written in units of ten to the ``power``.
    """

    values: NDArray[np.float64]
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    sentences: tuple[str, ...]
    limit: float

    @property
    def power(self) -> int:
        """0 where two decimals tell the numbers apart; else that of the greatest number."""
        return 0 if LEAST_WRITTEN <= self.limit < GREATEST_WRITTEN else floor(log10(self.limit))

    @property
    def is_written(self) -> bool:
        """Whether each cell has room for its number."""
        return self.values.size <= MOST_WRITTEN and self.values.shape[1] <= WIDEST_WRITTEN

    @property
    def unit_words(self) -> str:
        """In what unit the numbers in the cells are written, ``cells in units of 10⁻³``; empty for 1."""
        if not self.power or not self.is_written:
            return ""
        raised = str(self.power).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
        return f"cells in units of 10{raised}"

    @property
    def can_be_clicked(self) -> bool:
        """Whether each cell answers a click."""
        return self.values.size <= MOST_CLICKED


def exact(value: float) -> str:
    """A number in nine digits, with a real minus; NaN and ∞ by these names."""
    return in_digits(value, 9)


def in_digits(value: float, digits: int) -> str:
    """A number in so many digits, with a real minus and no −0; NaN and ∞ by these names."""
    text = f"{value + 0.0:.{digits}g}".replace("-", "−")
    return text.replace("nan", "NaN").replace("inf", "∞")


def matrix(values: NDArray[np.floating], rows: Sequence[str], columns: Sequence[str]) -> Matrix:
    """A matrix to be drawn.

    Raises:
        ValueError: there is not one name a row and a column.
    """
    if values.shape != (len(rows), len(columns)):
        raise ValueError(f"{len(rows)} × {len(columns)} names for values of shape {values.shape}")
    numbers = values.astype(np.float64)
    finite = np.abs(numbers[np.isfinite(numbers)])
    small = numbers.size <= MOST_CLICKED
    return Matrix(
        values=numbers,
        rows=tuple(rows),
        columns=tuple(columns),
        sentences=tuple(
            f"{row}, {column}: {exact(value)}"
            for row, line in zip(rows, numbers, strict=True)
            for column, value in zip(columns, line, strict=True)
        )
        if small
        else (),
        limit=float(finite.max()) if finite.size and finite.max() > 0 else 1.0,
    )


def draw_matrix(drawn: Matrix, *, marked: tuple[int, int] | None = None) -> go.Figure:
    """Heat map, first row on top: blue is negative, orange positive; ``marked`` frames a cell."""
    height, width = drawn.values.shape
    figure = go.Figure()
    figure.add_heatmap(
        z=np.where(np.isfinite(drawn.values), drawn.values, np.nan),
        zmin=-drawn.limit,
        zmax=drawn.limit,
        colorscale=DIVERGING,
        opacity=0.85,
        xgap=1 if width <= 60 else 0,
        ygap=1 if height <= 60 else 0,
        text=_written(drawn) if drawn.is_written else None,
        texttemplate="%{text}" if drawn.is_written else None,
        textfont={"size": 11, "color": TEXT},
        hoverinfo="skip" if drawn.sentences else None,
        hovertemplate=None if drawn.sentences else "%{customdata}, column %{x}: %{z:.9~g}<extra></extra>",
        customdata=None if drawn.sentences else np.repeat(np.array(drawn.rows)[:, None], width, 1),
        hoverlabel={"bgcolor": GROUND, "font": {"color": TEXT}},
        colorbar={
            "thickness": 8,
            "tickvals": [-drawn.limit, 0, drawn.limit],
            "ticktext": [f"−{drawn.limit:.2g}", "0", f"{drawn.limit:.2g}"],
            "xpad": 4,
        },
    )
    if drawn.sentences:
        figure.add_scatter(  # no ink: it answers pointer and click
            x=np.tile(np.arange(width), height),
            y=np.repeat(np.arange(height), width),
            text=drawn.sentences,
            mode="markers",
            marker={"size": 14, "symbol": "square", "opacity": 0},
            hovertemplate="%{text}<extra></extra>",
            hoverlabel={"bgcolor": GROUND, "font": {"color": TEXT}},
            showlegend=False,
        )
    if marked is not None:
        row, column = marked
        figure.add_shape(
            type="rect", x0=column - 0.5, x1=column + 0.5, y0=row - 0.5, y1=row + 0.5,
            line={"color": TEXT, "width": 2},
        )  # fmt: skip
    figure.update_xaxes(
        range=[-0.5, width - 0.5], tickvals=_ticks(width), showgrid=False, zeroline=False, fixedrange=True
    )
    figure.update_yaxes(
        range=[height - 0.5, -0.5], tickvals=_ticks(height), showgrid=False, zeroline=False, fixedrange=True
    )
    figure.update_layout(
        height=min(max(CELL_HEIGHT * height, LEAST_HEIGHT), MOST_HEIGHT) + MARGIN,
        margin={"l": 4, "r": 4, "t": 10, "b": 4},
        hovermode="closest",
        dragmode=False,
    )
    return figure


def _written(drawn: Matrix) -> list[list[str]]:
    """Each number in two decimals, with a real minus; none where there is no number."""
    with np.errstate(all="ignore"):
        numbers = np.round(drawn.values / 10.0**drawn.power, 2) + 0.0  # no −0.00
    return [[f"{value:.2f}".replace("-", "−") if isfinite(value) else "" for value in row] for row in numbers]


def _ticks(count: int) -> list[int]:
    """Every place for a few, else even steps."""
    step = next(
        step for step in (1, 2, 5, 7, 14, 28, 56, 112, 500, 2_000, 10_000, 10**9) if count / step <= 16
    )
    return list(range(0, count, step))
