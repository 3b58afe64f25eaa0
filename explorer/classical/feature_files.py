"""HOG features of whole datasets in files: computed once, whole or not there, read without loading them."""

import errno
import json
import os
import secrets
import shutil
import time
import zlib
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from hashlib import blake2b
from importlib.metadata import version
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from explorer.classical.features import hog_portions
from explorer.config.run import DatasetName, Hog
from explorer.data.catalog import dataset_of, locate
from explorer.data.features import feature_count
from explorer.data.files import Arrays, load_arrays
from explorer.errors import StoreError
from explorer.models.checkpoint import sync_folder

FORMAT = 1  # part of every key: another way to compute or to lay out the files gets another number
DESCRIPTION = "features.json"
PARTS = ("train", "test")
CHECKED_BYTES = 1 << 22
ABANDONED_SECONDS = 600  # an unfinished folder that was not written to for so long has no writer any more


@dataclass(frozen=True, slots=True, eq=False)
class DatasetFeatures:
    """Features (N, F) float32, read-only and mapped from their files, in the order of the dataset's files."""

    train: NDArray[np.float32]
    test: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class FeatureProgress:
    """How many of a dataset's images have their features."""

    done: int
    total: int


def dataset_features(
    dataset: DatasetName,
    hog: Hog,
    data_folder: Path,
    home: Path,
    report: Callable[[FeatureProgress], None] | None = None,
) -> DatasetFeatures:
    """The HOG features of all images of a dataset: from their files, or computed and put there.

    The files are checked against their checksums; damaged ones are computed anew. Any number of processes may
    ask at once. What ``report`` raises ends the work.

    Raises:
        DatasetError: the dataset is missing or damaged.
        StoreError: the files can't be written.
        ExplorerError: a process that computes features died.
    """
    steps = computed_features(dataset, hog, data_folder, home)
    while True:
        try:
            progress = next(steps)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]
        if report is not None:
            report(progress)


def computed_features(
    dataset: DatasetName, hog: Hog, data_folder: Path, home: Path
) -> Generator[FeatureProgress, None, DatasetFeatures]:
    """The same as a generator that returns the features; yields nothing where they are on disk.

    To stop the work, stop iterating: nothing is left behind.
    """
    folder = feature_folder(dataset, hog, data_folder, home)
    features = open_features(dataset, hog, data_folder, home)
    if features is not None and _is_sound(folder):
        return features
    arrays = load_arrays(dataset, data_folder)
    unfinished = folder.with_name(f".{folder.name}.{secrets.token_hex(4)}")
    try:
        try:
            _remove_abandoned(folder.parent)
            unfinished.mkdir(parents=True)
            yield from _write(unfinished, arrays, hog)
            _put_in_place(unfinished, folder)
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)
    except OSError as error:
        raise StoreError(_in_words(folder, error)) from error
    features = _open(folder, feature_count(hog))
    if features is None:
        raise StoreError(f"{folder} can't be read. Check the disk and the permissions of the folder.")
    return features


def open_features(dataset: DatasetName, hog: Hog, data_folder: Path, home: Path) -> DatasetFeatures | None:
    """The features if they are on disk and whole by their lengths, else None; takes about a millisecond."""
    return _open(feature_folder(dataset, hog, data_folder, home), feature_count(hog))


def feature_folder(dataset: DatasetName, hog: Hog, data_folder: Path, home: Path) -> Path:
    """Where the features of a dataset lie; other images, settings or libraries have another folder."""
    key = blake2b(digest_size=6)
    for part in (FORMAT, version("scikit-image"), version("numpy"), *_identity(dataset, data_folder)):
        key.update(f"{part}\n".encode())
    named = dataset.replace(":", "-")  # which no file on Windows may have in its name
    name = f"{named}-hog-{hog.orientations}-{hog.cell_size}-{hog.block_size}-{key.hexdigest()}"
    return home / "features" / name


