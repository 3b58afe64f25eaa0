"""Small idx files, written independently of the reader."""

import numpy as np
from numpy.typing import NDArray

from explorer.config.run import DatasetName
from explorer.data.catalog import DATASETS

TYPE_CODES = {"uint8": 0x08, "int8": 0x09, "int16": 0x0B, "int32": 0x0C, "float32": 0x0D, "float64": 0x0E}


def pack_idx(array: NDArray[np.generic]) -> bytes:
    """An array in LeCun's idx format."""
    header = bytes([0, 0, TYPE_CODES[array.dtype.name], array.ndim])
    lengths = b"".join(length.to_bytes(4, "big") for length in array.shape)
    return header + lengths + array.astype(array.dtype.newbyteorder(">")).tobytes()


def small_dataset(name: DatasetName, images: int = 40, test_images: int = 20) -> dict[str, bytes]:
    """The four files of a dataset, by name, with random images and labels that go round."""
    files = DATASETS[name].files
    assert files is not None
    random = np.random.default_rng(7)
    contents = {}
    for image_file, label_file, count in (
        (files.train_images, files.train_labels, images),
        (files.test_images, files.test_labels, test_images),
    ):
        contents[image_file] = pack_idx(random.integers(0, 256, (count, 28, 28), np.uint8))
        labels = np.arange(count) % 10
        if name == "qmnist":
            facts = np.full((count, 8), 99, np.int32)
            facts[:, 0] = labels
            contents[label_file] = pack_idx(facts)
        else:
            contents[label_file] = pack_idx(labels.astype(np.uint8))
    return contents
