"""Keeping a dataset of one's own: four idx files and their facts, there whole or not at all."""

import errno
import json
import os
import shutil
import struct
import tempfile
import time
from contextlib import suppress
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from explorer.data.own import FACTS, NAME, PREFIX, OwnFacts, folder_of, places, read_facts
from explorer.data.own_images import OwnImages, Part
from explorer.errors import DatasetError, shortened

WORKPLACE_PREFIX = ".adding-"
GONE = ".deleted"  # the folder with the digests of what once had a name
ABANDONED_AFTER_SECONDS = 3_600
READ_ONLY = (errno.EROFS, errno.EACCES, errno.EPERM)


def keep_own(images: OwnImages, name: str, data_folder: Path) -> OwnFacts:
    """Keep the images under a bare name; the dataset is called ``own:`` and that name from then on.

    A name stays that of its images for ever, since runs speak of them by it: after a deletion it takes the
    same images again, and no others.

    Raises:
        DatasetError: a name that is none or is taken, no room, or no folder that can be written.
    """
    if not NAME.fullmatch(name):
        raise DatasetError(
            f"A name has 1 to 40 of the signs a…z, 0…9, - and _, got {shortened(repr(name))}. Try our-digits."
        )
    facts = _facts(images, name)
    if read_facts(name, data_folder) is not None:
        raise DatasetError(
            f"There is a dataset called {name} already. Choose another name, or delete that one."
        )
    for place in places(data_folder):
        former = _digest_of_former(place, name)
        if former not in (None, facts.digest):
            raise DatasetError(
                f"Other images were called {name} before, and runs may still speak of them by this name. "
                f"Choose another, {name[:37]}-2 for example."
            )
    *others, last = places(data_folder)
    for place in others:
        with suppress(PermissionError):
            return _write(images, facts, place)
    try:
        return _write(images, facts, last)
    except PermissionError as error:
        raise DatasetError(
            f"Neither {data_folder} nor {last} can be written to. Make one of them writable, or name another "
            f"folder in EXPLORER_DATA."
        ) from error


def delete_own(name: str, data_folder: Path) -> bool:
    """Delete a dataset by its bare name; False when it is gone already. Runs that used it stay.

    Raises:
        DatasetError: the folder can't be written.
    """
    facts = read_facts(name, data_folder)
    if facts is None:
        return False
    folder = folder_of(PREFIX + name, data_folder)
    try:
        former = folder.parent / GONE
        former.mkdir(exist_ok=True)
        (former / f"{name}.json").write_text(json.dumps({"digest": facts.digest}))
        # One step, so that nobody reads half of it; the rest may take its time.
        away = Path(tempfile.mkdtemp(prefix=WORKPLACE_PREFIX, dir=folder.parent))
        folder.rename(away / name)
    except OSError as error:
        raise DatasetError(f"{folder} can't be deleted: {error.strerror}. Mend its permissions.") from error
    shutil.rmtree(away, ignore_errors=True)
    return True


def _write(images: OwnImages, facts: OwnFacts, place: Path) -> OwnFacts:
    """Raises PermissionError where nothing can be written there, DatasetError where something goes wrong."""
    try:
        place.mkdir(parents=True, exist_ok=True)
        _clear_abandoned(place)
        workplace = Path(tempfile.mkdtemp(prefix=WORKPLACE_PREFIX, dir=place))
    except OSError as error:
        if error.errno in READ_ONLY:
            raise PermissionError(*error.args) from error
        raise _no_room(place, error) from error
    try:
        made = workplace / facts.name
        made.mkdir()
        for prefix, part in (("train", images.train), ("t10k", images.test)):
            _write_part(made, prefix, part)
        _write_file(made / FACTS, facts.to_json().encode())
        made.rename(place / facts.name)
    except OSError as error:
        raise _no_room(place, error) from error
    finally:
        shutil.rmtree(workplace, ignore_errors=True)
    return facts


def _write_part(folder: Path, prefix: str, part: Part) -> None:
    _write_file(folder / f"{prefix}-images-idx3-ubyte", _idx_start(part.images), part.images)
    _write_file(folder / f"{prefix}-labels-idx1-ubyte", _idx_start(part.labels), part.labels)


def _idx_start(array: NDArray[np.uint8]) -> bytes:
    """The header of an idx file of bytes (LeCun)."""
    return struct.pack(f">4B{array.ndim}I", 0, 0, 0x08, array.ndim, *array.shape)


def _write_file(path: Path, start: bytes, rest: NDArray[np.uint8] | None = None) -> None:
    with path.open("wb") as file:
        file.write(start)
        if rest is not None:
            file.write(np.ascontiguousarray(rest).data)
        file.flush()
        os.fsync(file.fileno())


def _facts(images: OwnImages, name: str) -> OwnFacts:
    digest = sha256()
    for part in (images.train, images.test):
        digest.update(np.ascontiguousarray(part.images).data)
        digest.update(np.ascontiguousarray(part.labels).data)
    return OwnFacts(
        name=name,
        source=images.source,
        preparation=images.preparation,
        split=images.split,
        train_counts=images.train.counts,
        test_counts=images.test.counts,
        digest=digest.hexdigest(),
        added_at=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def _digest_of_former(place: Path, name: str) -> str | None:
    try:
        return str(json.loads((place / GONE / f"{name}.json").read_text())["digest"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _clear_abandoned(place: Path) -> None:
    """Remove what a process left that was ended while it wrote."""
    for left in place.glob(f"{WORKPLACE_PREFIX}*"):
        with suppress(OSError):  # another process takes it away just now
            if time.time() - left.stat().st_mtime > ABANDONED_AFTER_SECONDS:
                shutil.rmtree(left, ignore_errors=True)


def _no_room(place: Path, error: OSError) -> DatasetError:
    return DatasetError(
        f"The dataset can't be kept in {place}: {error.strerror}. Free space there, or make it writable. "
        f"Nothing was left half-written."
    )
