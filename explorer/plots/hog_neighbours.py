"""The nearest neighbours of an image as small pictures, with class and distance."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from explorer.plots.hog import INK, hover_label
from explorer.plots.palette import NEUTRAL, POSITIVE, TEXT, faded

COLUMNS, GAP, CAPTION = 4, 3, 12  # tiles in a row; pixels of an image between tiles and under each
HEIGHT = 330


@dataclass(frozen=True, slots=True, eq=False)
class NeighbourTiles:
    """Nearest first. ``agree`` says which have the image's own class; ``sentence`` counts them."""

    images: NDArray[np.uint8]
    captions: tuple[str, ...]
    hovers: tuple[str, ...]
    agree: tuple[bool, ...]
    sentence: str


def neighbour_tiles(
    images: NDArray[np.uint8],
    labels: Sequence[int],
    distances: Sequence[float],
    *,
    own: int,
    names: Sequence[str],
) -> NeighbourTiles:
    """The tiles of neighbours (N, rows, columns) with their classes, for an image of the class ``own``."""
    agree = tuple(int(label) == own for label in labels)
    return NeighbourTiles(
        images=images,
        captions=tuple(
            f"{names[label]}{'' if same else ' ✗'} · {distance:.2f}"
            for label, same, distance in zip(labels, agree, distances, strict=True)
        ),
        hovers=tuple(
            f"neighbour {place}: class {names[label]}, distance {distance:.4g}"
            f"{'' if same else f', not {names[own]}'}"
            for place, (label, same, distance) in enumerate(
                zip(labels, agree, distances, strict=True), start=1
            )
        ),
        agree=agree,
        sentence=f"{sum(agree)} of {len(agree)} are of its class ({names[own]})",
    )


def draw_neighbours(tiles: NeighbourTiles) -> go.Figure:
    """Tiles in reading order; those of another class are framed."""
    count, side, wide = tiles.images.shape
    across, down = min(COLUMNS, count), ceil(count / COLUMNS)
    pitch_x, pitch_y = wide + GAP, side + CAPTION
    canvas = np.full((down * pitch_y, max(across, 1) * pitch_x), np.nan)
    places = [(place % COLUMNS * pitch_x, place // COLUMNS * pitch_y) for place in range(count)]
    for (left, top), image in zip(places, tiles.images, strict=True):
        canvas[top : top + side, left : left + wide] = image
    figure = go.Figure()
    figure.add_heatmap(
        z=np.where(np.isnan(canvas), np.array(None), canvas).tolist(),
        zmin=0, zmax=255, colorscale=INK, showscale=False, hoverinfo="skip",
    )  # fmt: skip
    for (left, top), same in zip(places, tiles.agree, strict=True):
        line = (
            {"color": faded(NEUTRAL, 0.6), "width": 1} if same else {"color": faded(POSITIVE, 1), "width": 3}
        )
        figure.add_shape(
            type="rect", x0=left - 0.5, x1=left + wide - 0.5, y0=top - 0.5, y1=top + side - 0.5, line=line
        )
    middles = [left + wide / 2 for left, _ in places]
    figure.add_scatter(
        x=middles, y=[top + side + CAPTION / 2 - 0.5 for _, top in places], text=list(tiles.captions),
        mode="text", textfont={"color": TEXT, "size": 13}, hoverinfo="skip", showlegend=False,
    )  # fmt: skip
    figure.add_scatter(  # invisible: it answers the pointer
        x=middles, y=[top + side / 2 for _, top in places], text=list(tiles.hovers), mode="markers",
        marker={"size": 40, "opacity": 0}, hovertemplate="%{text}<extra></extra>",
        hoverlabel=hover_label(), showlegend=False,
    )  # fmt: skip
    figure.update_xaxes(
        visible=False, range=[-1.5, canvas.shape[1] - GAP + 0.5], constrain="domain", fixedrange=True
    )
    figure.update_yaxes(
        visible=False, range=[canvas.shape[0] - 0.5, -1.5], constrain="domain", constraintoward="top",
        scaleanchor="x",
        fixedrange=True,
    )  # fmt: skip
    figure.update_layout(height=HEIGHT, margin={"l": 2, "r": 2, "t": 2, "b": 2}, dragmode=False)
    return figure
