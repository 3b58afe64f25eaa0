"""The numbers that HOG makes of an image, one row a block."""

from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from explorer.plots.hog import hover_label
from explorer.plots.hog_cells import degrees
from explorer.plots.palette import NEUTRAL, SEQUENTIAL, faded

ROW, SMALLEST_ROW, MOST_HEIGHT, AXES = 26, 8, 620, 70  # pixels on screen


@dataclass(frozen=True, slots=True, eq=False)
class NumberRows:
    """``values`` (blocks, numbers a block) in reading order, with a name for each block.

    ``cells`` names the cells of a block in the order in which their numbers follow one another, each with
    ``orientations`` of them; ``sentences`` say what each number is.
    """

    values: NDArray[np.float64]
    blocks: tuple[str, ...]
    cells: tuple[str, ...]
    orientations: int
    sentences: tuple[tuple[str, ...], ...]

    @property
    def count(self) -> int:
        """How many numbers there are."""
        return int(self.values.size)


def number_rows(blocks: NDArray[np.floating]) -> NumberRows:
    """Rows of normalised blocks: (blocks down, blocks across, cells down, cells across, orientations)."""
    down, across, cells_down, cells_across, orientations = blocks.shape
    values = np.asarray(blocks, dtype=np.float64).reshape(down * across, -1)
    sentences = []
    for number, row in enumerate(values):
        block_row, block_column = divmod(number, across)
        line = []
        for place, value in enumerate(row):
            cell, orientation = divmod(place, orientations)
            cell_row, cell_column = divmod(cell, cells_across)
            line.append(
                f"number {number * len(row) + place + 1:,} of {values.size:,}: {value:.4f}<br>"
                f"block {block_row + 1}, {block_column + 1}, "
                f"cell {block_row + cell_row + 1}, {block_column + cell_column + 1}, "
                f"{degrees(orientation, orientations)}"
            )
        sentences.append(tuple(line))
    return NumberRows(
        values=values,
        blocks=tuple(f"{row + 1}, {column + 1}" for row in range(down) for column in range(across)),
        cells=_cell_names(cells_down, cells_across),
        orientations=orientations,
        sentences=tuple(sentences),
    )


def draw_numbers(rows: NumberRows) -> go.Figure:
    """A heat map: rows are blocks, columns the directions of each of their cells."""
    count = len(rows.values)
    figure = go.Figure()
    figure.add_heatmap(
        z=rows.values.tolist(),
        text=[list(line) for line in rows.sentences],
        colorscale=SEQUENTIAL,
        zmin=0,
        xgap=1 if rows.values.shape[1] <= 80 else 0,
        ygap=1,
        hovertemplate="%{text}<extra></extra>",
        hoverlabel=hover_label(),
        colorbar={"thickness": 10, "title": {"text": "value", "side": "right"}},
    )
    for cell in range(1, len(rows.cells)):
        place = cell * rows.orientations - 0.5
        line = {"color": faded(NEUTRAL, 1), "width": 2}
        figure.add_shape(type="line", x0=place, x1=place, y0=-0.5, y1=count - 0.5, line=line)
    figure.update_xaxes(
        title="cell of the block, and its directions from 0° to 180°",
        tickvals=[(cell + 0.5) * rows.orientations - 0.5 for cell in range(len(rows.cells))],
        ticktext=list(rows.cells),
        showgrid=False,
        zeroline=False,
    )
    every = max(1, count // 12)
    figure.update_yaxes(
        title="block (row, column)",
        tickvals=list(range(0, count, every)),
        ticktext=list(rows.blocks[::every]),
        range=[count - 0.5, -0.5],
        showgrid=False,
        zeroline=False,
    )
    height = min(max(ROW * count, SMALLEST_ROW * count if count > 30 else 0), MOST_HEIGHT)
    figure.update_layout(height=height + AXES, margin={"l": 10, "r": 10, "t": 10, "b": 10}, dragmode=False)
    return figure


def _cell_names(down: int, across: int) -> tuple[str, ...]:
    if (down, across) == (1, 1):
        return ("the cell",)
    if (down, across) == (2, 2):
        return ("upper left", "upper right", "lower left", "lower right")
    return tuple(f"{row + 1}, {column + 1}" for row in range(down) for column in range(across))
