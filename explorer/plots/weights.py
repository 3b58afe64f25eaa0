"""First-layer weights as small pictures: what each unit looks for in the image."""

import base64
from collections.abc import Sequence
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

COLOR_BAR, LARGEST_TILE, LARGEST_OF_FEW, FEW = 60, 96, 150, 32  # pixels on screen; tiles
MOST_HEIGHT, WIDTH = 700, 960


@dataclass(frozen=True, slots=True, eq=False)
class WeightTiles:
    """Tiles in reading order on one symmetric scale, or each on its own.

    ``pixels`` (height, width) float32 in units of weight, NaN in the gaps, 0 where no tile is; colours are
    full at plus and minus ``scale``, which 99.5 % of the weights shown do not pass. Where each tile has its
    own scale, ``pixels`` are shares of the tile's largest weight and ``scale`` is 1. ``units`` and ``norms``
    (Euclidean) belong to the tiles, ``places`` are their rows and columns; ``pitch`` is the distance in
    pixels from tile to tile; ``left_out`` counts the units beyond the limit. ``notes`` say more of each
    tile to the pointer, ``crossed`` tiles are crossed out, ``groups`` are names with the row where each
    begins; ``noun`` is what a tile stands for.
    """

    pixels: NDArray[np.float32]
    scale: float
    columns: int
    pitch: int
    units: tuple[int, ...]
    norms: tuple[float, ...]
    left_out: int
    places: tuple[tuple[int, int], ...]
    notes: tuple[str, ...]
    crossed: tuple[bool, ...]
    groups: tuple[tuple[int, str], ...]
    has_own_scales: bool
    noun: str

    @property
    def rows(self) -> int:
        """Rows of tiles."""
        return max((row for row, _ in self.places), default=0) + 1


def weight_tiles(
    weights: NDArray[np.floating],
    *,
    most: int = MOST_TILES,
    columns: int | None = None,
    order: Sequence[int] | None = None,
    groups: Sequence[str] | None = None,
    notes: Sequence[str] | None = None,
    crossed: Sequence[bool] | None = None,
    own_scales: bool = False,
    noun: str = "unit",
) -> WeightTiles:
    """Tiles of weights (units, side²), or filters (filters, 1, k, k); units count from 0.

    At most ``most`` units are shown, the first ones of ``order`` (as they are numbered, if there is none).
    ``columns`` stand beside each other, twice as many as below each other unless that is said.
    ``groups`` names a group for each unit, and each group starts a row; ``notes`` and ``crossed`` go with
    the units too.

    Raises:
        ValueError: a unit's weights do not make a square picture of one channel.
    """
    flat = np.asarray(weights, dtype=np.float32).reshape(len(weights), -1)
    side = isqrt(flat.shape[1])
    if side * side != flat.shape[1] or not side:
        raise ValueError(f"weights of shape {weights.shape} are no square pictures")
    norms = np.linalg.norm(flat, axis=1)
    shown = [int(unit) for unit in (range(len(flat)) if order is None else order)][:most]
    scale = float(np.quantile(np.abs(flat[shown]), FULL_COLOR)) if shown else 0.0
    if own_scales:
        flat, scale = flat / np.maximum(np.abs(flat).max(axis=1, keepdims=True), 1e-30), 1.0
    factor = max(1, ceil(SMALLEST_TILE / side))
    pitch = side * factor + 1
    columns = max(1, min(len(shown), columns or ceil(sqrt(1.8 * len(shown)))))
    places, begins = _places(shown, columns, groups)
    rows = max((row for row, _ in places), default=0) + 1
    pixels = np.zeros((rows * pitch + 1, columns * pitch + 1), dtype=np.float32)
    corners = [(row * pitch, column * pitch) for row, column in places]
    for top, left in corners:
        pixels[top : top + pitch + 1, left : left + pitch + 1] = np.nan
    for (top, left), unit in zip(corners, shown, strict=True):
        tile = flat[unit].reshape(side, side).repeat(factor, 0).repeat(factor, 1)
        pixels[top + 1 : top + pitch, left + 1 : left + pitch] = tile
    return WeightTiles(
        pixels=pixels,
        scale=scale,
        columns=columns,
        pitch=pitch,
        units=tuple(shown),
        norms=tuple(float(norms[unit]) for unit in shown),
        left_out=len(flat) - len(shown),
        places=places,
        notes=tuple("" if notes is None else notes[unit] for unit in shown),
        crossed=tuple(crossed is not None and bool(crossed[unit]) for unit in shown),
        groups=begins,
        has_own_scales=own_scales,
        noun=noun,
    )


