"""Idx files of one's own: what they say is checked before it is unpacked, and pairs are found."""

import gzip
import io
import struct

import numpy as np
import pytest

from explorer.data.own_idx import read_idx_file
from explorer.data.own_reading import read_own
from explorer.errors import DatasetError
from tests.data.own_samples import as_idx, digits, upload


def header(*shape: int, code: int = 8) -> bytes:
    return struct.pack(f">4B{len(shape)}I", 0, 0, code, len(shape), *shape)


def test_a_pair_is_read_in_any_order_packed_or_not() -> None:
    images, labels = digits(50)
    found = read_own([upload("l.gz", gzip.compress(as_idx(labels))), upload("i", as_idx(images))])
    np.testing.assert_array_equal(np.sort(found.train.labels), np.sort(np.tile(np.arange(10), 4)))
    assert found.test.counts == (1,) * 10
    everything = {image.tobytes() for part in (found.train, found.test) for image in part.images}
    assert everything == {image.tobytes() for image in images}


def test_of_four_files_those_named_test_are_for_testing() -> None:
    (images, labels), (others, other_labels) = digits(40), digits(20, seed=1)
    files = {"t10k-images": others, "train-images": images, "train-labels": labels}
    files["t10k-labels"] = other_labels
    found = read_own([upload(name, as_idx(array)) for name, array in files.items()])
    np.testing.assert_array_equal(found.train.images, images)
    np.testing.assert_array_equal(found.test.images, others)
    assert found.split == "The files say which images are for testing."


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (header(10, 32, 32) + bytes(10_240), r"shape \(10, 32, 32\)"),
        (header(10, 28, 28, code=14) + bytes(8 * 7_840), "float64"),
        (header(2**32 - 1, 28, 28), "4,294,967,295"),
        (header(200_000), "200,000"),
        (header(5, 28, 28) + bytes(100), "should hold 3,936 bytes and holds 116"),
        (header(5, 28, 28) + bytes(3_921), "holds more"),
        (header(3) + bytes([1, 2, 17]), "the label 17"),
        (b"\x00\x00\x55\x03" + bytes(12), "damaged"),
        (b"\x00\x00\x08\x7f" + bytes(12), "damaged"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_file_that_is_no_dataset_is_refused_in_words(content: bytes, words: str) -> None:
    for packed in (content, gzip.compress(content)):
        with pytest.raises(DatasetError, match=words):
            read_idx_file(io.BytesIO(packed), "mine")


def test_of_a_packed_file_no_more_is_unpacked_than_its_header_says() -> None:
    bomb = gzip.compress(header(30) + bytes(100_000_000), compresslevel=1)
    stream = io.BytesIO(bomb)
    with pytest.raises(DatasetError, match="holds more"):
        read_idx_file(stream, "bomb.gz")
    assert stream.tell() < len(bomb)


def test_files_that_do_not_belong_together_are_named() -> None:
    images, labels = digits(40)
    with pytest.raises(DatasetError, match=r"40 images and b 39 labels"):
        read_own([upload("a", as_idx(images)), upload("b", as_idx(labels[:39]))])
    with pytest.raises(DatasetError, match=r"a and b are no images and their labels"):
        read_own([upload("a", as_idx(images)), upload("b", as_idx(images))])
    with pytest.raises(DatasetError, match=r"make no pairs: a"):
        read_own([upload("a", as_idx(images))])
