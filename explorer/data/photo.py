"""A digit in a photo: from the bytes of a picture file to ink on black, as a drawing has it."""

import struct
import zlib
from dataclasses import dataclass
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter, ImageOps, UnidentifiedImageError
from scipy import ndimage

from explorer.errors import DatasetError

FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "GIF")
SUFFIXES = ("jpg", "jpeg", "png", "webp", "bmp", "gif")
MOST_BYTES = 10_000_000
# Only JPEG can be read at a fraction of its size; others are decoded whole, at four bytes a pixel.
MOST_PIXELS = {"JPEG": 64_000_000}
MOST_PIXELS_WHOLE = 25_000_000
SIDE = 640  # pixels of the longer side that is worked with
COARSE = 48  # of the picture from which the background is estimated
WINDOW = 23  # of that picture: wider than a stroke is thick, narrower than a shadow
FAINTEST = 28  # levels of 255 by which ink must differ from its ground
SOFT = 0.35  # share of the threshold over which an edge goes from nothing to full ink
SPECK = 0.04  # share of the largest blot's area below which another is a speck

# What Pillow raises on files that are cut off or made to mislead.
_DAMAGE = (
    OSError, EOFError, ValueError, TypeError, AttributeError, SyntaxError, LookupError, ArithmeticError,
    MemoryError, struct.error, zlib.error,
)  # fmt: skip
_REMEDY = "Use a JPEG or PNG of up to 10 MB, or draw the digit."


@dataclass(frozen=True, slots=True, eq=False)
class Photo:
    """``picture`` (H, W, 3) uint8, upright, at most 640 pixels a side; ``ink`` (H, W) uint8, 255 on 0."""

    picture: NDArray[np.uint8]
    ink: NDArray[np.uint8]


def read_photo(content: bytes) -> Photo:
    """The digit in a picture file, dark on light or light on dark, of any size.

    The picture is turned as its EXIF says, laid on white or black where it is see-through, and shrunk. Its
    background is the median of a wide window around each place, so that a slow shadow does not matter; ink
    is what differs from it in any colour by more than the threshold of Otsu (1979), and by 28 of 255 levels.
    Edges stay soft. Specks are left out, and so is what touches the border (a table, a shadow) if something
    sizeable does not. A page of several digits is one drawing; ruled lines count as ink.

    Raises:
        DatasetError: no picture, a damaged, moving or too large one, or nothing on it stands out.
    """
    picture = _decoded(content)
    difference = _difference(picture)
    threshold = max(_otsu(difference), float(FAINTEST))
    ink = np.clip((difference - threshold * (1 - SOFT)) / (threshold * SOFT), 0, 1)
    ink[ink < 0.1] = 0
    ink = _without_specks(ink)
    if difference.max() < FAINTEST or not ink.any():
        raise DatasetError(
            "Nothing in the photo stands out from its background. Take it closer, in even light, with one "
            "digit in thick strokes."
        )
    return Photo(picture, np.rint(255 * ink).astype(np.uint8))


def _decoded(content: bytes) -> NDArray[np.uint8]:
    if len(content) > MOST_BYTES:
        raise DatasetError(f"The file has {len(content) / 1e6:,.1f} MB; at most 10 MB are read. {_REMEDY}")
    try:
        with Image.open(BytesIO(content), formats=FORMATS) as image:
            _check_size(image)
            if getattr(image, "is_animated", False):
                raise DatasetError(f"The file is a moving picture. {_REMEDY}")
            image.draft("RGB", (SIDE, SIDE))  # a JPEG is read at a half, a quarter or an eighth
            # Palettes and single bits can't be averaged.
            averaged = {"P": "RGBA", "1": "L", "I;16": "I", "I;16B": "I"}.get(image.mode)
            smaller = ImageOps.exif_transpose(image.convert(averaged) if averaged else image)
            smaller.thumbnail((SIDE, SIDE), Image.Resampling.BOX, reducing_gap=2.0)
            return np.asarray(opaque(smaller))
    except Image.DecompressionBombError as error:
        raise DatasetError(f"The picture has far too many pixels to be read. {_REMEDY}") from error
    except UnidentifiedImageError as error:
        raise DatasetError(f"The file is no JPEG, PNG, WebP, BMP or GIF picture. {_REMEDY}") from error
    except _DAMAGE as error:
        raise DatasetError(f"The picture is damaged or incomplete ({error}). {_REMEDY}") from error


