"""The scaling of pixels, measured without torch."""

import numpy as np
from numpy.typing import NDArray

from explorer.config.run import Data

BATCH = 8_192


def pixel_scaling(config: Data, train_images: NDArray[np.uint8]) -> tuple[float, float]:
    """The mean and the factor of ``(pixel - mean) * factor``, bit for bit those of ``measure_scaling``.

    ``train_images`` (N, 28, 28) are those that the run learns from, noisy copies among them; they matter for
    ``standard`` alone.
    """
    if config.scaling == "unit":
        return 0.0, 1 / 255
    if config.scaling == "none":
        return 0.0, 1.0
    counts = np.zeros(256, np.int64)
    for start in range(0, len(train_images), BATCH):
        counts += np.bincount(train_images[start : start + BATCH].reshape(-1), minlength=256)
    values = np.arange(256)
    total, squares, pixels = int(counts @ values), int(counts @ values**2), int(counts.sum())
    # Exact in whole numbers; one-coloured images have no deviation and are only moved to 0.
    variance = (squares * pixels - total * total) / pixels**2
    return total / pixels, variance**-0.5 if variance else 1.0