def _identity(dataset: DatasetName, data_folder: Path) -> Iterator[object]:
    """What changes when the images do: length and time of their files, or the library that they come with."""
    facts = dataset_of(dataset, data_folder)
    if facts.files is None:
        yield version("scikit-learn")
        return
    for name in (facts.files.train_images, facts.files.test_images):
        path = locate(data_folder / facts.folder, name)
        if path is not None:
            status = path.stat()
            yield path.name, status.st_size, status.st_mtime_ns


def _write(folder: Path, arrays: Arrays, hog: Hog) -> Generator[FeatureProgress, None, None]:
    width, checksums, done = feature_count(hog), {}, 0
    total = len(arrays.train_images) + len(arrays.test_images)
    for part, images in zip(PARTS, (arrays.train_images, arrays.test_images), strict=True):
        with (folder / f"{part}.npy").open("w+b") as file:
            shape = {"descr": "<f4", "fortran_order": False, "shape": (len(images), width)}
            np.lib.format.write_array_header_1_0(file, shape)
            file.seek(0)
            checksum = zlib.crc32(file.read())
            for portion in hog_portions(images, hog):
                content = portion.astype("<f4", copy=False).tobytes()
                checksum = zlib.crc32(content, checksum)
                file.write(content)
                done += len(portion)
                yield FeatureProgress(done, total)
            file.flush()
            os.fsync(file.fileno())
        checksums[part] = checksum
    with (folder / DESCRIPTION).open("w", encoding="utf-8") as text:
        json.dump({"checksums": checksums, "hog": hog.model_dump()}, text)
        text.flush()
        os.fsync(text.fileno())
    sync_folder(folder)


def _put_in_place(unfinished: Path, folder: Path) -> None:
    """Give a finished folder its name; where another process was faster, its files serve as well."""
    for _ in range(3):
        try:
            unfinished.rename(folder)
        except OSError as error:
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST, errno.EACCES) or not folder.exists():
                raise
            if _is_sound(folder):
                return
            damaged = folder.with_name(f".{folder.name}.{secrets.token_hex(4)}")
            folder.rename(damaged)
            shutil.rmtree(damaged, ignore_errors=True)
        else:
            sync_folder(folder.parent)
            return
    raise OSError(errno.EBUSY, "other processes keep replacing it", str(folder))


def _open(folder: Path, width: int) -> DatasetFeatures | None:
    try:
        train, test = (np.load(folder / f"{part}.npy", mmap_mode="r", allow_pickle=False) for part in PARTS)
    except (OSError, ValueError, EOFError):
        return None
    if any(array.dtype != np.float32 or array.shape[1:] != (width,) for array in (train, test)):
        return None
    return DatasetFeatures(train, test)


def _is_sound(folder: Path) -> bool:
    """Whether every byte is as it was written, by the checksums; 90 MB take 20 to 100 ms."""
    try:
        expected = json.loads((folder / DESCRIPTION).read_text(encoding="utf-8"))["checksums"]
        return all(_checksum(folder / f"{part}.npy") == expected[part] for part in PARTS)
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _checksum(path: Path) -> int:
    value = 0
    with path.open("rb") as file:
        while content := file.read(CHECKED_BYTES):
            value = zlib.crc32(content, value)
    return value


def _remove_abandoned(parent: Path) -> None:
    """Unfinished folders of processes that were killed."""
    for folder in parent.glob(".*-hog-*"):
        try:
            newest = max(path.stat().st_mtime for path in (folder, *folder.iterdir()))
        except OSError:  # its owner is faster
            continue
        if time.time() - newest > ABANDONED_SECONDS:
            shutil.rmtree(folder, ignore_errors=True)


def _in_words(folder: Path, error: OSError) -> str:
    remedy = "Check the disk, then try again."
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        remedy = "The disk is full. Free some space (deleting old runs helps), then try again."
    elif error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
        remedy = "The folder can't be written to. Set EXPLORER_HOME to one that can."
    return f"HOG features could not be kept in {folder}: {error.strerror or error}. {remedy}"
