"""A figure for paper as SVG: one piece of text that stands on its own or within a page."""

import base64
import re
from collections.abc import Iterable
from io import BytesIO
from xml.sax.saxutils import escape, quoteattr

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from explorer.plots.paper import Area, Box, Dot, Line, Mark, Paper, Picture, Point, Words

FONT = "system-ui, 'Segoe UI', Helvetica, Arial, sans-serif"
# What XML 1.0 can't hold, however it is escaped.
FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def as_svg(paper: Paper) -> str:
    """The figure as one ``svg`` element, with its title and summary; all text is escaped."""
    width, height = _number(paper.width), _number(paper.height)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" role="img" font-family="{FONT}">'
        f"<title>{_text(paper.title)}</title><desc>{_text(paper.summary)}</desc>"
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>'
        f"{''.join(_element(mark) for mark in paper.marks)}</svg>"
    )


def png_address(pixels: NDArray[np.uint8]) -> str:
    """A picture (height, width, 3) as a PNG in a data address."""
    buffer = BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(buffer, "PNG", optimize=True)
    return f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}"


def _element(mark: Mark) -> str:
    match mark:
        case Line():
            dash = f' stroke-dasharray="{" ".join(map(_number, mark.dash))}"' if mark.dash else ""
            return (
                f'<polyline points="{_points(mark.points)}" fill="none" stroke="{mark.color}" '
                f'stroke-width="{_number(mark.width)}" stroke-linejoin="round"{dash}/>'
            )
        case Area():
            return (
                f'<polygon points="{_points(mark.points)}" fill="{mark.color}" '
                f'fill-opacity="{_number(mark.opacity)}"/>'
            )
        case Box():
            frame = f' stroke="{mark.frame}"' if mark.frame else ""
            return f'<rect {_place(mark)} fill="{mark.fill or "none"}"{frame}/>'
        case Dot():
            return (
                f'<circle cx="{_number(mark.x)}" cy="{_number(mark.y)}" r="{_number(mark.radius)}" '
                f'fill="{mark.color}"/>'
            )
        case Words():
            bold = ' font-weight="600"' if mark.is_bold else ""
            return (
                f'<text x="{_number(mark.x)}" y="{_number(mark.y)}" font-size="{_number(mark.size)}" '
                f'text-anchor="{mark.anchor}" fill="{mark.color}"{bold}>{_text(mark.text)}</text>'
            )
        case Picture():
            return (
                f'<image {_place(mark)} preserveAspectRatio="none" style="image-rendering:pixelated" '
                f"href={quoteattr(png_address(mark.pixels))}/>"
            )


def _place(mark: Box | Picture) -> str:
    return (
        f'x="{_number(mark.left)}" y="{_number(mark.top)}" '
        f'width="{_number(mark.width)}" height="{_number(mark.height)}"'
    )


def _points(points: Iterable[Point]) -> str:
    return " ".join(f"{_number(x)},{_number(y)}" for x, y in points)


def _number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")


def printable(text: str) -> str:
    """The text without the control signs that no file of text can hold."""
    return FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", text)


def _text(text: str) -> str:
    return escape(printable(text))
