"""Copies of training images with noise, drawn once."""

import numpy as np
from numpy.typing import NDArray

from explorer.data.partition import COPY_NOISE

NOISE_BATCH = 4_096


def with_noisy_copies(images: NDArray[np.uint8], copies: int, sigma: float, seed: int) -> NDArray[np.uint8]:
    """The images (N, 28, 28) followed by ``copies`` sets of them with Gaussian noise.

    ``sigma`` is in units of the full range (pixels in [0, 1]); noisy pixels are rounded and clipped to 0…255.
    """
    random = np.random.default_rng((seed, COPY_NOISE))
    every = np.tile(images, (1 + copies, 1, 1))
    for start in range(len(images), len(every), NOISE_BATCH):
        batch = every[start : start + NOISE_BATCH]
        noise = random.standard_normal(batch.shape, np.float32)
        noise *= np.float32(sigma * 255)
        noise += batch
        batch[:] = np.clip(np.rint(noise, out=noise), 0, 255, out=noise)
    return every
