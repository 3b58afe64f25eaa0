"""Strokes of a pen or an eraser on the drawing pad, and the picture that they make."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from explorer.errors import DatasetError

PAD = 1000  # the pad is so wide and so high, in its own units
SIDE = 280  # pixels of the raster: ten for each pixel that a network sees
OVERSAMPLED = 2
MOST_POINTS = 20_000
THINNEST, THICKEST = 5, 300
BEYOND = PAD  # a pen may leave the pad by so much


@dataclass(frozen=True, slots=True)
class Stroke:
    """Points (x to the right, y down, in 0…1000), joined by a round pen; ``width`` is its diameter."""

    points: tuple[tuple[float, float], ...]
    width: float
    erases: bool = False


def read_strokes(sent: object) -> tuple[Stroke, ...]:
    """The strokes in what a browser sent: ``[{"points": [x, y, x, y, …], "width": 80, "erases": false}, …]``.

    Raises:
        DatasetError: it is anything else, or of more than 20,000 points.
    """
    if not isinstance(sent, list | tuple):
        raise _unreadable("it is no list of strokes")
    if sum(len(entry.get("points", ())) for entry in sent if _is_stroke(entry)) > 2 * MOST_POINTS:
        raise _unreadable(f"it has more than {MOST_POINTS:,} points")
    return tuple(_read(entry) for entry in sent)


def as_sent(strokes: Iterable[Stroke]) -> list[dict[str, Any]]:
    """The same strokes in the form in which they travel."""
    return [
        {
            "points": [round(value, 1) for point in stroke.points for value in point],
            "width": stroke.width,
            "erases": stroke.erases,
        }
        for stroke in strokes
    ]


def draw_strokes(strokes: Iterable[Stroke], side: int = SIDE) -> NDArray[np.uint8]:
    """The picture (side, side) of the strokes in their order, smooth at the edges: ink is 255 on 0."""
    fine = side * OVERSAMPLED
    picture = Image.new("L", (fine, fine))
    pen = ImageDraw.Draw(picture)
    scale = fine / PAD
    for stroke in strokes:
        ink, width = (0 if stroke.erases else 255), stroke.width * scale
        points = [(x * scale, y * scale) for x, y in stroke.points]
        for start, end in pairwise(points):
            pen.line((start, end), fill=ink, width=max(1, round(width)))
        for x, y in points:
            pen.ellipse((x - width / 2, y - width / 2, x + width / 2, y + width / 2), fill=ink)
    return np.asarray(picture.reduce(OVERSAMPLED))


def _is_stroke(entry: object) -> bool:
    return isinstance(entry, dict) and isinstance(entry.get("points", ()), list | tuple)


def _read(entry: Any) -> Stroke:
    if not _is_stroke(entry):
        raise _unreadable("one of its strokes is none")
    numbers, width = entry.get("points", ()), entry.get("width")
    if not all(_is_within(number, -BEYOND, PAD + BEYOND) for number in numbers) or len(numbers) % 2:
        raise _unreadable("its points are not pairs of numbers on the pad")
    if not _is_within(width, THINNEST, THICKEST):
        raise _unreadable(f"the width of a stroke must be {THINNEST} to {THICKEST}")
    points = tuple(zip(map(float, numbers[::2]), map(float, numbers[1::2]), strict=True))
    return Stroke(points, float(width), erases=entry.get("erases") is True)


def _is_within(value: object, low: float, high: float) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high


def _unreadable(why: str) -> DatasetError:
    return DatasetError(f"The drawing can't be read: {why}. Clear the pad and draw again.")
