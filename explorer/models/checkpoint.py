"""Weights in safetensors files that are either whole or not there."""

import errno
import json
import os
import zlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save as to_bytes

from explorer.errors import CheckpointError, StoreError

CHECKSUM = "crc32"  # the reserved metadata key; the format itself does not notice a flipped bit in a weight

_REMEDIES = {
    errno.ENOSPC: "The disk is full. Free some space (deleting old runs helps), then resume the run.",
    errno.EDQUOT: "The disk quota is used up. Free some space, then resume the run.",
    errno.EROFS: "The folder is read-only. Set EXPLORER_HOME to a folder that can be written.",
    errno.EACCES: "The folder may not be written. Change its permissions, or set EXPLORER_HOME to another.",
    errno.EPERM: "The folder may not be written. Change its permissions, or set EXPLORER_HOME to another.",
}


def save(path: Path, arrays: Mapping[str, np.ndarray], metadata: Mapping[str, str] | None = None) -> None:
    """Write named arrays and texts; a crash at any moment leaves the old file or the new one, whole.

    Folders on the way are made. Arrays may have any layout in memory.

    Raises:
        StoreError: the file can't be written (disk full, read-only); the old file, if any, is untouched.
    """
    whole = {name: np.asarray(array, order="C") for name, array in arrays.items()}
    texts = dict(metadata or {})
    content = to_bytes(whole, {**texts, CHECKSUM: _checksum(whole, texts)})
    unfinished = path.with_name(f".{path.name}.writing")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with unfinished.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            unfinished.replace(path)
        except OSError:
            unfinished.unlink(missing_ok=True)
            raise
        sync_folder(path.parent)
    except OSError as error:
        remedy = _REMEDIES.get(error.errno or 0, "Check the disk, then resume the run.")
        raise StoreError(f"{path} could not be written: {error.strerror or error}. {remedy}") from error


def load(path: Path) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """Arrays and metadata as they were saved.

    Raises:
        CheckpointError: the file is missing, unreadable, damaged or not a checkpoint.
    """
    try:
        with safe_open(path, framework="numpy") as file:
            metadata = dict(file.metadata() or {})
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  # no mapping
    except FileNotFoundError as error:
        raise CheckpointError(
            f"The checkpoint {path} is missing. Choose another epoch, or train the run again."
        ) from error
    except SafetensorError as error:
        raise _damaged(path, str(error)) from error
    except OSError as error:
        raise CheckpointError(
            f"The checkpoint {path} could not be read: {error.strerror or error}. "
            "Check the file's permissions and the disk."
        ) from error
    if metadata.pop(CHECKSUM, None) != _checksum(arrays, metadata):
        raise _damaged(path, "its checksum does not match")
    return arrays, metadata


def read_metadata(path: Path) -> dict[str, str]:
    """The texts of a checkpoint alone, in a moment and unchecked; empty where there is no such file."""
    try:
        with safe_open(path, framework="numpy") as file:
            return dict(file.metadata() or {})
    except (SafetensorError, OSError):
        return {}


def _damaged(path: Path, what: str) -> CheckpointError:
    return CheckpointError(
        f"The checkpoint {path} is damaged ({what}). Delete the file and choose another epoch, "
        "or train the run again."
    )


def _checksum(arrays: Mapping[str, np.ndarray], metadata: Mapping[str, str]) -> str:
    value = zlib.crc32(json.dumps(metadata, sort_keys=True).encode())
    for name in sorted(arrays):
        array = arrays[name]
        value = zlib.crc32(f"{name} {array.dtype} {array.shape}".encode(), value)
        value = zlib.crc32(array.tobytes(), value)
    return f"{value:08x}"


def sync_folder(folder: Path) -> None:
    """Have the names of a folder's files on the disk, so that a rename outlives a loss of power."""
    if os.name == "nt":  # Windows can't open folders, and keeps renames by itself
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
