"""Small pictures on paper: images of digits with a line under each, and weights in two colours."""

from math import ceil

import numpy as np
from numpy.typing import NDArray

from explorer.plots.palette import NEGATIVE, NEUTRAL, POSITIVE
from explorer.plots.paper import FAINT, GRID, Box, Mark, Paper, Picture, Words, blend, shortened_to
from explorer.plots.tiles import Tiles
from explorer.plots.weights import WeightTiles

ZOOM = 2.0  # units of the figure for a pixel of an image
LINE, GAP = 14.0, 12.0
WIDEST = 640.0
LARGEST = 2.5  # units of the figure for a pixel of weights


def draw_images(drawn: Tiles, title: str) -> Paper:
    """The images in reading order, dark ink on white, their captions below."""
    count, height, width = drawn.images.shape
    captions = [caption.split("<br>") for caption in drawn.captions]
    lines = max((len(caption) for caption in captions), default=0)
    wide, high = width * ZOOM + GAP, height * ZOOM + lines * LINE + GAP
    marks: list[Mark] = [Words(0, 13, title, size=13, is_bold=True)]
    for place, image in enumerate(drawn.images):
        left, top = place % drawn.columns * wide, 26 + place // drawn.columns * high
        ink = (255 - image)[..., None].repeat(3, axis=-1)
        marks.append(Picture(left, top, width * ZOOM, height * ZOOM, ink))
        marks.append(Box(left, top, width * ZOOM, height * ZOOM, frame=GRID))
        for line, text in enumerate(captions[place]):
            shown = shortened_to(text, wide - 2, 11)
            at = left + width * ZOOM / 2, top + height * ZOOM + (line + 1) * LINE - 1
            marks.append(Words(*at, shown, "middle", 11))
    rows = ceil(count / drawn.columns)
    summary = "; ".join(drawn.hovers)
    return Paper(max(drawn.columns * wide, 330), 26 + rows * high, tuple(marks), title, summary)


def draw_weights(tiles: WeightTiles, title: str) -> Paper:
    """The tiles on one scale: blue is negative, orange positive, white zero; the scale stands above."""
    down, across = tiles.pixels.shape
    zoom = min(LARGEST, WIDEST / across)
    limit = tiles.scale or 1.0
    marks: list[Mark] = [Words(0, 13, title, size=13, is_bold=True)]
    marks.append(Words(0, 36, f"−{limit:.2g}", size=11, color=FAINT))
    for step in range(41):
        share = step / 20 - 1
        color = blend(POSITIVE if share > 0 else NEGATIVE, abs(share))
        marks.append(Box(44 + 3 * step, 28, 3.2, 9, color))
    marks.append(Words(175, 36, f"{limit:.2g}", size=11, color=FAINT))
    marks.append(Picture(0, 48, across * zoom, down * zoom, in_two_colors(tiles.pixels, tiles.scale)))
    left_out = f", {tiles.left_out:,} more are not shown" if tiles.left_out else ""
    summary = f"{len(tiles.units):,} {tiles.noun}s as pictures of their weights{left_out}."
    return Paper(max(across * zoom, 330), 52 + down * zoom, tuple(marks), title, summary)


def in_two_colors(pixels: NDArray[np.floating], scale: float) -> NDArray[np.uint8]:
    """Numbers (height, width) as colours (height, width, 3) on white, full at plus and minus ``scale``.

    NaN is grey.
    """
    shares = np.clip(np.nan_to_num(pixels / (scale or 1.0)), -1, 1)[..., None]
    color = np.where(shares > 0, np.array(POSITIVE), np.array(NEGATIVE))
    mixed = 255 + np.abs(shares) * (color - 255.0)
    grey = 255 + 0.35 * (np.array(NEUTRAL) - 255.0)
    return np.rint(np.where(np.isnan(pixels)[..., None], grey, mixed)).astype(np.uint8)