def _places(
    shown: Sequence[int], columns: int, groups: Sequence[str] | None
) -> tuple[tuple[tuple[int, int], ...], tuple[tuple[int, str], ...]]:
    """Row and column of each tile, and the rows at which groups begin."""
    places: list[tuple[int, int]] = []
    begins: list[tuple[int, str]] = []
    row, column = 0, 0
    for unit in shown:
        begins_group = groups is not None and (not begins or begins[-1][1] != groups[unit])
        if places and (column == columns or begins_group):
            row, column = row + 1, 0
        if groups is not None and begins_group:
            begins.append((row, groups[unit]))
        places.append((row, column))
        column += 1
    return tuple(places), tuple(begins)


def draw_weight_tiles(tiles: WeightTiles, chosen: int | None = None, width: int = WIDTH) -> go.Figure:
    """One picture of all tiles: blue is negative, orange positive, the page's own ground zero.

    Every tile is a point whose ``customdata`` is its unit, so that a click can be answered; the chosen
    unit's tile is framed. ``width`` is how many pixels on screen it takes at most, if the page has them.
    """
    down, across = tiles.pixels.shape
    rows, pitch = tiles.rows, tiles.pitch
    largest = LARGEST_OF_FEW if len(tiles.units) <= FEW else LARGEST_TILE
    margin = pitch if tiles.groups else 0  # to the left, for the names of the groups
    height = int(min(MOST_HEIGHT, rows * largest, width * down / (across + margin)))
    figure = go.Figure()
    figure.add_image(
        source=diverging_png(tiles.pixels, tiles.scale), x0=0.5, y0=0.5, dx=1, dy=1, hoverinfo="skip"
    )
    if any(tiles.crossed):
        figure.add_trace(_crosses(tiles))
    figure.add_scatter(  # invisible: it answers the pointer
        x=[(column + 0.5) * pitch for _, column in tiles.places],
        y=[(row + 0.5) * pitch for row, _ in tiles.places],
        text=_sentences(tiles),
        customdata=[[unit] for unit in tiles.units],
        mode="markers",
        marker={"size": 0.8 * height / rows, "symbol": "square", "opacity": 0},
        selected={"marker": {"opacity": 0}},
        unselected={"marker": {"opacity": 0}},
        hovertemplate="%{text}<extra></extra>",
        hoverlabel={"bgcolor": GROUND, "font": {"color": TEXT}},
        showlegend=False,
    )
    figure.add_trace(_color_bar(tiles))
    for row, name in tiles.groups:
        figure.add_annotation(
            x=0, y=(row + 0.5) * pitch, text=name, showarrow=False, xanchor="right", font={"size": 13}
        )
    if chosen in tiles.units:
        row, column = tiles.places[tiles.units.index(chosen)]
        figure.add_shape(
            type="rect", x0=column * pitch + 0.5, x1=(column + 1) * pitch + 0.5, y0=row * pitch + 0.5,
            y1=(row + 1) * pitch + 0.5, line={"color": TEXT, "width": 3},
        )  # fmt: skip
    figure.update_xaxes(
        visible=False, range=[-margin, across], constrain="domain", constraintoward="left", showgrid=False,
        fixedrange=True,
    )  # fmt: skip
    figure.update_yaxes(
        visible=False, range=[down, 0], constrain="domain", constraintoward="top", showgrid=False,
        scaleanchor="x", fixedrange=True,
    )  # fmt: skip
    figure.update_layout(
        height=height + COLOR_BAR, margin={"l": 0, "r": 0, "t": COLOR_BAR, "b": 0}, dragmode=False
    )
    return figure


def _sentences(tiles: WeightTiles) -> list[str]:
    parts = zip(tiles.units, tiles.norms, tiles.notes, tiles.crossed, strict=True)
    return [
        f"{tiles.noun} {unit}, weight norm {norm:.3g}"
        + (f"<br>{note}" if note else "")
        + ("<br>dead" if dead else "")
        for unit, norm, note, dead in parts
    ]


def _crosses(tiles: WeightTiles) -> go.Scatter:
    x: list[float | None] = []
    y: list[float | None] = []
    for (row, column), is_crossed in zip(tiles.places, tiles.crossed, strict=True):
        if is_crossed:
            left, top = column * tiles.pitch + 0.5, row * tiles.pitch + 0.5
            right, bottom = left + tiles.pitch, top + tiles.pitch
            x += [left, right, None, left, right, None]
            y += [top, bottom, None, bottom, top, None]
    return go.Scatter(
        x=x, y=y, mode="lines", line={"color": TEXT, "width": 1}, hoverinfo="skip", showlegend=False
    )


def _color_bar(tiles: WeightTiles) -> go.Scatter:
    """A trace without points that carries the colour bar."""
    limit = tiles.scale or 1.0
    ends = ("−largest", "largest of the tile") if tiles.has_own_scales else (f"−{limit:.2g}", f"{limit:.2g}")
    return go.Scatter(
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
                "ticktext": [ends[0], "0", ends[1]],
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
