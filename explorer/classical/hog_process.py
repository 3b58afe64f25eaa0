"""A process that computes HOG features: images come in by standard input, features go out by standard output.

Python holds its lock for most of the work, so only processes share it among cores (two threads take longer
than one). Plain ones with pipes: where the other side dies, however it dies, the pipe ends, and so does this.
"""

import sys
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray
from skimage.feature import hog

SIDE = 28
COUNT_BYTES = 8  # an unsigned little-endian number of images before each portion of images
BLOCK_NORM = "L2-Hys"


def describe(
    images: NDArray[np.uint8], orientations: int, cell_size: int, block_size: int
) -> NDArray[np.float32]:
    """The HOG features (N, F) of images (N, 28, 28), by scikit-image from pixels in [0, 1].

    Blocks are normalised by L2-Hys: to length 1, no number above 0.2, to length 1 again (Lowe, 2004).
    """
    pixels = images.astype(np.float32) / np.float32(255)
    return np.stack(
        [
            hog(
                image,
                orientations=orientations,
                pixels_per_cell=(cell_size, cell_size),
                cells_per_block=(block_size, block_size),
                block_norm=BLOCK_NORM,
            )
            for image in pixels
        ]
    ).astype(np.float32, copy=False)


def serve(source: BinaryIO, target: BinaryIO, hog_settings: tuple[int, int, int]) -> None:
    """Answer every portion of images with their features, float32 row by row, until there are no more."""
    while len(count := source.read(COUNT_BYTES)) == COUNT_BYTES:
        length = int.from_bytes(count, "little") * SIDE * SIDE
        portion = source.read(length)
        if len(portion) < length:
            return
        images = np.frombuffer(portion, np.uint8).reshape(-1, SIDE, SIDE)
        target.write(describe(images, *hog_settings).tobytes())
        target.flush()


if __name__ == "__main__":
    orientations, cell_size, block_size = (int(argument) for argument in sys.argv[1:])
    try:
        serve(sys.stdin.buffer, sys.stdout.buffer, (orientations, cell_size, block_size))
    except BrokenPipeError:  # nobody is there to read the answer
        sys.stderr.close()
