"""The weights of a linear method on pixels: one picture a class, all on one scale."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from explorer.plots.hog import hover_label
from explorer.plots.palette import DIVERGING, NEUTRAL, TEXT, faded

COLUMNS, GAP, CAPTION = 5, 2, 6  # classes in a row; pixels of an image between them and above each
FULL_COLOR = 0.995  # share of the weights within the scale; a few outliers would pale all others
HEIGHT = 330


@dataclass(frozen=True, slots=True, eq=False)
class WeightPictures:
    """Pictures (classes, side, side); colours are full at plus and minus ``scale``."""

    names: tuple[str, ...]
    weights: NDArray[np.float64]
    scale: float


def weight_pictures(weights: NDArray[np.floating], names: Sequence[str]) -> WeightPictures:
    """The pictures of weights (classes, side²).

    Raises:
        ValueError: the weights of a class are no square picture, or there is not one name a class.
    """
    side = round(weights.shape[1] ** 0.5)
    if weights.shape != (len(names), side * side):
        raise ValueError(f"weights {weights.shape} are no square pictures of {len(names)} classes")
    shaped = np.asarray(weights, dtype=np.float64).reshape(len(names), side, side)
    return WeightPictures(tuple(names), shaped, float(np.quantile(np.abs(shaped), FULL_COLOR)) or 1.0)


def draw_weight_pictures(pictures: WeightPictures) -> go.Figure:
    """Orange pixels speak for the class, blue ones against it; hover gives each weight."""
    count, side, _ = pictures.weights.shape
    across, down = min(COLUMNS, count), ceil(count / COLUMNS)
    pitch_x, pitch_y = side + GAP, side + GAP + CAPTION
    canvas = np.full((down * pitch_y, across * pitch_x), None, dtype=object)
    texts = np.full(canvas.shape, "", dtype=object)
    figure = go.Figure()
    corners = [(place % COLUMNS * pitch_x, place // COLUMNS * pitch_y + CAPTION) for place in range(count)]
    for (left, top), name, weights in zip(corners, pictures.names, pictures.weights, strict=True):
        canvas[top : top + side, left : left + side] = weights
        texts[top : top + side, left : left + side] = [
            [f"class {name}, row {row}, column {column}: {weight:.3g}" for column, weight in enumerate(line)]
            for row, line in enumerate(weights)
        ]
    figure.add_heatmap(
        z=canvas.tolist(),
        text=texts.tolist(),
        colorscale=DIVERGING,
        zmin=-pictures.scale,
        zmax=pictures.scale,
        showscale=False,
        hoverongaps=False,
        hovertemplate="%{text}<extra></extra>",
        hoverlabel=hover_label(),
    )
    return as_pictures_of_classes(figure, pictures.names, corners, side)


def as_pictures_of_classes(
    figure: go.Figure, names: Sequence[str], corners: Sequence[tuple[int, int]], side: int
) -> go.Figure:
    """Frame and name each class's picture, ``side`` pixels wide from its corner (left, top) on; no axes."""
    for left, top in corners:
        figure.add_shape(
            type="rect",
            x0=left - 0.5,
            y0=top - 0.5,
            x1=left + side - 0.5,
            y1=top + side - 0.5,
            line={"color": faded(NEUTRAL, 0.6), "width": 1},
        )
    figure.add_scatter(
        x=[left + side / 2 for left, _ in corners],
        y=[top - CAPTION / 2 - 0.5 for _, top in corners],
        text=list(names),
        mode="text",
        textfont={"color": TEXT, "size": 13},
        hoverinfo="skip",
        showlegend=False,
    )
    right, bottom = (max(ends) + side + 0.5 for ends in zip(*corners, strict=True))
    figure.update_xaxes(visible=False, range=[-1.5, right], constrain="domain", fixedrange=True)
    figure.update_yaxes(
        visible=False,
        range=[bottom, -0.5],
        constrain="domain",
        constraintoward="top",
        scaleanchor="x",
        fixedrange=True,
    )
    figure.update_layout(height=HEIGHT, margin={"l": 2, "r": 2, "t": 2, "b": 2}, dragmode=False)
    return figure
