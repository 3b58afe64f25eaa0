"""A lab's figures as a table of colours: rows of settings over the values of another."""

from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from explorer.plots.palette import GROUND, NEGATIVE, NEUTRAL, TEXT, ColorScale, faded

ROW_HEIGHT, FRAME = 40, 70
SHADES: ColorScale = [(0.0, faded(NEGATIVE, 0.06)), (1.0, faded(NEGATIVE, 0.6))]


@dataclass(frozen=True, slots=True)
class GridCell:
    """One experiment: its share in [0, 1], or why there is none (diverged; empty: not measured yet)."""

    share: float | None
    note: str
    words: str
    is_reported: bool


@dataclass(frozen=True, slots=True)
class LabGrid:
    """Cells in rows; ``summary`` tells the best and the worst."""

    column_title: str
    columns: tuple[str, ...]
    rows: tuple[str, ...]
    cells: tuple[tuple[GridCell, ...], ...]
    summary: str


def lab_grid(
    cells: Sequence[Sequence[GridCell]], *, column_title: str, columns: Sequence[str], rows: Sequence[str]
) -> LabGrid:
    """The cells under their names; raises ValueError where there are not as many as rows and columns."""
    if len(cells) != len(rows) or any(len(row) != len(columns) for row in cells):
        raise ValueError(f"{len(rows)} rows of {len(columns)} cells are wanted")
    known = [(cell.share, cell.words) for row in cells for cell in row if cell.share is not None]
    every = sum(len(row) for row in cells)
    summary = f"{len(known)} of {every} measured."
    if known:
        summary += f" Best: {max(known)[1]}. Worst: {min(known)[1]}."
    return LabGrid(column_title, tuple(columns), tuple(rows), tuple(tuple(row) for row in cells), summary)


def draw_lab_grid(drawn: LabGrid) -> go.Figure:
    """Shares in percent, shaded from guessing to all right; what the report tells of is framed."""
    places = [
        (row, column, cell) for row, cells in enumerate(drawn.cells) for column, cell in enumerate(cells)
    ]
    figure = go.Figure()
    figure.add_heatmap(
        z=[[cell.share for cell in cells] for cells in drawn.cells],
        x=drawn.columns, y=drawn.rows, xgap=2, ygap=2, showscale=False, hoverinfo="skip",
        colorscale=SHADES, zmin=0.1, zmax=1.0,
    )  # fmt: skip
    figure.add_scatter(
        x=[drawn.columns[column] for _, column, _ in places],
        y=[drawn.rows[row] for row, _, _ in places],
        text=[f"{100 * cell.share:.1f}" if cell.share is not None else cell.note for _, _, cell in places],
        hovertext=[cell.words for _, _, cell in places],
        hovertemplate="%{hovertext}<extra></extra>",
        hoverlabel={"bgcolor": GROUND, "font": {"color": TEXT}},
        mode="text+markers",
        marker={"size": 34, "symbol": "square", "opacity": 0},
        textfont={"color": TEXT, "size": 13},
        showlegend=False,
    )
    for row, column, cell in places:
        if cell.is_reported:
            figure.add_shape(
                type="rect", x0=column - 0.48, x1=column + 0.48, y0=row - 0.46, y1=row + 0.46,
                line={"color": faded(NEUTRAL, 1), "width": 2},
            )  # fmt: skip
    figure.update_xaxes(title=drawn.column_title, type="category", side="top", showgrid=False)
    figure.update_yaxes(
        type="category", autorange=False, range=[len(drawn.rows) - 0.5, -0.5], showgrid=False, zeroline=False
    )
    figure.update_layout(
        height=FRAME + ROW_HEIGHT * len(drawn.rows),
        margin={"l": 10, "r": 10, "t": 10, "b": 10},
        dragmode=False,
    )
    return figure
