"""What a layer makes of one image: maps of a convolution, or bars of a dense layer."""

from dataclasses import dataclass
from math import ceil, sqrt

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from explorer.plots.palette import DIVERGING, GROUND, NEUTRAL, TEXT, faded
from explorer.plots.weights import diverging_png

TILE = 76  # pixels on screen for a map
SMALLEST_TILE = 21  # smaller maps are enlarged by whole factors, so that a gap of one pixel stays thin
BAR_HEIGHT = 170


@dataclass(frozen=True, slots=True, eq=False)
class MapTiles:
    """Maps side by side on one scale: ``pixels`` (height, width), NaN in the gaps; ``peaks`` a map each."""

    pixels: NDArray[np.float32]
    scale: float
    columns: int
    pitch: tuple[int, int]
    peaks: tuple[float, ...]


def map_tiles(maps: NDArray[np.floating], columns: int | None = None) -> MapTiles:
    """Tiles of maps (filters, height, width) in the order of the filters."""
    maps = np.asarray(maps, dtype=np.float32)
    peaks = tuple(float(values.max()) for values in maps)
    factor = max(1, ceil(SMALLEST_TILE / maps.shape[1]))
    maps = maps.repeat(factor, 1).repeat(factor, 2)
    count, height, width = maps.shape
    columns = columns or max(1, min(count, ceil(sqrt(2.5 * count))))
    rows = ceil(count / columns)
    pitch = height + 1, width + 1
    pixels = np.zeros((rows * pitch[0] + 1, columns * pitch[1] + 1), np.float32)
    for place in range(count):
        top, left = place // columns * pitch[0], place % columns * pitch[1]
        pixels[top : top + pitch[0] + 1, left : left + pitch[1] + 1] = np.nan
    for place, values in enumerate(maps):
        top, left = place // columns * pitch[0] + 1, place % columns * pitch[1] + 1
        pixels[top : top + height, left : left + width] = values
    return MapTiles(
        pixels=pixels,
        scale=float(np.abs(maps).max()) if maps.size else 0.0,
        columns=columns,
        pitch=pitch,
        peaks=peaks,
    )


def draw_map_tiles(tiles: MapTiles) -> go.Figure:
    """One picture: orange where the filter answers, blue where it is negative."""
    height, width = tiles.pixels.shape
    rows = ceil(len(tiles.peaks) / tiles.columns)
    blank = [None] * (rows * tiles.columns - len(tiles.peaks))
    texts = [f"filter {number}: greatest {peak:.3g}" for number, peak in enumerate(tiles.peaks)]
    figure = go.Figure()
    figure.add_image(
        source=diverging_png(tiles.pixels, tiles.scale), x0=0.5, y0=0.5, dx=1, dy=1, hoverinfo="skip"
    )
    figure.add_heatmap(  # invisible: it answers the pointer
        z=np.reshape([*tiles.peaks, *blank], (rows, tiles.columns)).tolist(),
        x0=tiles.pitch[1] / 2, dx=tiles.pitch[1], y0=tiles.pitch[0] / 2, dy=tiles.pitch[0],
        text=np.reshape([*texts, *[""] * len(blank)], (rows, tiles.columns)).tolist(),
        hovertemplate="%{text}<extra></extra>", hoverlabel={"bgcolor": GROUND, "font": {"color": TEXT}},
        opacity=0, showscale=False,
    )  # fmt: skip
    axis = {"visible": False, "showgrid": False, "fixedrange": True, "constrain": "domain"}
    figure.update_xaxes(range=[0, width], constraintoward="left", **axis)
    figure.update_yaxes(range=[height, 0], scaleanchor="x", constraintoward="top", **axis)
    figure.update_layout(
        height=rows * TILE,
        width=tiles.columns * TILE,
        margin={"l": 0, "r": 0, "t": 0, "b": 0},
        dragmode=False,
    )
    return figure


def draw_unit_bars(activations: NDArray[np.floating]) -> go.Figure:
    """One bar a unit of a dense layer, in the order of the units."""
    values = [float(value) for value in activations]
    limit = max((abs(value) for value in values), default=0.0) or 1.0
    figure = go.Figure()
    figure.add_bar(
        x=list(range(len(values))),
        y=values,
        marker={"color": values, "cmin": -limit, "cmax": limit, "colorscale": DIVERGING,
                "line": {"color": faded(NEUTRAL, 0.4), "width": 0.5}},
        hovertemplate="unit %{x}: %{y:.4g}<extra></extra>",
    )  # fmt: skip
    figure.update_xaxes(title="unit", fixedrange=True)
    figure.update_yaxes(title="activation", fixedrange=True)
    figure.update_layout(
        height=BAR_HEIGHT, margin={"l": 0, "r": 0, "t": 0, "b": 0}, bargap=0.1, dragmode=False
    )
    return figure
