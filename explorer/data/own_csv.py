"""A CSV of digits as Kaggle's Digit Recognizer has it: a label and 784 pixels a line."""

from collections.abc import Iterator
from typing import BinaryIO, NoReturn

import numpy as np
from numpy.typing import NDArray

from explorer.data.own_images import SIDE, Part, Report, check_count, joined
from explorer.errors import DatasetError, shortened

PIXELS = SIDE * SIDE
COLUMNS = 1 + PIXELS
BLOCK_BYTES = 1_000_000
LONGEST_LINE = 20_000  # bytes; 785 numbers take at most 3,925
MOST_BYTES = 400_000_000  # 100,000 lines of that length
FORM = "label,pixel0,…,pixel783"
COMMA, NEWLINE, ZERO = ord(","), ord("\n"), ord("0")


def read_csv(stream: BinaryIO, name: str, size: int, report: Report) -> Part:
    """The images in a CSV with or without a line of names, read in portions of a megabyte.

    ``size`` in bytes is only for ``report``. Numbers are whole, labels 0…9, pixels 0…255, row by row.

    Raises:
        DatasetError: names the line and the column of the first fault.
    """
    parts: list[Part] = []
    line, done, images = 1, 0, 0
    for block in _blocks(stream, name):
        done += len(block)
        if done > MOST_BYTES:
            raise DatasetError(f"{name} has more than {MOST_BYTES / 1e6:,.0f} MB. Take a part of it.")
        lines = block.replace(b"\r", b"")
        if line == 1:
            first, _, rest = lines.partition(b"\n")
            if _is_header(first, name):
                lines, line = rest, 2
        while b"\n\n" in lines:  # an empty line says nothing
            lines = lines.replace(b"\n\n", b"\n")
        lines = lines.removeprefix(b"\n")
        if lines:
            parts.append(_read_lines(lines, name, line))
            images += len(parts[-1])
            line += lines.count(b"\n")
            check_count(images)
        report(min(done / max(size, 1), 1.0))
    if not images:
        raise DatasetError(f"{name} holds no images. It should begin with {FORM} and have a line an image.")
    return joined(parts)


def looks_like_csv(start: bytes) -> bool:
    """Whether a file may be one, by its first bytes: text with commas."""
    first = start.partition(b"\n")[0]
    return b"," in first and all(byte >= 32 or byte in (9, 13) for byte in first)


def _blocks(stream: BinaryIO, name: str) -> Iterator[bytes]:
    """Whole lines, about a megabyte at a time, each block ending with a line's end."""
    left = b""
    while portion := stream.read(BLOCK_BYTES):
        whole, newline, rest = portion.rpartition(b"\n")
        if newline:
            yield left + whole + newline
            left = rest
        else:
            left += portion
        if len(left) > LONGEST_LINE:
            raise DatasetError(f"{name} has a line of more than {LONGEST_LINE:,} characters. {_expected()}")
    if left:
        yield left + b"\n"


def _is_header(first: bytes, name: str) -> bool:
    """Whether the first line names the columns; refuses names that don't fit."""
    text = first.decode("utf-8-sig", errors="replace")
    cells = [cell.strip().strip('"').lower() for cell in text.split(",")]
    if cells[0].isascii() and cells[0].isdecimal():
        return False
    if "label" not in cells:
        answers = " It looks like Kaggle's test.csv, which has no answers: take train.csv." * (
            len(cells) == PIXELS
        )
        raise DatasetError(f"{name} has no column label.{answers} {_expected()}")
    if cells[0] != "label":
        raise DatasetError(f"{name} has label in another place than the first column. {_expected()}")
    if len(cells) != COLUMNS:
        wanted = (f"pixel{number}" for number in range(PIXELS))
        missing = next((pixel for pixel in wanted if pixel not in cells), "") if "pixel0" in cells else ""
        which = f"; {missing} is missing" if missing else ""
        count = f"{len(cells):,} columns and should have {COLUMNS}"
        raise DatasetError(f"{name} has {count}{which}. {_expected()}")
    return True


def _read_lines(lines: bytes, name: str, first_line: int) -> Part:
    """The images in whole lines; on arrays of bytes, since there are millions of numbers."""
    signs = np.frombuffer(lines, np.uint8)
    digits = signs - np.uint8(ZERO)  # what is no digit becomes 10 or more
    ends = np.flatnonzero(digits > 9)
    separators = signs[ends]
    is_sound = bool(((separators == COMMA) | (separators == NEWLINE)).all())
    is_sound = is_sound and len(ends) % COLUMNS == 0 and _are_rows(separators)
    if not is_sound:
        _explain(lines, name, first_line)
    lengths = np.diff(ends, prepend=-1) - 1
    if lengths.min() < 1 or lengths.max() > 3:
        _explain(lines, name, first_line)
    values = digits[ends - 1].astype(np.uint16)
    values[lengths > 1] += digits[ends[lengths > 1] - 2].astype(np.uint16) * 10
    values[lengths > 2] += digits[ends[lengths > 2] - 3].astype(np.uint16) * 100
    table = values.reshape(-1, COLUMNS)
    if table.max() > 255 or table[:, 0].max() > 9:
        _explain(lines, name, first_line)
    pixels: NDArray[np.uint8] = table[:, 1:].astype(np.uint8)
    return Part(pixels.reshape(-1, SIDE, SIDE), table[:, 0].astype(np.uint8))


def _are_rows(separators: NDArray[np.uint8]) -> bool:
    """Whether each line ends after 785 numbers, and nowhere else."""
    is_end = (separators == NEWLINE).reshape(-1, COLUMNS)
    return bool(is_end[:, -1].all() and is_end.sum() == len(is_end))


def _explain(lines: bytes, name: str, first_line: int) -> NoReturn:
    """Say what is wrong with the first faulty line."""
    for number, line in enumerate(lines.splitlines(), first_line):
        cells = line.decode("utf-8", errors="replace").split(",")
        if len(cells) != COLUMNS:
            count = f"{len(cells):,} values and should have {COLUMNS}"
            raise DatasetError(f"Line {number:,} of {name} has {count}. {_expected()}")
        for column, cell in enumerate(cells):
            most = 255 if column else 9
            if not (cell.isascii() and cell.isdecimal() and len(cell) <= 3 and int(cell) <= most):
                what = f"pixel{column - 1}" if column else "label"
                got = shortened(repr(cell)) if cell else "nothing"
                raise DatasetError(
                    f"Line {number:,} of {name}: {what} must be a whole number in 0…{most}, got {got}."
                )
    raise DatasetError(f"{name} can't be read from line {first_line:,} on. {_expected()}")


def _expected() -> str:
    return f"A line should hold the label and the 784 pixels of an image, row by row: {FORM}."
