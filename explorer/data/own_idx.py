"""Idx files of digits as MNIST has them: a pair of images and labels, or two pairs."""

import gzip
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from explorer.data.idx import MOST_DIMENSIONS, IdxError, IdxHeader, parse_header
from explorer.data.own_images import CLASSES, EMPTY, MOST_IMAGES, SIDE, Part
from explorer.errors import DatasetError

TEST_WORDS = ("t10k", "test")
GZIP = b"\x1f\x8b"
MOST_HEADER = 4 + 4 * MOST_DIMENSIONS
ADVICE = (
    "Choose a file of images (N, 28, 28) and one of labels (N,), or two such pairs for training and test."
)


@dataclass(frozen=True, slots=True, eq=False)
class IdxFile:
    """One file: its name and what it holds, images (N, 28, 28) or labels (N,), uint8."""

    name: str
    array: NDArray[np.uint8]

    @property
    def is_images(self) -> bool:
        """Whether these are images, not labels."""
        return self.array.ndim == 3

    @property
    def is_test(self) -> bool:
        """Whether the name says that it is for testing."""
        return any(word in self.name.lower() for word in TEST_WORDS)


def read_idx_file(stream: BinaryIO, name: str) -> IdxFile:
    """What an idx file, raw or ``.gz``, holds; its header is checked before anything is unpacked.

    Raises:
        DatasetError: not an idx file, of another shape, damaged, or with labels that are no digits.
    """
    try:
        packed = stream.read(len(GZIP)) == GZIP
        stream.seek(0)
        plain: BinaryIO = gzip.GzipFile(fileobj=stream) if packed else stream  # type: ignore[assignment]
        start = plain.read(MOST_HEADER)
        header = parse_header(start)
        _check(header, name)
        content = start + plain.read(header.size - len(start) + 1)
    except (IdxError, EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DatasetError(f"{name} is damaged: {error}. {ADVICE}") from error
    if len(content) != header.size:
        more = "more" if len(content) > header.size else f"{len(content):,}"
        raise DatasetError(f"{name} is damaged: it should hold {header.size:,} bytes and holds {more}.")
    array = np.frombuffer(content, header.dtype, offset=header.offset).reshape(header.shape)
    if array.ndim == 1 and array.size and not 0 <= array.min() <= array.max() < CLASSES:
        worst = array.max() if array.max() >= CLASSES else array.min()
        raise DatasetError(f"{name} has the label {worst}; labels must be the digits 0…9.")
    return IdxFile(name, array.astype(np.uint8, copy=False))


def parts_of(files: Sequence[IdxFile]) -> tuple[Part, Part]:
    """The training and the test part in one or two pairs of files, told apart by their names.

    Raises:
        DatasetError: they are no such pairs.
    """
    if len(files) == 2:
        return _pair(files), EMPTY
    test = [file for file in files if file.is_test]
    train = [file for file in files if not file.is_test]
    if len(files) != 4 or len(test) != 2:
        names = ", ".join(file.name for file in files)
        raise DatasetError(
            f"These files make no pairs: {names}. {ADVICE} Of four files the two for testing need test or "
            f"t10k in their names."
        )
    return _pair(train), _pair(test)


def _pair(files: Sequence[IdxFile]) -> Part:
    images = [file for file in files if file.is_images]
    labels = [file for file in files if not file.is_images]
    if len(images) != 1 or len(labels) != 1:
        raise DatasetError(f"{files[0].name} and {files[1].name} are no images and their labels. {ADVICE}")
    if len(images[0].array) != len(labels[0].array):
        raise DatasetError(
            f"{images[0].name} holds {len(images[0].array):,} images and {labels[0].name} "
            f"{len(labels[0].array):,} labels: they do not belong together."
        )
    return Part(images[0].array, labels[0].array)


def _check(header: IdxHeader, name: str) -> None:
    """Refuse by the header alone, before anything is unpacked."""
    shape = header.shape
    is_images = len(shape) == 3 and shape[1:] == (SIDE, SIDE) and header.dtype == np.uint8
    is_labels = len(shape) == 1 and header.dtype.kind in "iu"
    if not (is_images or is_labels):
        raise DatasetError(f"{name} holds {header.dtype.name} numbers of shape {shape}. {ADVICE}")
    if shape[0] > MOST_IMAGES:
        raise DatasetError(
            f"{name} says that it holds {shape[0]:,}; a dataset of your own can have {MOST_IMAGES:,} images."
        )
