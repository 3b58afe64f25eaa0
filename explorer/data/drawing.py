"""From a drawing to what a network sees, step by step, as the digits of MNIST were prepared."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

SIDE = 28  # of the image that a network sees
BOX = 20  # of the box that a digit fills
MIDDLE = 14  # row and column of the pixel on which MNIST's centres of mass lie, to half a pixel


@dataclass(frozen=True, slots=True)
class Steps:
    """Which of the steps are taken.

    Without ``crop`` the whole raster is scaled, without ``box`` it is scaled to 28×28 and not to 20×20,
    without ``centre`` it stays where it was drawn.
    """

    crop: bool = True
    box: bool = True
    centre: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """A drawing after each step; all pictures uint8, ink 255 on 0, and ``image`` (28, 28) is the last.

    ``bounds`` are where the ink begins and ends and ``region`` the part that was taken, both as (top, bottom,
    left, right) with the ends left out; ``cropped`` is that part, ``scaled`` the same in at most 20 (or 28)
    pixels a side. ``corner`` (row, column) is where it is laid into the field, ``placed`` the field. ``mass``
    is the field's centre of mass (row, column) and ``moved`` the whole rows (down) and columns (to the right)
    that bring it to pixel (14, 14). ``lost`` is the share of the ink that is moved out of the field.
    """

    bounds: tuple[int, int, int, int]
    region: tuple[int, int, int, int]
    cropped: NDArray[np.uint8]
    scaled: NDArray[np.uint8]
    corner: tuple[int, int]
    placed: NDArray[np.uint8]
    mass: tuple[float, float]
    moved: tuple[int, int]
    lost: float
    image: NDArray[np.uint8]


ALL_STEPS = Steps()


def prepare_drawing(raster: NDArray[np.uint8], steps: Steps = ALL_STEPS) -> Prepared | None:
    """What becomes of a raster (H, W) uint8 with ink 255 on 0; None where there is no ink.

    As http://yann.lecun.com/exdb/mnist describes (LeCun, Cortes & Burges, 1998): the digit is fitted into a
    box of 20×20 pixels with its aspect kept, in shades of grey by averaging areas; then the box is laid into
    a field of 28×28 so that the centre of mass is in the middle.

    Raises:
        ValueError: the raster is no array (H, W) uint8.
    """
    if raster.ndim != 2 or raster.dtype != np.uint8:
        raise ValueError(f"a raster must be (H, W) uint8, got {raster.shape} {raster.dtype}")
    bounds = _bounds(raster)
    if bounds is None:
        return None
    whole = (0, raster.shape[0], 0, raster.shape[1])
    region = bounds if steps.crop else whole
    cropped = raster[region[0] : region[1], region[2] : region[3]]
    scaled = _scaled(cropped, BOX if steps.box else SIDE)
    corner = _corner(region, whole, scaled.shape)
    placed = np.zeros((SIDE, SIDE), np.uint8)
    placed[corner[0] : corner[0] + scaled.shape[0], corner[1] : corner[1] + scaled.shape[1]] = scaled
    mass = centre_of_mass(placed)
    moved = (_to_middle(mass[0]), _to_middle(mass[1])) if steps.centre else (0, 0)
    image = moved_by(placed, moved)
    ink = int(placed.sum())
    lost = 1 - int(image.sum()) / ink if ink else 0.0
    return Prepared(bounds, region, cropped, scaled, corner, placed, mass, moved, lost, image)


def centre_of_mass(image: NDArray[np.uint8]) -> tuple[float, float]:
    """Row and column of the mean of all ink; the middle where there is none."""
    rows, columns = image.sum(axis=1, dtype=np.int64), image.sum(axis=0, dtype=np.int64)
    ink = int(rows.sum())
    if not ink:
        return float(MIDDLE), float(MIDDLE)
    return (
        float(rows @ np.arange(len(rows))) / ink,
        float(columns @ np.arange(len(columns))) / ink,
    )


def moved_by(image: NDArray[np.uint8], by: tuple[int, int]) -> NDArray[np.uint8]:
    """The image moved so many rows down and columns to the right; what leaves it is lost, 0 comes in."""
    moved = np.zeros_like(image)
    rows, columns = (_overlap(size, far) for size, far in zip(image.shape, by, strict=True))
    moved[rows[1], columns[1]] = image[rows[0], columns[0]]
    return moved


def _bounds(raster: NDArray[np.uint8]) -> tuple[int, int, int, int] | None:
    rows, columns = np.flatnonzero(raster.any(axis=1)), np.flatnonzero(raster.any(axis=0))
    if not len(rows):
        return None
    return int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1


def _scaled(picture: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """The picture with its longer side so many pixels long."""
    rows, columns = picture.shape
    factor = side / max(rows, columns)
    size = (max(1, round(columns * factor)), max(1, round(rows * factor)))
    return np.asarray(Image.fromarray(picture).resize(size, Image.Resampling.BOX))


def _corner(
    region: tuple[int, int, int, int], whole: tuple[int, int, int, int], size: tuple[int, ...]
) -> tuple[int, int]:
    """Where the scaled part is laid so that its middle is where it was drawn, as far as the field reaches."""
    longest = max(whole[1], whole[3])
    found = []
    for first, length, full in ((0, size[0], whole[1]), (2, size[1], whole[3])):
        middle = (region[first] + region[first + 1]) / 2 + (longest - full) / 2
        start = round(middle / longest * SIDE - length / 2)
        found.append(min(max(start, 0), SIDE - length))
    return found[0], found[1]


def _to_middle(place: float) -> int:
    return int(np.floor(round(MIDDLE - place + 0.5, 9)))


def _overlap(size: int, by: int) -> tuple[slice, slice]:
    """What stays of one side, before and after."""
    return slice(max(0, -by), max(0, size - max(0, by))), slice(max(0, by), max(0, size + min(0, by)))
