"""A few images of each class, one column a class."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from explorer.plots.tiles import GAP, Tiles, tiles

CLASSES = 10


def class_samples(
    images: NDArray[np.uint8],
    labels: NDArray[np.uint8],
    counts: Sequence[str],
    *,
    rows: int = 4,
    columns: int,
) -> Tiles:
    """For each digit the first ``rows`` of its images (N, 28, 28), over one another, and its count in words.

    A class with fewer has black in their place. ``columns`` digits stand side by side.
    """
    side = images.shape[1]
    strips = np.zeros((CLASSES, rows * side + (rows - 1) * GAP, side), np.uint8)
    for digit in range(CLASSES):
        for row, image in enumerate(images[np.flatnonzero(labels == digit)[:rows]]):
            top = row * (side + GAP)
            strips[digit, top : top + side] = image
    captions = [f"{digit}<br>{count}" for digit, count in enumerate(counts)]
    return tiles(strips, captions, columns=columns)
