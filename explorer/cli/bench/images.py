"""The images that the timed loops see: real MNIST where it is, else random ones of the same size."""

import struct
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from explorer.data.catalog import DATASETS

SIDE = 28
UNSIGNED_BYTES = 8
MNIST = DATASETS["mnist"]


@contextmanager
def mnist_folder(data_folder: Path) -> Generator[tuple[Path, bool], None, None]:
    """A data folder in which torchvision finds MNIST, and whether it is the real one.

    Random images are written to a temporary folder: no loop here is faster or slower for the pixels it sees.
    """
    raw = data_folder / MNIST.folder
    assert MNIST.files is not None  # noqa: S101 (only the bundled digits have no files)
    if all((raw / name).is_file() for name in MNIST.files.names):  # torchvision does not read .gz
        yield data_folder, True
        return
    with tempfile.TemporaryDirectory(prefix="explorer-bench-") as folder:
        write_random_mnist(Path(folder), MNIST.train_count, MNIST.test_count)
        yield Path(folder), False


def write_random_mnist(data_folder: Path, train_count: int, test_count: int) -> None:
    """Four idx files of random pixels and evenly spread labels, under MNIST's names."""
    assert MNIST.files is not None  # noqa: S101
    raw = data_folder / MNIST.folder
    raw.mkdir(parents=True)
    random = np.random.default_rng(0)
    for images, labels, count in (
        (MNIST.files.train_images, MNIST.files.train_labels, train_count),
        (MNIST.files.test_images, MNIST.files.test_labels, test_count),
    ):
        _write_idx(raw / images, random.integers(0, 256, (count, SIDE, SIDE), np.uint8))
        _write_idx(raw / labels, random.permutation(np.arange(count) % 10).astype(np.uint8))


def _write_idx(path: Path, array: np.ndarray) -> None:
    """The idx format (LeCun): two zero bytes, the type, the number of axes, their lengths, big-endian."""
    header = struct.pack(f">HBB{array.ndim}I", 0, UNSIGNED_BYTES, array.ndim, *array.shape)
    path.write_bytes(header + array.tobytes())
