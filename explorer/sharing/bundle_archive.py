"""A ZIP from somebody else: opened so that it can cost no more memory and disk than its own size."""

import os
import struct
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from explorer.errors import ExportError
from explorer.sharing import bundle_format as form

COPY_BYTES = 1 << 20
# The end of the central directory: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, 4.3.16.
END, END_LOCATOR_64 = b"PK\x05\x06", b"PK\x06\x07"
END_BYTES, LONGEST_COMMENT = 22, 65_535
MOST_ENTRIES = 60_000
MOST_DIRECTORY_BYTES = 8 << 20

REPACKED = "It must be as it was saved: not unpacked and packed again, nor changed."


class Archive:
    """The files of a bundle by name, each of which has a name that a bundle's file can have.

    All methods raise ExportError where the file is no sound bundle.
    """

    def __init__(self, zip_file: zipfile.ZipFile, size: int) -> None:
        self._zip = zip_file
        self._entries: dict[str, zipfile.ZipInfo] = {}
        for entry in zip_file.infolist():
            self._take(entry)
        if sum(entry.file_size for entry in self._entries.values()) > size:
            raise refused(f"its files claim to be larger than it is. {REPACKED}")

    @property
    def names(self) -> frozenset[str]:
        """All files."""
        return frozenset(self._entries)

    @property
    def content_bytes(self) -> int:
        """What all files take when they are unpacked."""
        return sum(entry.file_size for entry in self._entries.values())

    def json(self, name: str) -> bytes:
        """The whole of a small file."""
        entry = self._entry(name)
        if entry.file_size > form.MOST_JSON_BYTES:
            most = form.MOST_JSON_BYTES >> 20
            raise refused(f"{name} has {entry.file_size >> 20:,} MB, and at most {most} are read.")
        with _faults_in_words(), self._zip.open(entry) as file:
            return file.read()

    def extract(self, name: str, target: Path) -> None:
        """Copy a file to a place of ours; OSError where that can't be written."""
        with target.open("xb") as copy:
            for portion in self._portions(name):
                copy.write(portion)
            copy.flush()
            os.fsync(copy.fileno())

    def _portions(self, name: str) -> Iterator[bytes]:
        with _faults_in_words(), self._zip.open(self._entry(name)) as file:
            while portion := file.read(COPY_BYTES):
                yield portion

    def _entry(self, name: str) -> zipfile.ZipInfo:
        try:
            return self._entries[name]
        except KeyError:
            raise refused(f"{name} is missing. {REPACKED}") from None

    def _take(self, entry: zipfile.ZipInfo) -> None:
        name = entry.filename
        if name != form.MANIFEST and not form.ENTRY.fullmatch(name):
            raise refused(f"a bundle has no file {name[:200]!r}. {REPACKED}")
        if name in self._entries:
            raise refused(f"it has {name} twice. {REPACKED}")
        if entry.compress_type != zipfile.ZIP_STORED or entry.compress_size != entry.file_size:
            raise refused(f"{name} is compressed. {REPACKED}")
        if entry.flag_bits & 0x1:
            raise refused(f"{name} is encrypted. {REPACKED}")
        self._entries[name] = entry


@contextmanager
def open_archive(file: IO[bytes]) -> Iterator[Archive]:
    """The archive in a file that can be sought in; raises ExportError where it is none of ours."""
    size = _checked_size(file)
    with _faults_in_words():
        zip_file = zipfile.ZipFile(file)
    with zip_file:
        yield Archive(zip_file, size)


def refused(what: str) -> ExportError:
    """That a file is no bundle, with what is wrong; nothing of it was imported."""
    return ExportError(f"This is no sound bundle of runs: {what} Nothing was imported.")


def _checked_size(file: IO[bytes]) -> int:
    """The size of the file, after a look at its end: reading the list of files must not take all memory."""
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - END_BYTES - LONGEST_COMMENT))
    tail = file.read()
    place = tail.rfind(END)
    if size > form.MOST_BYTES or place < 0 or len(tail) - place < END_BYTES:
        raise refused("it is no ZIP archive of at most 4 GB.")
    entries, directory = struct.unpack("<HL", tail[place + 10 : place + 16])
    if END_LOCATOR_64 in tail[:place] or entries > MOST_ENTRIES or directory > MOST_DIRECTORY_BYTES:
        raise refused(f"it lists too many files. {REPACKED}")
    return size


@contextmanager
def _faults_in_words() -> Iterator[None]:
    try:
        yield
    except (zipfile.BadZipFile, zipfile.LargeZipFile, EOFError, struct.error) as error:
        raise refused(f"{error}.") from error
    except (ValueError, UnicodeError, RuntimeError) as error:  # a name or method that zipfile can't read
        raise refused(f"it can't be read ({error}).") from error