def _check_size(image: Image.Image) -> None:
    """By the header alone: nothing is decoded yet."""
    width, height = image.size
    most = MOST_PIXELS.get(str(image.format), MOST_PIXELS_WHOLE)
    if width * height > most:
        raise DatasetError(
            f"The picture has {width:,} × {height:,} pixels; at most {most // 1_000_000} million are read "
            f"of a {image.format}. Save it smaller, or cut the digit out."
        )


def opaque(image: Image.Image) -> Image.Image:
    """The picture in colours; what is see-through becomes white under dark ink, black under light ink."""
    if image.mode.startswith(("I", "F")):  # 16 bits or more a pixel: stretched to what there is
        values = np.asarray(image, np.float32)
        low, high = float(values.min()), float(values.max())
        return Image.fromarray(np.uint8(255 * (values - low) / max(high - low, 1e-9))).convert("RGB")
    if "A" not in image.getbands() and "transparency" not in image.info:
        return image.convert("RGB")
    layers = image.convert("RGBA")
    alpha = np.asarray(layers.getchannel("A"), np.float32)
    lightness = np.asarray(layers.convert("L"), np.float32)
    mean = float((lightness * alpha).sum() / max(float(alpha.sum()), 1e-9))
    ground = Image.new("RGBA", image.size, (0, 0, 0, 255) if mean > 127 else (255, 255, 255, 255))
    return Image.alpha_composite(ground, layers).convert("RGB")


def _difference(picture: NDArray[np.uint8]) -> NDArray[np.float32]:
    """By how much each place differs from the background around it, in the colour that differs most."""
    image = Image.fromarray(picture)
    coarse = image.resize(_coarse(image.size), Image.Resampling.BOX)
    ground = coarse.filter(ImageFilter.MedianFilter(WINDOW)).resize(image.size, Image.Resampling.BILINEAR)
    apart = np.abs(picture.astype(np.float32) - np.asarray(ground, np.float32))
    return np.asarray(apart.max(axis=2), np.float32)


def _coarse(size: tuple[int, int]) -> tuple[int, int]:
    longest = max(size)
    return max(1, round(size[0] * COARSE / longest)), max(1, round(size[1] * COARSE / longest))


def _otsu(values: NDArray[np.float32]) -> float:
    """The level in 0…255 that parts the values into two groups of least variance (Otsu, 1979)."""
    counts = np.bincount(values.astype(np.uint8).ravel(), minlength=256).astype(np.float64)
    levels = np.arange(256)
    below, total = np.cumsum(counts), counts.sum()
    sums = np.cumsum(counts * levels)
    with np.errstate(divide="ignore", invalid="ignore"):
        between = (sums[-1] * below - total * sums) ** 2 / (below * (total - below))
    return float(np.nanargmax(np.where(np.isfinite(between), between, -1.0)))


def _without_specks(ink: NDArray[np.float32]) -> NDArray[np.float32]:
    labels, count = ndimage.label(ink > 0, structure=np.ones((3, 3)))
    if count < 2:
        return ink
    areas = np.bincount(labels.ravel(), minlength=count + 1)
    areas[0] = 0
    border = np.unique(np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]]))
    inside = areas.copy()
    inside[border] = 0
    if inside.max() >= SPECK * areas.max() and inside.max() >= 0.002 * labels.size:
        areas = inside
    kept = areas >= max(1.0, SPECK * areas.max())
    kept[0] = False
    return np.where(kept[labels], ink, np.float32(0))
