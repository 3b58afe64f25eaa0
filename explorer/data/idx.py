"""The header of an idx file: what the file says it holds, checked against its length."""

import gzip
import zlib
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

# LeCun's idx format: two zero bytes, a type code, the number of dimensions, then each as a big-endian int32.
TYPES: dict[int, np.dtype[Any]] = {
    0x08: np.dtype(np.uint8),
    0x09: np.dtype(np.int8),
    0x0B: np.dtype(">i2"),
    0x0C: np.dtype(">i4"),
    0x0D: np.dtype(">f4"),
    0x0E: np.dtype(">f8"),
}
MOST_DIMENSIONS = 3


class IdxError(ValueError):
    """The bytes are no sound idx file; the message says what is wrong with them."""


@dataclass(frozen=True, slots=True)
class IdxHeader:
    """What the first bytes say: the element type, the shape, and where the elements start (bytes)."""

    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    offset: int

    @property
    def size(self) -> int:
        """The length in bytes of the whole file, uncompressed."""
        return self.offset + prod(self.shape) * self.dtype.itemsize


def parse_header(start: bytes) -> IdxHeader:
    """The header in the first bytes of an idx file.

    Raises:
        IdxError: the bytes are too few or do not start an idx file.
    """
    if len(start) < 4:
        raise IdxError(f"it ends after {len(start)} bytes")
    dimensions = start[3]
    if start[:2] != b"\0\0" or start[2] not in TYPES or not 1 <= dimensions <= MOST_DIMENSIONS:
        raise IdxError(f"it starts with the bytes {start[:4].hex(' ')}, which is not the idx format")
    offset = 4 + 4 * dimensions
    if len(start) < offset:
        raise IdxError(f"it ends after {len(start)} bytes")
    shape = tuple(int(length) for length in np.frombuffer(start, ">u4", dimensions, 4))
    return IdxHeader(TYPES[start[2]], shape, offset)


def check_file(path: Path) -> IdxHeader:
    """The header of a raw or ``.gz`` file, its promised length compared with the real one.

    Reads a few bytes only: for ``.gz`` the length is the one that gzip noted at its end (RFC 1952).

    Raises:
        IdxError: not an idx file, or shorter or longer than its header says.
        OSError: the file can't be read.
    """
    most = 4 + 4 * MOST_DIMENSIONS
    with path.open("rb") as file:
        if path.suffix == ".gz":
            try:
                with gzip.open(file) as unpacked:
                    header = parse_header(unpacked.read(most))
            except (gzip.BadGzipFile, EOFError, zlib.error) as error:
                raise IdxError(f"it can't be unpacked ({error})") from None
            file.seek(-4, 2)
            length = int.from_bytes(file.read(4), "little")
        else:
            header = parse_header(file.read(most))
            length = file.seek(0, 2)
    if length != header.size % 2**32:
        raise IdxError(f"it holds {length:,} bytes and should hold {header.size:,}")
    return header
