"""The steps from a drawing to what a network sees, as pictures with a line of numbers under each."""

import base64
from dataclasses import dataclass
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from explorer.data.drawing import BOX, MIDDLE, SIDE, Prepared, Steps
from explorer.plots.palette import NEUTRAL, POSITIVE

PIXELS = 140  # of a picture on screen: five for each of the 28
NOTHING_YET = "nothing drawn yet"


@dataclass(frozen=True, slots=True, eq=False)
class StepPicture:
    """``pixels`` (140, 140, 3) uint8 under a title; ``words`` say in numbers what the step did."""

    title: str
    pixels: NDArray[np.uint8]
    words: str

    @property
    def address(self) -> str:
        """The picture itself as a data address, so that it is on screen as soon as it is told of."""
        buffer = BytesIO()
        Image.fromarray(self.pixels).save(buffer, "PNG", compress_level=1)
        return f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}"


def step_pictures(
    source: NDArray[np.uint8], prepared: Prepared | None, steps: Steps
) -> tuple[StepPicture, ...]:
    """The four steps: what was drawn, the part of it, the box, the image.

    ``source`` is the raster (H, W), or a photo (H, W, 3) of which the raster was made. A frame marks the part
    that is taken and the box, a cross the centre of mass and the middle it is brought to.
    """
    if prepared is None:
        blank = np.zeros((PIXELS, PIXELS, 3), np.uint8)
        return tuple(
            StepPicture(title, blank, NOTHING_YET)
            for title in ("1 · Drawn", "2 · Cropped", "3 · Scaled", "4 · Centred")
        )
    top, bottom, left, right = prepared.region
    height, width = prepared.scaled.shape
    drawn = _framed(_fitted(source), _places(prepared.region, source.shape))
    placed = _enlarged(prepared.placed)
    row, column = prepared.corner
    factor = PIXELS // SIDE
    _frame(placed, [factor * place for place in (row, row + height, column, column + width)], NEUTRAL)
    image = _enlarged(prepared.image)
    if steps.centre:
        _cross(image, (MIDDLE, MIDDLE), POSITIVE)
    return (
        StepPicture(
            "1 · Drawn" if source.ndim == 2 else "1 · Photo",
            drawn,
            f"{source.shape[1]} × {source.shape[0]} pixels",
        ),
        StepPicture("2 · Cropped", _fitted(prepared.cropped), _cropped(prepared, steps)),
        StepPicture(
            "3 · Scaled",
            placed,
            f"{right - left}\u00a0×\u00a0{bottom - top} → {width}\u00a0×\u00a0{height}, {_side(steps)}",
        ),
        StepPicture("4 · Centred" if steps.centre else "4 · Not centred", image, _moved(prepared, steps)),
    )


def _side(steps: Steps) -> str:
    return f"{BOX}\u00a0×\u00a0{BOX} box" if steps.box else f"whole {SIDE}\u00a0×\u00a0{SIDE}"


def _cropped(prepared: Prepared, steps: Steps) -> str:
    top, _, left, _ = prepared.bounds
    if steps.crop:
        return f"ink begins {left} from the left, {top} from the top"
    return "not cropped: all of it is taken"


def _moved(prepared: Prepared, steps: Steps) -> str:
    row, column = prepared.mass
    where = f"centre of mass at {column - MIDDLE:+.1f}, {row - MIDDLE:+.1f}".replace("-", "−")
    if not steps.centre:
        return f"{where} from the middle, and left there"
    down, right = prepared.moved
    moves = [
        f"{abs(by)}\u00a0{names[by < 0]}"
        for by, names in ((right, ("right", "left")), (down, ("down", "up")))
        if by
    ]
    moved = f"moved {', '.join(moves)}" if moves else "not moved"
    lost = f"; {100 * prepared.lost:.0f}\u00a0% of the ink is lost" if prepared.lost >= 0.005 else ""
    return f"{where}: {moved}{lost}"


def _fitted(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A picture (H, W) or (H, W, 3) in the middle of a square of 140, by the nearest pixels."""
    height, width = picture.shape[:2]
    scale = PIXELS / max(height, width)
    rows, columns = max(1, round(height * scale)), max(1, round(width * scale))
    down = np.minimum(np.arange(rows) * height // rows, height - 1)
    across = np.minimum(np.arange(columns) * width // columns, width - 1)
    taken = picture[down][:, across]
    square = np.zeros((PIXELS, PIXELS, 3), np.uint8)
    top, left = (PIXELS - rows) // 2, (PIXELS - columns) // 2
    square[top : top + rows, left : left + columns] = taken if taken.ndim == 3 else taken[..., None]
    return square


def _places(region: tuple[int, int, int, int], shape: tuple[int, ...]) -> list[int]:
    """Where a region of a picture lies in its square."""
    height, width = shape[:2]
    scale = PIXELS / max(height, width)
    down, across = (PIXELS - height * scale) / 2, (PIXELS - width * scale) / 2
    top, bottom, left, right = (value * scale for value in region)
    return [round(value) for value in (top + down, bottom + down, left + across, right + across)]


def _enlarged(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    factor = PIXELS // SIDE
    return np.repeat(image.repeat(factor, 0).repeat(factor, 1)[..., None], 3, axis=2)


def _framed(pixels: NDArray[np.uint8], places: list[int]) -> NDArray[np.uint8]:
    _frame(pixels, places, POSITIVE)
    return pixels


def _frame(pixels: NDArray[np.uint8], places: list[int], color: tuple[int, int, int]) -> None:
    top, bottom, left, right = (min(max(value, 0), PIXELS) for value in places)
    for line in (
        pixels[top : top + 2, left:right],
        pixels[max(0, bottom - 2) : bottom, left:right],
        pixels[top:bottom, left : left + 2],
        pixels[top:bottom, max(0, right - 2) : right],
    ):
        line[:] = color


def _cross(pixels: NDArray[np.uint8], place: tuple[float, float], color: tuple[int, int, int]) -> None:
    factor = PIXELS // SIDE
    row, column = (round((value + 0.5) * factor) for value in place)
    pixels[row - 1 : row + 1, max(0, column - 8) : column + 8] = color
    pixels[max(0, row - 8) : row + 8, column - 1 : column + 1] = color
