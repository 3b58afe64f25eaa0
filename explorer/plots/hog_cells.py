"""The histograms of all cells: a star in each, one stroke a direction, the longer the more it counts."""

from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from explorer.plots.hog import INK, add_strokes, as_picture, edge, hover_label
from explorer.plots.palette import GROUND, NEUTRAL, POSITIVE, faded

IMAGE_OPACITY = 0.3  # the image behind the stars, so that both can be seen


@dataclass(frozen=True, slots=True, eq=False)
class CellStars:
    """Stars in pixels of the image: polylines with None between two strokes.

    ``tips_x`` and ``tips_y`` are both ends of every stroke, with its ``sentences``; ``covered`` is how many
    rows and columns of pixels the cells cover, ``cell_size`` the side of one.
    """

    strokes_x: tuple[float | None, ...]
    strokes_y: tuple[float | None, ...]
    tips_x: tuple[float, ...]
    tips_y: tuple[float, ...]
    sentences: tuple[str, ...]
    cell_size: int
    covered: tuple[int, int]


def cell_stars(histograms: NDArray[np.floating], cell_size: int, power: float = 0.5) -> CellStars:
    """The stars of histograms (cells down, cells across, orientations) over [0°, 180°).

    Strokes lie along the edge, at right angles to the gradient that was counted, so that they redraw
    what is in the image. Lengths grow with the ``power`` of a count, as a rule its root, so that faint
    cells are seen beside strong ones; the longest stroke of all reaches from side to side of its cell.
    """
    rows, columns, orientations = histograms.shape
    greatest = float(histograms.max(initial=0.0)) or 1.0
    strokes_x: list[float | None] = []
    strokes_y: list[float | None] = []
    tips_x: list[float] = []
    tips_y: list[float] = []
    sentences: list[str] = []
    for row, column, orientation in np.argwhere(histograms > 0):
        value = float(histograms[row, column, orientation])
        middle_x = column * cell_size + (cell_size - 1) / 2
        middle_y = row * cell_size + (cell_size - 1) / 2
        middle = (orientation + 0.5) * 180 / orientations
        across, down = edge(middle, 0.5 * cell_size * (value / greatest) ** power)
        strokes_x += [middle_x - across, middle_x + across, None]
        strokes_y += [middle_y - down, middle_y + down, None]
        tips_x += [middle_x - across, middle_x + across]
        tips_y += [middle_y - down, middle_y + down]
        sentence = f"cell {row + 1}, {column + 1}: {degrees(int(orientation), orientations)} → {value:.3g}"
        sentences += [sentence, sentence]
    return CellStars(
        strokes_x=tuple(strokes_x),
        strokes_y=tuple(strokes_y),
        tips_x=tuple(tips_x),
        tips_y=tuple(tips_y),
        sentences=tuple(sentences),
        cell_size=cell_size,
        covered=(rows * cell_size, columns * cell_size),
    )


def degrees(orientation: int, orientations: int) -> str:
    """The directions of one bin: ``40–60°``."""
    width = 180 / orientations
    return f"{orientation * width:.4g}–{(orientation + 1) * width:.4g}°"


def draw_cells(pixels: NDArray[np.generic], stars: CellStars) -> go.Figure:
    """The image, faint, with the grid of cells and their stars over it; pixels outside stay bare."""
    figure = go.Figure()
    figure.add_heatmap(
        z=np.asarray(pixels, dtype=np.int64).tolist(),
        zmin=0,
        zmax=255,
        colorscale=INK,
        opacity=IMAGE_OPACITY,
        showscale=False,
        hoverinfo="skip",
    )
    add_strokes(figure, *_grid(stars), width=1, color=faded(NEUTRAL, 0.7))
    add_strokes(figure, stars.strokes_x, stars.strokes_y, width=5, color=GROUND)
    add_strokes(figure, stars.strokes_x, stars.strokes_y, width=2.5, color=faded(POSITIVE, 1))
    figure.add_scatter(  # invisible: it answers the pointer
        x=list(stars.tips_x),
        y=list(stars.tips_y),
        text=list(stars.sentences),
        mode="markers",
        marker={"size": 9, "opacity": 0},
        hovertemplate="%{text}<extra></extra>",
        hoverlabel=hover_label(),
        showlegend=False,
    )
    return as_picture(figure, *np.shape(pixels))


def _grid(stars: CellStars) -> tuple[tuple[float | None, ...], tuple[float | None, ...]]:
    """The borders of all cells, as one polyline with None between two lines."""
    down, across = stars.covered
    x: list[float | None] = []
    y: list[float | None] = []
    for place in range(0, across + 1, stars.cell_size):
        x += [place - 0.5, place - 0.5, None]
        y += [-0.5, down - 0.5, None]
    for place in range(0, down + 1, stars.cell_size):
        x += [-0.5, across - 0.5, None]
        y += [place - 0.5, place - 0.5, None]
    return tuple(x), tuple(y)
