"""What a linear method on HOG looks for: for each class the edges that speak for it, as stars."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from explorer.plots.hog import add_strokes
from explorer.plots.hog_cells import cell_stars
from explorer.plots.methods_weights import CAPTION, COLUMNS, as_pictures_of_classes
from explorer.plots.palette import NEGATIVE, POSITIVE, faded

GAP = 4  # pixels of an image between two classes


@dataclass(frozen=True, slots=True, eq=False)
class WeightStars:
    """Strokes as polylines with None between two, for the weights above and below zero.

    ``corners`` (left, top) are those of the classes' frames, which are ``side`` pixels wide.
    """

    names: tuple[str, ...]
    positive: tuple[tuple[float | None, ...], tuple[float | None, ...]]
    negative: tuple[tuple[float | None, ...], tuple[float | None, ...]]
    corners: tuple[tuple[int, int], ...]
    side: int


def cell_weights(
    weights: NDArray[np.floating], *, cells: int, block_size: int, orientations: int
) -> NDArray[np.float64]:
    """Weights (classes, F) of block-wise features, summed for each cell over all blocks that hold it.

    (classes, cells, cells, orientations); a cell at the rim is in fewer blocks than one in the middle.
    """
    blocks = cells - block_size + 1
    shaped = np.asarray(weights, dtype=np.float64).reshape(
        len(weights), blocks, blocks, block_size, block_size, orientations
    )
    summed = np.zeros((len(weights), cells, cells, orientations))
    for down in range(block_size):
        for across in range(block_size):
            summed[:, down : down + blocks, across : across + blocks] += shaped[:, :, :, down, across]
    return summed


def weight_stars(weights: NDArray[np.floating], cell_size: int, names: Sequence[str]) -> WeightStars:
    """One picture of stars a class, of weights (classes, cells, cells, orientations)."""
    side = weights.shape[1] * cell_size
    corners = [
        (place % COLUMNS * (side + GAP), place // COLUMNS * (side + GAP + CAPTION) + CAPTION)
        for place in range(len(names))
    ]
    return WeightStars(
        names=tuple(names),
        positive=_strokes(np.maximum(weights, 0), cell_size, corners),
        negative=_strokes(np.maximum(-weights, 0), cell_size, corners),
        corners=tuple(corners),
        side=side,
    )


def draw_weight_stars(stars: WeightStars) -> go.Figure:
    """Orange strokes speak for the class, blue ones against it; each as long as its weight is great."""
    figure = go.Figure()
    add_strokes(figure, *stars.negative, width=1.5, color=faded(NEGATIVE, 0.8))
    add_strokes(figure, *stars.positive, width=2, color=faded(POSITIVE, 1))
    return as_pictures_of_classes(figure, stars.names, stars.corners, stars.side)


def _strokes(
    weights: NDArray[np.floating], cell_size: int, corners: Sequence[tuple[int, int]]
) -> tuple[tuple[float | None, ...], tuple[float | None, ...]]:
    """Each class on its own scale: how clearly one tells classes apart is seen in the scores."""
    x: list[float | None] = []
    y: list[float | None] = []
    for histograms, (left, top) in zip(weights, corners, strict=True):
        stars = cell_stars(histograms, cell_size, power=1.0)
        x += [None if place is None else place + left for place in stars.strokes_x]
        y += [None if place is None else place + top for place in stars.strokes_y]
    return tuple(x), tuple(y)
