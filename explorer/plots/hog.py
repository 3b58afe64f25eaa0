"""One image and its gradient: how strongly brightness changes at each pixel, and along which edge."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from explorer.plots.palette import GROUND, NEUTRAL, SEQUENTIAL, TEXT, ColorScale, faded

INK: ColorScale = [(0.0, GROUND), (1.0, TEXT)]  # dark on light, or light on dark, as the page is
FAINTEST = 0.1  # of the greatest magnitude: below it a direction is of no weight, and no stroke is drawn
STROKE = 0.42  # half a stroke's length at most, in pixels of the image
HEIGHT = 340

Sentences = tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True, eq=False)
class GradientPicture:
    """Magnitudes (rows, columns), one sentence a pixel, and strokes along the edges.

    ``strokes_x`` and ``strokes_y`` are polylines in pixels, None between two strokes; a stroke is as long
    as the pixel's magnitude is great.
    """

    magnitude: NDArray[np.float64]
    sentences: Sentences
    strokes_x: tuple[float | None, ...]
    strokes_y: tuple[float | None, ...]


def gradient_picture(magnitude: NDArray[np.floating], direction: NDArray[np.floating]) -> GradientPicture:
    """The picture of a gradient, both (rows, columns); directions in degrees in [0, 180), rows downwards.

    Raises:
        ValueError: the two have different shapes.
    """
    if magnitude.shape != direction.shape:
        raise ValueError(f"magnitude is {magnitude.shape}, direction {direction.shape}")
    greatest = float(magnitude.max(initial=0.0))
    strokes_x: list[float | None] = []
    strokes_y: list[float | None] = []
    for row, column in np.argwhere(magnitude > FAINTEST * greatest):
        share = float(magnitude[row, column]) / greatest
        across, down = edge(float(direction[row, column]), STROKE * share)
        strokes_x += [column - across, column + across, None]
        strokes_y += [row - down, row + down, None]
    return GradientPicture(
        magnitude=np.asarray(magnitude, dtype=np.float64),
        sentences=tuple(
            tuple(
                _sentence(row, column, float(strength), float(angle))
                for column, (strength, angle) in enumerate(zip(strengths, angles, strict=True))
            )
            for row, (strengths, angles) in enumerate(zip(magnitude, direction, strict=True))
        ),
        strokes_x=tuple(strokes_x),
        strokes_y=tuple(strokes_y),
    )


def edge(direction: float, length: float) -> tuple[float, float]:
    """The way (to the right, down) along the edge whose gradient has this direction in degrees."""
    radians = np.deg2rad(direction)
    return -float(np.sin(radians)) * length, float(np.cos(radians)) * length


def draw_image(pixels: NDArray[np.generic]) -> go.Figure:
    """The image itself, (rows, columns) of 0…255; hover gives each pixel's value."""
    figure = go.Figure()
    figure.add_heatmap(
        z=np.asarray(pixels, dtype=np.int64).tolist(),
        zmin=0,
        zmax=255,
        colorscale=INK,
        showscale=False,
        hovertemplate="row %{y}, column %{x}: %{z} of 255<extra></extra>",
        hoverlabel=hover_label(),
    )
    return as_picture(figure, *np.shape(pixels))


def draw_gradient(picture: GradientPicture) -> go.Figure:
    """Magnitudes as a heat map, with a stroke along the edge wherever there is one."""
    figure = go.Figure()
    figure.add_heatmap(
        z=picture.magnitude.tolist(),
        text=[list(row) for row in picture.sentences],
        colorscale=SEQUENTIAL,
        zmin=0,
        zmax=float(picture.magnitude.max(initial=0.0)) or 1.0,
        showscale=False,
        hovertemplate="%{text}<extra></extra>",
        hoverlabel=hover_label(),
    )
    add_strokes(figure, picture.strokes_x, picture.strokes_y, width=1.5)
    return as_picture(figure, *picture.magnitude.shape)


def add_strokes(
    figure: go.Figure,
    x: tuple[float | None, ...],
    y: tuple[float | None, ...],
    *,
    width: float,
    color: str = TEXT,
) -> None:
    """Lines that answer no pointer."""
    figure.add_scatter(
        x=list(x), y=list(y), mode="lines", line={"color": color, "width": width}, hoverinfo="skip",
        showlegend=False,
    )  # fmt: skip


def as_picture(figure: go.Figure, rows: int, columns: int) -> go.Figure:
    """Square pixels, first row on top, a thin frame and no axes."""
    right, bottom = columns - 0.5, rows - 0.5
    axis = {"visible": False, "constrain": "domain", "fixedrange": True}
    frame = {"type": "rect", "x0": -0.5, "x1": right, "y0": -0.5, "y1": bottom}
    figure.update_layout(  # all in one call: each costs milliseconds
        xaxis={**axis, "range": [-0.5, right]},
        yaxis={**axis, "range": [bottom, -0.5], "scaleanchor": "x"},
        shapes=[{**frame, "line": {"color": faded(NEUTRAL, 0.6), "width": 1}}],
        height=HEIGHT,
        margin={"l": 2, "r": 2, "t": 2, "b": 2},
        dragmode=False,
    )
    return figure


def hover_label() -> dict[str, Any]:
    """Labels on the page's own ground."""
    return {"bgcolor": GROUND, "font": {"color": TEXT}}


def _sentence(row: int, column: int, strength: float, angle: float) -> str:
    place = f"row {row}, column {column}: magnitude {strength:.3g}"
    return f"{place}, direction {angle:.0f}°" if strength else f"{place}, no direction"
