"""Small pictures of digits, from the bytes of their files to images like MNIST's."""

import struct
import zlib
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from explorer.data.drawing import prepare_drawing
from explorer.data.photo import FORMATS, opaque
from explorer.errors import DatasetError

DARKEST_PAPER = 127  # a border lighter than this, of 255, is paper under dark ink

# What Pillow raises on files that are cut off or made to mislead.
_DAMAGE = (
    OSError, EOFError, ValueError, TypeError, AttributeError, SyntaxError, LookupError, ArithmeticError,
    MemoryError, struct.error, zlib.error,
)  # fmt: skip


def grey_picture(content: bytes, most_side: int) -> NDArray[np.uint8] | None:
    """The picture in grey (H, W) uint8, or None where a side is longer; by its header, before it is unpacked.

    What is see-through becomes white under dark ink, black under light ink.

    Raises:
        DatasetError: the bytes are no picture, or damaged.
    """
    try:
        with Image.open(BytesIO(content), formats=FORMATS) as image:
            if max(image.size) > most_side:
                return None
            # A palette can't be averaged; a picture in grey is taken as it is.
            return np.asarray(image if image.mode == "L" else opaque(_spread(image)).convert("L"))
    except Image.DecompressionBombError as error:
        raise DatasetError("It has far too many pixels to be read.") from error
    except _DAMAGE as error:
        raise DatasetError(f"It is no sound JPEG, PNG, WebP, BMP or GIF picture ({error}).") from error


def is_on_paper(picture: NDArray[np.uint8]) -> bool:
    """Whether the border is light, as of dark ink on paper."""
    return bool(_border(picture) > DARKEST_PAPER)


def fitted(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A grey picture (H, W) as an image (28, 28), light on dark, its ink in a box of 20×20, centred by mass.

    Raises:
        DatasetError: there is nothing on it.
    """
    ground = _border(picture)
    ink = np.clip(np.abs(picture.astype(np.int16) - int(ground)), 0, 255).astype(np.uint8)
    greatest = int(ink.max())
    if greatest:
        ink = (ink.astype(np.uint16) * 255 // greatest).astype(np.uint8)
        ink[ink < 26] = 0  # a tenth: the grain of paper and the ringing of JPEG
    prepared = prepare_drawing(ink)
    if prepared is None:
        raise DatasetError("There is nothing on it: all its pixels are alike.")
    return prepared.image


def _border(picture: NDArray[np.uint8]) -> float:
    return float(np.median(np.concatenate([picture[0], picture[-1], picture[:, 0], picture[:, -1]])))


def _spread(image: Image.Image) -> Image.Image:
    return image.convert("RGBA") if image.mode == "P" else image
