"""A ZIP from outside: its entries checked by what it says, and read by what it holds."""

import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from stat import S_IFMT, S_ISLNK, S_ISREG
from typing import BinaryIO

from explorer.errors import DatasetError, shortened

MOST_ENTRIES = 110_000
MOST_DIRECTORY_BYTES = 200 * MOST_ENTRIES  # each entry has a name and 46 bytes of facts
MOST_FILE_BYTES = 20_000_000
MOST_BYTES = 500_000_000
MOST_RATIO, FREE_OF_RATIO = 250, 1_000_000  # bytes that may be packed as tightly as they like
METHODS = (
    zipfile.ZIP_STORED,
    zipfile.ZIP_DEFLATED,
)  # LZMA lets the file choose how much memory it takes
END, END_64, LOCATOR_64 = b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x07"
LONGEST_END = 22 + 65_535  # bytes: the last record and its comment
PORTION = 65_536
REMEDY = "Nothing was kept of it."

_DAMAGE = (
    zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, LookupError, RuntimeError, struct.error,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Entry:
    """A file in a ZIP; its path was checked, and is never one on this machine."""

    info: zipfile.ZipInfo
    path: PurePosixPath


class Archive:
    """The files of a ZIP, read into memory one at a time; nothing is ever written by their names."""

    def __init__(self, stream: BinaryIO, name: str) -> None:
        """Check all that the ZIP says of its entries.

        Raises:
            DatasetError: damaged, too large, too tightly packed, encrypted, or with an entry that is a link
                or whose name leads elsewhere.
        """
        self._name, self._read_bytes = name, 0
        try:
            _check_directory(stream, name)
            stream.seek(0)
            self._zip = zipfile.ZipFile(stream)
            infos = self._zip.infolist()
        except _DAMAGE as error:
            raise DatasetError(f"{name} is no sound ZIP: {error}. {REMEDY}") from error
        if len(infos) > MOST_ENTRIES:
            raise DatasetError(f"{name} holds more than {MOST_ENTRIES:,} files. {REMEDY}")
        self.entries = tuple(self._entry(info) for info in infos if not info.is_dir())
        total = sum(entry.info.file_size for entry in self.entries)
        if total > MOST_BYTES:
            most = f"at most {MOST_BYTES / 1e6:,.0f} are read"
            raise DatasetError(f"{name} would unpack to {total / 1e6:,.0f} MB; {most}. {REMEDY}")

    def read(self, entry: Entry) -> bytes:
        """All of a file, checked against its checksum.

        Raises:
            DatasetError: damaged, or holding more than the ZIP says.
        """
        return b"".join(self.portions(entry, MOST_FILE_BYTES))

    def portions(self, entry: Entry, most: int) -> Iterator[bytes]:
        """A file of at most so many bytes, portion by portion; raises DatasetError as ``read`` does."""
        done = 0
        try:
            with self._zip.open(entry.info) as file:
                while portion := file.read(PORTION):
                    done += len(portion)
                    self._read_bytes += len(portion)
                    packed = max(entry.info.compress_size, 1)
                    if done > FREE_OF_RATIO and done / packed > MOST_RATIO:
                        raise DatasetError(self._bomb(entry))
                    if done > most or self._read_bytes > MOST_BYTES:
                        raise DatasetError(
                            f"{_shown(entry.info.filename)} in {self._name} is too large: at most "
                            f"{most / 1e6:,.0f} MB are read. {REMEDY}"
                        )
                    yield portion
        except _DAMAGE as error:
            raise DatasetError(
                f"{_shown(entry.info.filename)} in {self._name} is damaged: {error}. {REMEDY}"
            ) from error

    def _entry(self, info: zipfile.ZipInfo) -> Entry:
        # The name as it is in the file: ZipInfo cuts it at a zero byte, and turns \ into / on Windows only.
        raw, shown = info.orig_filename, _shown(info.orig_filename)
        path = PurePosixPath(raw.replace("\\", "/"))
        if path.is_absolute() or ".." in path.parts or ":" in path.parts[0] or not raw.isprintable():
            what = "a name that leads out of its folder. It may be hostile"
            raise DatasetError(f"{self._name} holds {shown}, {what}. {REMEDY}")
        kind = S_IFMT(info.external_attr >> 16)
        if S_ISLNK(kind) or (kind and not S_ISREG(kind)):
            raise DatasetError(f"{self._name} holds {shown}, a link to another place, and no file. {REMEDY}")
        if info.flag_bits & 1:
            raise DatasetError(f"{self._name} is locked with a password. Pack it anew without one. {REMEDY}")
        if info.compress_type not in METHODS:
            raise DatasetError(f"{shown} in {self._name} is packed in an unusual way. Use deflate. {REMEDY}")
        size, packed = info.file_size, max(info.compress_size, 1)
        if size > FREE_OF_RATIO and size / packed > MOST_RATIO:
            raise DatasetError(self._bomb(Entry(info, path)))
        return Entry(info, path)

    def _bomb(self, entry: Entry) -> str:
        return (
            f"{_shown(entry.info.filename)} in {self._name} would unpack to more than {MOST_RATIO} times its "
            f"size. It may be hostile. {REMEDY}"
        )


def _check_directory(stream: BinaryIO, name: str) -> None:
    """Refuse a list of entries that would fill the memory, before it is read."""
    length = stream.seek(0, 2)
    stream.seek(max(length - LONGEST_END - 20, 0))
    tail = stream.read()
    place = tail.rfind(END)
    if place < 0 or len(tail) - place < 22:
        raise zipfile.BadZipFile("its end is missing")
    count, size = struct.unpack("<HI", tail[place + 10 : place + 16])
    locator = place - 20
    if locator >= 0 and tail[locator : locator + 4] == LOCATOR_64:
        (start,) = struct.unpack("<Q", tail[locator + 8 : locator + 16])
        if start > length - 56:
            raise zipfile.BadZipFile("its end is damaged")
        stream.seek(start)
        record = stream.read(56)
        if record[:4] != END_64:
            raise zipfile.BadZipFile("its end is damaged")
        count, size = struct.unpack("<QQ", record[32:48])
    if count > MOST_ENTRIES or size > MOST_DIRECTORY_BYTES:
        raise DatasetError(f"{name} holds more than {MOST_ENTRIES:,} files. {REMEDY}")


def _shown(name: str) -> str:
    return shortened(repr(name))
