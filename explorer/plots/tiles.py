"""Digit images as tiles with a line under each, to be clicked."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from math import ceil

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray
from PIL import Image

from explorer.plots.palette import GROUND, NEUTRAL, POSITIVE, TEXT, faded

GAP = 4  # pixels of an image between tiles
LINE = 9  # pixels of an image for one line of text
ZOOM = 3  # pixels on screen for a pixel of an image


@dataclass(frozen=True, slots=True, eq=False)
class Tiles:
    """Tiles in reading order: ``images`` (N, height, width) uint8, 255 is full ink.

    ``captions`` stand under the tiles (lines apart by ``<br>``), ``hovers`` answer the pointer, ``marked``
    tiles are framed. ``keys`` say what each tile stands for (the number of an image, of a unit).
    """

    images: NDArray[np.uint8]
    captions: tuple[str, ...]
    hovers: tuple[str, ...]
    marked: tuple[bool, ...]
    keys: tuple[int, ...]
    columns: int


def tiles(
    images: NDArray[np.uint8],
    captions: Sequence[str],
    *,
    hovers: Sequence[str] | None = None,
    marked: Sequence[bool] | None = None,
    keys: Sequence[int] | None = None,
    columns: int = 8,
) -> Tiles:
    """Tiles of images with a caption each; keys count from 0 where none are given.

    Raises:
        ValueError: there are not as many captions, hovers, marks and keys as images.
    """
    count = len(images)
    made = Tiles(
        images=np.asarray(images, dtype=np.uint8),
        captions=tuple(captions),
        hovers=tuple(captions if hovers is None else hovers),
        marked=tuple([False] * count if marked is None else marked),
        keys=tuple(range(count) if keys is None else (int(key) for key in keys)),
        columns=max(1, min(columns, count)),
    )
    if any(len(each) != count for each in (made.captions, made.hovers, made.marked, made.keys)):
        raise ValueError(f"{count} images need as many captions, hovers, marks and keys")
    return made


def draw_tiles(drawn: Tiles, zoom: int = ZOOM) -> go.Figure:
    """One picture; every tile is a point whose ``customdata`` is its key, so that a click can be answered.

    ``zoom`` is how many pixels on screen a pixel of an image takes.
    """
    count, height, width = drawn.images.shape
    lines = max((caption.count("<br>") + 1 for caption in drawn.captions if caption), default=0)
    pitch_x, pitch_y = width + GAP, height + GAP + lines * LINE
    rows = max(1, ceil(count / drawn.columns))
    places = [(place % drawn.columns * pitch_x, place // drawn.columns * pitch_y) for place in range(count)]
    ink = np.full((rows * pitch_y, drawn.columns * pitch_x), -1, dtype=np.int16)
    for (left, top), image in zip(places, drawn.images, strict=True):
        ink[top : top + height, left : left + width] = image
    figure = go.Figure()
    figure.add_image(source=_png(ink), x0=0.5, y0=0.5, dx=1, dy=1, hoverinfo="skip")
    frames = []
    for (left, top), is_marked in zip(places, drawn.marked, strict=True):
        color, thick = (faded(POSITIVE, 1), 3) if is_marked else (faded(NEUTRAL, 0.5), 1)
        box = {"x0": left, "x1": left + width, "y0": top, "y1": top + height}
        frames.append({"type": "rect", **box, "line": {"color": color, "width": thick}})
    middles = [left + width / 2 for left, _ in places]
    figure.add_scatter(
        x=middles, y=[top + height + 2 for _, top in places], text=list(drawn.captions), mode="text",
        textposition="bottom center", textfont={"size": 12, "color": TEXT}, hoverinfo="skip",
        unselected={"textfont": {"color": TEXT}},  # a click on a tile leaves the captions as they are
    )  # fmt: skip
    figure.add_scatter(  # invisible: it answers the pointer
        x=middles, y=[top + height / 2 for _, top in places], text=list(drawn.hovers),
        customdata=[[key] for key in drawn.keys], mode="markers",
        marker={"size": width * zoom * 0.8, "symbol": "square", "opacity": 0},
        selected={"marker": {"opacity": 0}}, unselected={"marker": {"opacity": 0}},
        hovertemplate="%{text}<extra></extra>", hoverlabel={"bgcolor": GROUND, "font": {"color": TEXT}},
    )  # fmt: skip
    axis = {"visible": False, "showgrid": False, "fixedrange": True}
    figure.update_xaxes(
        range=[-1, drawn.columns * pitch_x], constrain="domain", constraintoward="left", **axis
    )
    figure.update_yaxes(
        range=[rows * pitch_y, -1], constrain="domain", constraintoward="top", scaleanchor="x", **axis
    )
    figure.update_layout(
        width=drawn.columns * pitch_x * zoom,
        height=rows * pitch_y * zoom,
        shapes=frames,  # at once: one by one each would copy those before it
        margin={"l": 0, "r": 0, "t": 0, "b": 0},
        showlegend=False,
        dragmode=False,
    )
    return figure


def _png(ink: NDArray[np.int16]) -> str:
    """Ink (0…255, −1 for nothing) as white on black, with nothing see-through, as a data address."""
    picture = np.zeros((*ink.shape, 2), np.uint8)
    picture[..., 0] = np.clip(ink, 0, 255)
    picture[..., 1] = np.where(ink < 0, 0, 255)
    buffer = BytesIO()
    Image.fromarray(picture).save(buffer, "PNG")
    return f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}"
