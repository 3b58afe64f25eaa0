"""Feature vectors in place of images: how long they are, and how they are scaled."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.config.rules import IMAGE_SIDE
from explorer.config.run import Data, Hog

BATCH = 8_192


def feature_count(hog: Hog) -> int:
    """Numbers that describe one image: each block of cells holds its own normalised histograms.

    Cells lie side by side from the corner and an incomplete one is left out; blocks move on by one cell.
    So 9 orientations, cells of 7 pixels and blocks of 2 make 9 · 2² · 3² = 324.
    """
    cells = IMAGE_SIDE // hog.cell_size
    blocks = cells - hog.block_size + 1
    return int(hog.orientations * hog.block_size**2 * blocks**2)


def inputs_of(config: Data) -> int | None:
    """Length of the feature vector that a network takes in place of an image; None where it sees pixels."""
    return feature_count(config.hog) if config.features == "hog" else None


def mean_and_deviation(values: NDArray[Any]) -> tuple[float, float]:
    """Mean and standard deviation over all numbers of an array, in float64.

    A batch at a time and in a fixed order: little memory, and the same bits on any number of threads.
    """
    batches = [values[start : start + BATCH] for start in range(0, len(values), BATCH)]  # views
    mean = sum(float(batch.sum(dtype=np.float64)) for batch in batches) / values.size
    squares = sum(float(np.square(np.subtract(batch, mean, dtype=np.float64)).sum()) for batch in batches)
    return mean, (squares / values.size) ** 0.5
