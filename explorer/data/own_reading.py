"""Files that somebody brings as a dataset of their own: told apart by what they hold, not by their names."""

import gzip
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import BinaryIO

from explorer.data.own_csv import looks_like_csv, read_csv
from explorer.data.own_idx import GZIP, parts_of, read_idx_file
from explorer.data.own_images import AS_IT_IS, EMPTY, OwnImages, Part, Report, joined, with_test_part
from explorer.data.own_zip import read_zip
from explorer.errors import DatasetError, shortened

MOST_UPLOAD_BYTES = 200_000_000  # Kaggle's train.csv has 77 million, MNIST's training images 47
ZIPS = (b"PK\x03\x04", b"PK\x05\x06")
IDX = b"\x00\x00"
START_BYTES = 4_000
FORMS = (
    "It takes idx files (images and labels, or two such pairs), a CSV with label,pixel0,…,pixel783, or a ZIP "
    "of images in folders named 0…9."
)


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that can be read from its beginning, with its name and its size in bytes."""

    name: str
    stream: BinaryIO
    size: int

    @property
    def shown(self) -> str:
        """The name as messages say it, without its folders."""
        return shortened(PurePath(self.name.replace("\\", "/")).name)


def unheard(share: float) -> None:
    """For those who just wait."""


def read_own(uploads: Sequence[Upload], report: Report = unheard) -> OwnImages:
    """The images in the files of a dataset of one's own, all checked, with a test part.

    Raises:
        DatasetError: says what is wrong with which file; nothing was kept.
    """
    if not uploads:
        raise DatasetError(f"No file was chosen. {FORMS}")
    total = sum(upload.size for upload in uploads)
    if total > MOST_UPLOAD_BYTES:
        most = f"{MOST_UPLOAD_BYTES / 1e6:,.0f} MB"
        raise DatasetError(
            f"The files have {total / 1e6:,.0f} MB; at most {most} are read. Take a part of them."
        )
    try:
        return with_test_part(_read(uploads, report))
    except OSError as error:
        raise DatasetError(f"The files can't be read: {error.strerror or error}.") from error


def read_drawings(upload: Upload) -> Part:
    """The images in a file of any of these forms, however few, training and test part together.

    Raises:
        DatasetError: says what is wrong with the file.
    """
    try:
        found = _read([upload], unheard)
    except OSError as error:
        raise DatasetError(f"{upload.shown} can't be read: {error.strerror or error}.") from error
    return joined([found.train, found.test])


def _read(uploads: Sequence[Upload], report: Report) -> OwnImages:
    readers = [_reader_of(upload) for upload in uploads]
    names = ", ".join(upload.shown for upload in uploads)
    if all(reader is None for reader in readers):
        files = []
        for number, upload in enumerate(uploads, 1):
            files.append(read_idx_file(upload.stream, upload.shown))
            report(number / len(uploads))
        return OwnImages(*parts_of(files), names, AS_IT_IS)
    if len(uploads) > 1 or readers[0] is None:
        raise DatasetError(f"These files don't make a dataset together: {names}. {FORMS}")
    return readers[0](uploads[0], report)


def _reader_of(upload: Upload) -> Callable[[Upload, Report], OwnImages] | None:
    """What reads a file by its first bytes; None for an idx file."""
    upload.stream.seek(0)
    start = upload.stream.read(START_BYTES)
    upload.stream.seek(0)
    if start.startswith(ZIPS):
        return _zip
    if start.startswith(GZIP):
        try:
            start = gzip.GzipFile(fileobj=upload.stream).read(START_BYTES)
        except (OSError, EOFError, ValueError) as error:
            raise DatasetError(f"{upload.shown} can't be unpacked: {error}.") from error
        upload.stream.seek(0)
        if not start.startswith(IDX) and looks_like_csv(start):
            return _packed_csv
    if start.startswith(IDX):
        return None
    if looks_like_csv(start):
        return _csv
    raise DatasetError(f"{upload.shown} is neither idx nor CSV nor ZIP. {FORMS}")


def _zip(upload: Upload, report: Report) -> OwnImages:
    return read_zip(upload.stream, upload.shown, report)


def _csv(upload: Upload, report: Report) -> OwnImages:
    return OwnImages(
        read_csv(upload.stream, upload.shown, upload.size, report), EMPTY, upload.shown, AS_IT_IS
    )


def _packed_csv(upload: Upload, report: Report) -> OwnImages:
    usual_ratio = 6
    with gzip.GzipFile(fileobj=upload.stream) as plain:
        try:
            part = read_csv(plain, upload.shown, usual_ratio * upload.size, report)  # type: ignore[arg-type]
        except (EOFError, gzip.BadGzipFile) as error:
            raise DatasetError(f"{upload.shown} can't be unpacked: {error}.") from error
    return OwnImages(part, EMPTY, upload.shown, AS_IT_IS)
