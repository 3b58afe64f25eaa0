"""A CSV of digits is read exactly, in portions, and every fault is named with its line."""

import io

import numpy as np
import pytest

from explorer.data import own_csv
from explorer.data.own_images import Part
from explorer.data.own_reading import unheard
from explorer.errors import DatasetError
from tests.data.own_samples import as_csv, digits


def read(content: bytes) -> Part:
    return own_csv.read_csv(io.BytesIO(content), "train.csv", len(content), unheard)


@pytest.mark.parametrize("header", [True, False])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("block_bytes", [1_000_000, 4_999])
def test_every_number_is_read_as_it_is_written(
    monkeypatch: pytest.MonkeyPatch, header: bool, end: str, block_bytes: int
) -> None:
    monkeypatch.setattr(own_csv, "BLOCK_BYTES", block_bytes)
    images, labels = digits(12)
    part = read(as_csv(images, labels, header, end))
    np.testing.assert_array_equal(part.images, images)
    np.testing.assert_array_equal(part.labels, labels)


def test_the_last_line_needs_no_end_and_empty_lines_say_nothing() -> None:
    images, labels = digits(3)
    content = as_csv(images, labels).rstrip(b"\n").replace(b"\n", b"\n\n")
    np.testing.assert_array_equal(read(content).images, images)


def with_cell(line: int, column: int, cell: str) -> bytes:
    lines = [line.split(",") for line in as_csv(*digits(5)).decode().splitlines()]
    lines[line][column] = cell
    return "\n".join(",".join(line) for line in lines).encode()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (with_cell(3, 0, "10"), "Line 4 of train.csv: label must be a whole number in 0…9, got '10'"),
        (with_cell(3, 0, ""), "Line 4 of train.csv: label .* got nothing"),
        (with_cell(1, 784, "256"), "Line 2 of train.csv: pixel783 must be .* in 0…255, got '256'"),
        (with_cell(2, 5, "nan"), "Line 3 of train.csv: pixel4 .* got 'nan'"),
        (with_cell(2, 5, "-1"), "pixel4 .* got '-1'"),
        (with_cell(2, 5, "0.5"), "pixel4 .* got '0.5'"),
        (with_cell(2, 5, "1e400"), "pixel4 .* got '1e400'"),
        (with_cell(2, 5, "٣"), "pixel4 .* got '٣'"),
        (with_cell(2, 5, "0000000001"), "pixel4 .* got '0000000001'"),
        (with_cell(2, 5, "1,1"), "Line 3 of train.csv has 786 values and should have 785"),
        (as_csv(*digits(2)) + b"1,2,3\n", "Line 4 of train.csv has 3 values"),
        (as_csv(*digits(0)), "holds no images"),
        (b"name,age\nx,3\n", "has no column label"),
        (b"pixel0,label\n", "another place than the first"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_a_fault_is_named_with_its_line_and_column(content: bytes, words: str) -> None:
    with pytest.raises(DatasetError, match=words):
        read(content)


def test_a_missing_column_is_named() -> None:
    header = ",".join(["label", *(f"pixel{number}" for number in range(784) if number != 77)])
    with pytest.raises(DatasetError, match=r"has 784 columns and should have 785; pixel77 is missing"):
        read(header.encode() + b"\n")


def test_the_file_without_answers_is_told_from_the_one_with() -> None:
    header = ",".join(f"pixel{number}" for number in range(784))
    with pytest.raises(DatasetError, match=r"test\.csv, which has no answers: take train\.csv"):
        read(header.encode() + b"\n")


def test_a_file_without_end_is_left_after_its_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    class Endless(io.RawIOBase):
        def __init__(self, content: bytes) -> None:
            self.content, self.read_bytes = content, 0

        def read(self, size: int = -1) -> bytes:
            self.read_bytes += size
            return self.content * (size // len(self.content))

    endless = Endless(as_csv(*digits(1), header=False))
    monkeypatch.setattr(own_csv, "MOST_BYTES", 3_000_000)
    with pytest.raises(DatasetError, match="more than 3 MB"):
        own_csv.read_csv(endless, "train.csv", 1, unheard)  # type: ignore[arg-type]
    assert endless.read_bytes <= 5_000_000
    with pytest.raises(DatasetError, match=r"line of more than 20,000"):
        own_csv.read_csv(Endless(b"1,"), "train.csv", 1, unheard)  # type: ignore[arg-type]
