"""The digits that come with scikit-learn, enlarged from 8×8 to 28×28 in the manner of MNIST."""

import importlib.util
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

SIDE, BOX, SOURCE_SIDE, SOURCE_MAX = 28, 20, 8, 16


def read_digits() -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """All 1,797 digits as images (N, 28, 28) in 0…255 and labels (N,), in scikit-learn's order."""
    table = _read_table()
    return enlarge(table[:, :-1].reshape(-1, SOURCE_SIDE, SOURCE_SIDE)), table[:, -1].astype(np.uint8)


def small_digits() -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """The same as they were scanned: images (N, 8, 8) in 0…16 and labels (N,)."""
    table = _read_table().astype(np.uint8)
    return table[:, :-1].reshape(-1, SOURCE_SIDE, SOURCE_SIDE), table[:, -1]


def enlarge(images: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Images (N, 8, 8) in 0…16 as (N, 28, 28) in 0…255.

    As in MNIST (LeCun et al., 1998) the digit fills a box of 20×20 pixels, and its centre of mass lies
    in the middle of the image. Smooth by cubic convolution (Keys, 1981), which may overshoot: clipped.
    """
    mass = np.maximum(images.sum((1, 2)), 1e-9)
    places = np.arange(SOURCE_SIDE)
    rows = _weights((images.sum(2) @ places) / mass)
    columns = _weights((images.sum(1) @ places) / mass)
    smooth = rows @ images @ columns.transpose(0, 2, 1)
    return np.clip(np.rint(smooth * (255 / SOURCE_MAX)), 0, 255).astype(np.uint8)


def _weights(centres: NDArray[np.float64]) -> NDArray[np.float64]:
    """Weights (N, 28, 8) of the source pixels for each target pixel, the centre brought to the middle."""
    steps = (np.arange(SIDE) - (SIDE - 1) / 2) * (SOURCE_SIDE / BOX)
    distances = np.abs(centres[:, None, None] + steps[None, :, None] - np.arange(SOURCE_SIDE))
    near = (1.5 * distances - 2.5) * distances**2 + 1
    far = ((-0.5 * distances + 2.5) * distances - 4) * distances + 2
    return np.where(distances <= 1, near, np.where(distances < 2, far, 0.0))


def _read_table() -> NDArray[np.float64]:
    # Importing sklearn.datasets takes most of a second and 60 MB; its file can be read without.
    package = importlib.util.find_spec("sklearn")
    if package is not None and package.origin is not None:
        path = Path(package.origin).parent / "datasets" / "data" / "digits.csv.gz"
        if path.is_file():
            return np.loadtxt(path, delimiter=",")
    from sklearn.datasets import load_digits  # noqa: PLC0415 - only where the file has moved

    bunch = load_digits()
    return np.column_stack([bunch.data, bunch.target])
