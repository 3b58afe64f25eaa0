"""Images and labels as NumPy arrays, read from idx files or from the bundled digits."""

import gzip
import zlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from explorer.config.run import DatasetName
from explorer.data.catalog import Dataset, dataset_of, locate
from explorer.data.digits import read_digits
from explorer.data.idx import IdxError, check_file
from explorer.data.own import PREFIX
from explorer.data.stratified import draw
from explorer.errors import DatasetError
from explorer.settings import read_settings

SIDE = 28
QMNIST_TEST_IMAGES = 10_000
DIGITS_SPLIT_SEED = 1_797
LABELS = set(range(10))


@dataclass(frozen=True, slots=True, eq=False)
class Arrays:
    """A whole dataset, read-only: images (N, 28, 28) uint8 in 0…255, labels (N,) uint8 in 0…9."""

    train_images: NDArray[np.uint8]
    train_labels: NDArray[np.uint8]
    test_images: NDArray[np.uint8]
    test_labels: NDArray[np.uint8]


def read_idx(path: Path) -> NDArray[np.generic]:
    """The read-only array in an idx file, raw or ``.gz``, with the shape and (big-endian) type it names.

    Raises:
        DatasetError: the file is missing, unreadable or damaged; names it and says what to do.
    """
    try:
        header = check_file(path)
        if path.suffix == ".gz":
            elements = np.frombuffer(gzip.decompress(path.read_bytes()), header.dtype, offset=header.offset)
        else:
            elements = np.fromfile(path, header.dtype, offset=header.offset)
        array = elements.reshape(header.shape)
    except FileNotFoundError:
        raise DatasetError(f"{path} is not there. Fetch the dataset again, or put the file there.") from None
    except OSError as error:
        if not isinstance(error, gzip.BadGzipFile):
            raise DatasetError(f"{path} can't be read: {error.strerror}. Mend its permissions.") from error
        raise _damaged(path, error) from error
    except (IdxError, EOFError, zlib.error, ValueError) as error:
        raise _damaged(path, error) from error
    array.setflags(write=False)
    return array


def load_arrays(name: DatasetName, data_folder: Path) -> Arrays:
    """All images and labels of a dataset, upright.

    The bundled digits are split into 1,437 and 360, stratified, always the same. QMNIST's test set is
    the first 10,000 of its 60,000 test images, those that MNIST's test set shows.

    Raises:
        DatasetError: a file is missing or damaged; says which, and what to put where.
    """
    dataset = dataset_of(name, data_folder)
    if dataset.files is None:
        return _bundled(dataset)
    folder = data_folder / dataset.folder
    missing = [file for file in dataset.files.names if locate(folder, file) is None]
    if dataset.is_own and (missing or not dataset.train_count):
        raise DatasetError(f"The dataset {dataset.title} is not in {folder}. {how_to_get(dataset, folder)}")
    if missing:
        raise DatasetError(
            f"{dataset.title} is not complete in {folder}: {', '.join(missing)} missing. "
            f"{how_to_get(dataset, folder)}"
        )
    train_images, train_labels, test_images, test_labels = (
        _read_part(folder, file, dataset) for file in dataset.files.names
    )
    if name == "qmnist":
        test_images, test_labels = test_images[:QMNIST_TEST_IMAGES], test_labels[:QMNIST_TEST_IMAGES]
    for images, labels, file in (
        (train_images, train_labels, dataset.files.train_labels),
        (test_images, test_labels, dataset.files.test_labels),
    ):
        if len(images) != len(labels):
            raise DatasetError(
                f"{folder / file} holds {len(labels):,} labels for {len(images):,} images. "
                f"Delete both files and fetch them again."
            )
    return Arrays(train_images, train_labels, test_images, test_labels)


def train_label_counts(name: DatasetName) -> tuple[int, ...]:
    """How many training images of each label 0…9 a dataset has in the data folder of this process.

    Of a dataset that is not there, or damaged, an equal number of each: whoever reads its images tells.
    """
    folder = read_settings().data
    try:
        return _label_counts(name, folder)
    except DatasetError:
        return (dataset_of(name, folder).train_count // len(LABELS),) * len(LABELS)


@cache
def _label_counts(name: DatasetName, data_folder: Path) -> tuple[int, ...]:
    dataset = dataset_of(name, data_folder)
    if dataset.files is None:
        labels = load_arrays(name, data_folder).train_labels
    else:
        labels = _read_part(data_folder / dataset.folder, dataset.files.train_labels, dataset)
    return tuple(np.bincount(labels, minlength=len(LABELS)).tolist())


def how_to_get(dataset: Dataset, folder: Path) -> str:
    """What to do to have a dataset: fetch it, or put which files where."""
    if dataset.is_own:
        return (
            f"It was deleted, or never was on this machine: add the same images again under the name "
            f"{dataset.name.removeprefix(PREFIX)}, on the Data page or with `python -m explorer data add`; "
            f"or choose another dataset."
        )
    names = ", ".join(dataset.files.names) if dataset.files else ""
    packed = f", or {dataset.archive} as it is published, and fetch again" if dataset.archive else ""
    return (
        f"Fetch it with `python -m explorer data fetch {dataset.name}`; without a network, "
        f"put these files into {folder}, unpacked or as .gz: {names}{packed}. "
        f"The bundled digits need no files."
    )


def _read_part(folder: Path, file: str, dataset: Dataset) -> NDArray[np.uint8]:
    path = locate(folder, file) or folder / file
    array = read_idx(path)
    if "images" in file:
        if array.dtype != np.uint8 or array.shape[1:] != (SIDE, SIDE):
            raise _damaged(path, f"its shape is {array.shape} and should be (N, {SIDE}, {SIDE}) bytes")
        # EMNIST stores its images column by column (Cohen et al., 2017).
        images = np.ascontiguousarray(array.transpose(0, 2, 1)) if dataset.name == "emnist_digits" else array
        return _read_only(images.astype(np.uint8, copy=False))
    # QMNIST keeps eight facts a digit, the class first (Yadav & Bottou, 2019).
    labels = array[:, 0] if array.ndim == 2 else array
    if labels.ndim != 1 or (labels.size and not set(np.unique(labels)) <= LABELS):
        raise _damaged(path, "it holds labels outside 0…9")
    return _read_only(labels.astype(np.uint8))


def _bundled(dataset: Dataset) -> Arrays:
    images, labels = read_digits()
    test = draw(labels, dataset.test_count, (DIGITS_SPLIT_SEED,))
    train = np.setdiff1d(np.arange(len(labels)), test)
    return Arrays(*(_read_only(part) for part in (images[train], labels[train], images[test], labels[test])))


def _read_only(array: NDArray[np.uint8]) -> NDArray[np.uint8]:
    array.setflags(write=False)
    return array


def _damaged(path: Path, reason: object) -> DatasetError:
    return DatasetError(
        f"{path} is damaged: {reason}. Delete it and fetch it again, or put a sound copy there."
    )
