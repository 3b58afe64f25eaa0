"""The HOG features of one image, step by step: written out in NumPy, with every intermediate value."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.config.run import Hog

HALF_TURN = 180.0  # degrees: an edge looks the same from both sides
SMALLEST_NORM = 1e-5
CEILING = 0.2  # of L2-Hys: no direction may outweigh the others by more (Lowe, 2004)

Array = NDArray[Any]


@dataclass(frozen=True, slots=True, eq=False)
class HogIllustration:
    """One image on its way to its features.

    ``pixels`` (H, W) are in [0, 1]. ``gradient_rows`` and ``gradient_columns`` (H, W) are the differences of
    the pixels below and above, right and left; 0 at the border. ``magnitude`` (H, W) is the gradient's
    length, ``direction`` (H, W) its angle in degrees in [0, 180), 0 to the right and 90 down. ``histograms``
    (cells, cells, orientations) are each cell's magnitudes of each direction, over its number of pixels.
    ``blocks`` (blocks, blocks, size, size, orientations) are the normalised histograms of overlapping
    squares of cells.
    """

    pixels: Array
    gradient_rows: Array
    gradient_columns: Array
    magnitude: Array
    direction: Array
    histograms: Array
    blocks: Array

    @property
    def vector(self) -> NDArray[np.float32]:
        """The features (F,), block after block."""
        return self.blocks.astype(np.float32).ravel()


def illustrate(image: NDArray[np.uint8], hog: Hog) -> HogIllustration:
    """The HOG features (Dalal & Triggs, 2005) of an image (28, 28) uint8, equal to scikit-image's to 1e-6.

    Raises:
        ValueError: the image has fewer cells than a block.
    """
    pixels = image.astype(np.float32) / np.float32(255)
    gradient_rows, gradient_columns = np.zeros_like(pixels), np.zeros_like(pixels)
    gradient_rows[1:-1] = pixels[2:] - pixels[:-2]
    gradient_columns[:, 1:-1] = pixels[:, 2:] - pixels[:, :-2]
    # Wider floats from here on, as scikit-image has them: a direction on the border of two bins falls alike.
    down, right = gradient_rows.astype(np.float64), gradient_columns.astype(np.float64)
    magnitude = np.hypot(right, down)
    direction = np.rad2deg(np.arctan2(down, right)) % HALF_TURN
    histograms = _histograms(magnitude, direction, hog)
    return HogIllustration(
        pixels=pixels,
        gradient_rows=gradient_rows,
        gradient_columns=gradient_columns,
        magnitude=magnitude,
        direction=direction,
        histograms=histograms,
        blocks=_normalised_blocks(histograms, hog.block_size),
    )


def _histograms(magnitude: Array, direction: Array, hog: Hog) -> Array:
    """Mean magnitude of each direction in each cell, (cells, cells, orientations)."""
    size, bins = hog.cell_size, hog.orientations
    cells = len(magnitude) // size
    covered = slice(cells * size)  # what is left over is not counted
    edges = np.arange(bins + 1, dtype=np.float32) * np.float32(HALF_TURN / bins)
    bin_of = np.searchsorted(edges[1:-1], direction[covered, covered], side="right")
    cell = np.arange(cells * size) // size
    place = (cell[:, None] * cells + cell[None, :]) * bins + bin_of
    sums = np.bincount(place.ravel(), magnitude[covered, covered].ravel(), cells * cells * bins)
    return sums.reshape(cells, cells, bins) / size**2


def _normalised_blocks(histograms: Array, size: int) -> Array:
    """Squares of ``size`` × ``size`` cells, each one cell further than the last, by L2-Hys."""
    if size > len(histograms):
        raise ValueError(
            f"a block of {size}×{size} cells does not fit into {len(histograms)}×{len(histograms)}"
        )
    windows = np.lib.stride_tricks.sliding_window_view(histograms, (size, size), axis=(0, 1))
    blocks = windows.transpose(0, 1, 3, 4, 2)
    return _to_length_1(np.minimum(_to_length_1(blocks), CEILING))


def _to_length_1(blocks: Array) -> Array:
    lengths: Array = np.sqrt(np.square(blocks).sum(axis=(2, 3, 4), keepdims=True) + SMALLEST_NORM**2)
    return blocks / lengths
