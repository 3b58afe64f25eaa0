"""A figure for paper: lines, areas, words and pictures on white, to be written as SVG or as PNG."""

from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import ImageFont

from explorer.plots.palette import LIGHT

INK, FAINT, GRID = LIGHT[9], "#5c6773", "#e3e7eb"
Point = tuple[float, float]
Anchor = Literal["start", "middle", "end"]


@dataclass(frozen=True, slots=True)
class Line:
    """Points joined in their order; ``dash`` are lengths of strokes and gaps, none for a solid line."""

    points: tuple[Point, ...]
    color: str
    width: float = 1.0
    dash: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Area:
    """A filled polygon."""

    points: tuple[Point, ...]
    color: str
    opacity: float = 1.0


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle, filled and framed in the colours that are named."""

    left: float
    top: float
    width: float
    height: float
    fill: str = ""
    frame: str = ""


@dataclass(frozen=True, slots=True)
class Dot:
    """A filled circle."""

    x: float
    y: float
    radius: float
    color: str


@dataclass(frozen=True, slots=True)
class Words:
    """One line of text; ``y`` is its base line, ``x`` its start, middle or end."""

    x: float
    y: float
    text: str
    anchor: Anchor = "start"
    size: float = 12.0
    color: str = INK
    is_bold: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """``pixels`` (height, width, 3) uint8 stretched over a rectangle, each pixel with sharp edges."""

    left: float
    top: float
    width: float
    height: float
    pixels: NDArray[np.uint8]


Mark = Line | Area | Box | Dot | Words | Picture


@dataclass(frozen=True, slots=True)
class Paper:
    """Marks in the order of drawing on a white ground of ``width`` × ``height``, x rightwards, y downwards.

    ``title`` names the figure and ``summary`` tells it to whoever can't see it.
    """

    width: float
    height: float
    marks: tuple[Mark, ...]
    title: str
    summary: str


@cache
def font(size: float) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """The font that comes with Pillow, so that a figure needs none of the machine's."""
    return ImageFont.load_default(size)


def text_width(text: str, size: float = 12.0) -> float:
    """About how wide a line of text is, with room for a browser whose font is wider than ours."""
    return 1.15 * float(font(size).getlength(text))


def shortened_to(text: str, width: float, size: float = 12.0) -> str:
    """The text, or as much of its beginning as fits into a width."""
    if text_width(text, size) <= width:
        return text
    kept = text
    while kept and text_width(f"{kept}…", size) > width:
        kept = kept[:-1]
    return f"{kept.rstrip()}…"


def blend(color: tuple[int, int, int], share: float) -> str:
    """A colour on white: nothing of it at 0, all of it at 1."""
    red, green, blue = (round(255 + share * (channel - 255)) for channel in color)
    return f"#{red:02x}{green:02x}{blue:02x}"
