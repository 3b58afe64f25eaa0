"""First-layer weights as small pictures: what each unit looks for in the image."""

import base64
from dataclasses import dataclass
from io import BytesIO
from math import ceil, isqrt, sqrt

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray
from PIL import Image

from explorer.plots.palette import DIVERGING, GROUND, NEGATIVE, NEUTRAL, POSITIVE, TEXT

MOST_TILES = 512
SMALLEST_TILE = 21  # pixels; smaller filters are enlarged by whole factors, so that a gap of one stays thin
FULL_COLOR = 0.995  # share of the weights within the scale; a few outliers would pale all others
LEVELS = 127  # shades to either side of zero

COLOR_BAR, LARGEST_TILE, MOST_HEIGHT, WIDE = 60, 96, 700, 1200  # pixels on screen


@dataclass(frozen=True, slots=True, eq=False)
class WeightTiles:
    """Tiles in reading order on one symmetric scale.

    ``pixels`` (height, width) float32 in units of weight, NaN in the gaps, 0 where no tile is; colours are
    full at plus and minus ``scale``, which 99.5 % of the weights shown do not pass. ``units`` and ``norms``
    (Euclidean) belong to the tiles; ``pitch`` is the distance in pixels from tile to tile; ``left_out``
    counts the units beyond the limit.
    """

    pixels: NDArray[np.float32]
    scale: float
    columns: int
    pitch: int
    units: tuple[int, ...]
    norms: tuple[float, ...]
    left_out: int


def weight_tiles(
    weights: NDArray[np.floating], *, most: int = MOST_TILES, by_norm: bool = False
) -> WeightTiles:
    """Tiles of weights (units, side²), or filters (filters, 1, k, k); units count from 0.

    At most ``most`` units are shown, the first ones or, ``by_norm``, those of the greatest norm.

    Raises:
        ValueError: a unit's weights do not make a square picture of one channel.
    """
    flat = np.asarray(weights, dtype=np.float32).reshape(len(weights), -1)
    side = isqrt(flat.shape[1])
    if side * side != flat.shape[1] or not side:
        raise ValueError(f"weights of shape {weights.shape} are no square pictures")
    norms = np.linalg.norm(flat, axis=1)
    order = np.argsort(-norms, kind="stable") if by_norm else np.arange(len(flat))
    shown = order[:most]
    factor = max(1, ceil(SMALLEST_TILE / side))
    pitch = side * factor + 1
    columns = max(1, min(len(shown), ceil(sqrt(1.8 * len(shown)))))
    rows = ceil(len(shown) / columns)
    pixels = np.zeros((rows * pitch + 1, columns * pitch + 1), dtype=np.float32)
    for place in range(len(shown)):
        top, left = place // columns * pitch, place % columns * pitch
        pixels[top : top + pitch + 1, left : left + pitch + 1] = np.nan
    for place, unit in enumerate(shown):
        top, left = place // columns * pitch + 1, place % columns * pitch + 1
        tile = flat[unit].reshape(side, side).repeat(factor, 0).repeat(factor, 1)
        pixels[top : top + pitch - 1, left : left + pitch - 1] = tile
    return WeightTiles(
        pixels=pixels,
        scale=float(np.quantile(np.abs(flat[shown]), FULL_COLOR)) if len(shown) else 0.0,
        columns=columns,
        pitch=pitch,
        units=tuple(int(unit) for unit in shown),
        norms=tuple(float(norms[unit]) for unit in shown),
        left_out=len(flat) - len(shown),
    )


def draw_weight_tiles(tiles: WeightTiles) -> go.Figure:
    """One picture of all tiles: blue is negative, orange positive, the page's own ground zero."""
    height, width = tiles.pixels.shape
    rows = ceil(len(tiles.units) / tiles.columns)
    blank = [None] * (rows * tiles.columns - len(tiles.units))
    names = [
        f"unit {unit}, weight norm {norm:.3g}" for unit, norm in zip(tiles.units, tiles.norms, strict=True)
    ]
    figure = go.Figure()
    figure.add_image(
        source=diverging_png(tiles.pixels, tiles.scale), x0=0.5, y0=0.5, dx=1, dy=1, hoverinfo="skip"
    )
    figure.add_heatmap(  # invisible: it answers the pointer
        z=np.reshape([*tiles.norms, *blank], (rows, tiles.columns)).tolist(),
        x0=tiles.pitch / 2,
        dx=tiles.pitch,
        y0=tiles.pitch / 2,
        dy=tiles.pitch,
        text=np.reshape([*names, *[""] * len(blank)], (rows, tiles.columns)).tolist(),
        hovertemplate="%{text}<extra></extra>",
        hoverlabel={"bgcolor": GROUND, "font": {"color": TEXT}},
        opacity=0,
        showscale=False,
    )
    limit = tiles.scale or 1.0
    figure.add_scatter(  # no points: it carries the colour bar
        x=[None],
        y=[None],
        mode="markers",
        hoverinfo="skip",
        showlegend=False,
        marker={
            "color": [0],
            "colorscale": DIVERGING,
            "cmin": -limit,
            "cmax": limit,
            "showscale": True,
            "colorbar": {
                "orientation": "h",
                "title": {"text": "weight", "side": "top"},
                "tickvals": [-limit, 0, limit],
                "ticktext": [f"−{limit:.2g}", "0", f"{limit:.2g}"],
                "thickness": 10,
                "lenmode": "pixels",
                "len": 220,
                "x": 0,
                "xpad": 20,
                "xanchor": "left",
                "y": 1.0,
                "yanchor": "bottom",
            },
        },
    )
    figure.update_xaxes(
        visible=False, range=[0, width], constrain="domain", constraintoward="left", showgrid=False
    )
    figure.update_yaxes(
        visible=False,
        range=[height, 0],
        constrain="domain",
        constraintoward="top",
        showgrid=False,
        scaleanchor="x",
    )
    figure.update_layout(
        height=int(min(MOST_HEIGHT, rows * LARGEST_TILE, WIDE * height / width)) + COLOR_BAR,
        margin={"l": 0, "r": 0, "t": COLOR_BAR, "b": 0},
    )
    return figure


def diverging_png(pixels: NDArray[np.floating], scale: float) -> str:
    """Numbers (height, width) as a PNG with a palette of see-through colours, as a data address.

    Colours are full at plus and minus ``scale``; NaN is grey.
    """
    shades = np.linspace(0, 1, LEVELS + 1)[1:]
    alphas = np.rint(255 * shades).astype(int).tolist()
    palette = [
        *(channel for alpha in reversed(alphas) for channel in (*NEGATIVE, alpha)),
        *(*NEUTRAL, 0),
        *(channel for alpha in alphas for channel in (*POSITIVE, alpha)),
        *(*NEUTRAL, 90),  # the gaps
    ]
    levels = np.rint(np.clip(pixels / (scale or 1.0), -1, 1) * LEVELS) + LEVELS
    picture = Image.fromarray(np.where(np.isnan(levels), 2 * LEVELS + 1, levels).astype(np.uint8))
    picture.putpalette(palette, "RGBA")
    buffer = BytesIO()
    picture.save(buffer, "PNG", optimize=False)
    return f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}"
