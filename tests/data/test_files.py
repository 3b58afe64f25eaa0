import gzip
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from torchvision.datasets import MNIST

from explorer.data.catalog import DATASETS
from explorer.data.files import load_arrays, read_idx, train_label_counts
from explorer.errors import DatasetError
from explorer.settings import Settings

from .idx_files import pack_idx

Put = Callable[..., Path]


def test_the_bytes_of_the_format_are_read_as_its_author_describes_them(tmp_path: Path) -> None:
    path = tmp_path / "two-by-three"
    path.write_bytes(bytes([0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 255]))
    assert read_idx(path).tolist() == [[1, 2, 3], [4, 5, 255]]


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("dtype", ["uint8", "int8", "int16", "int32", "float32", "float64"])
def test_every_type_and_shape_comes_back_as_written(tmp_path: Path, dtype: str, packed: bool) -> None:
    for shape in [(0,), (7,), (5, 8), (3, 28, 28)]:
        array = np.random.default_rng(3).integers(0, 100, shape).astype(dtype)
        path = tmp_path / ("file.gz" if packed else "file")
        path.write_bytes(gzip.compress(pack_idx(array)) if packed else pack_idx(array))
        read = read_idx(path)
        assert read.dtype.newbyteorder("=") == array.dtype
        np.testing.assert_array_equal(read, array)
        assert not read.flags.writeable


IDX = pack_idx(np.arange(100, dtype=np.uint8).reshape(4, 25))
PACKED = gzip.compress(IDX, mtime=0)  # without the time of day, which differs between processes


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("empty", b"", "ends after 0 bytes"),
        ("short", IDX[:-1], "holds 111 bytes and should hold 112"),
        ("long", IDX + b"x", "holds 113 bytes and should hold 112"),
        ("header-only", IDX[:7], "ends after 7 bytes"),
        ("web-page", b"<html>404</html>", "not the idx format"),
        ("unknown-type", b"\0\0\x07\x01\0\0\0\0", "not the idx format"),
        ("many-dimensions", b"\0\0\x08\x09" + bytes(40), "not the idx format"),
        ("empty.gz", b"", "ends after 0 bytes"),
        ("cut.gz", PACKED[: len(PACKED) // 2], "damaged"),
        ("flipped.gz", PACKED[:60] + bytes([PACKED[60] ^ 1]) + PACKED[61:], "damaged"),
        ("page.gz", b"<html>404</html>", "can't be unpacked"),
        ("short.gz", gzip.compress(IDX[:-1], mtime=0), "holds 111 bytes and should hold 112"),
    ],
)
def test_a_damaged_file_is_named_with_the_reason_and_the_remedy(
    tmp_path: Path, name: str, content: bytes, reason: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(DatasetError) as caught:
        read_idx(path)
    message = str(caught.value)
    assert str(path) in message
    assert reason in message
    assert "Delete it and fetch it again" in message


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="absent is not there"):
        read_idx(tmp_path / "absent")


def test_a_folder_in_the_place_of_a_file_is_an_error_in_words(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="can't be read"):
        read_idx(tmp_path)


@pytest.mark.parametrize("packed", [False, True])
def test_raw_and_packed_files_give_the_same_arrays(put: Put, data_folder: Path, packed: bool) -> None:
    folder = put("mnist", packed=packed)
    arrays = load_arrays("mnist", data_folder)
    assert arrays.train_images.shape == (40, 28, 28)
    assert arrays.test_images.shape == (20, 28, 28)
    assert arrays.train_labels.tolist() == [*range(10)] * 4
    content = (folder / ("train-images-idx3-ubyte" + ".gz" * packed)).read_bytes()
    content = gzip.decompress(content) if packed else content
    assert arrays.train_images.tobytes() == content[16:]
    parts = (arrays.train_images, arrays.train_labels, arrays.test_images, arrays.test_labels)
    assert all(part.dtype == np.uint8 and not part.flags.writeable for part in parts)


def test_emnist_images_stand_upright(put: Put, data_folder: Path) -> None:
    folder = put("emnist_digits")
    stored = read_idx(folder / "emnist-digits-train-images-idx3-ubyte")
    arrays = load_arrays("emnist_digits", data_folder)
    np.testing.assert_array_equal(arrays.train_images[3], stored[3].T)
    assert arrays.train_images.flags.c_contiguous
    assert not arrays.train_images.flags.writeable


def test_qmnist_labels_are_the_first_of_eight_facts_and_10_000_test_images_are_taken(
    put: Put, data_folder: Path
) -> None:
    put("qmnist", test_images=10_003)
    arrays = load_arrays("qmnist", data_folder)
    assert arrays.train_labels.tolist() == [*range(10)] * 4
    assert len(arrays.test_images) == len(arrays.test_labels) == 10_000


def test_missing_files_are_named_with_the_folder_and_what_to_do(put: Put, data_folder: Path) -> None:
    folder = put("kmnist")
    (folder / "t10k-images-idx3-ubyte").unlink()
    with pytest.raises(DatasetError) as caught:
        load_arrays("kmnist", data_folder)
    message = str(caught.value)
    assert f"Kuzushiji-MNIST is not complete in {folder}: t10k-images-idx3-ubyte missing." in message
    assert "python -m explorer data fetch kmnist" in message
    assert "train-images-idx3-ubyte" in message
    assert ".gz" in message


def test_labels_that_do_not_match_the_images_are_refused(put: Put, data_folder: Path) -> None:
    folder = put("mnist")
    (folder / "train-labels-idx1-ubyte").write_bytes(pack_idx(np.zeros(39, np.uint8)))
    with pytest.raises(DatasetError, match="39 labels for 40 images"):
        load_arrays("mnist", data_folder)


def test_labels_outside_the_classes_are_refused(put: Put, data_folder: Path) -> None:
    folder = put("mnist")
    (folder / "t10k-labels-idx1-ubyte").write_bytes(pack_idx(np.full(20, 10, np.uint8)))
    with pytest.raises(DatasetError, match="t10k-labels-idx1-ubyte is damaged: it holds labels outside"):
        load_arrays("mnist", data_folder)


def test_images_of_another_size_are_refused(put: Put, data_folder: Path) -> None:
    folder = put("mnist")
    (folder / "t10k-images-idx3-ubyte").write_bytes(pack_idx(np.zeros((20, 32, 32), np.uint8)))
    with pytest.raises(DatasetError, match=r"t10k-images-idx3-ubyte is damaged: its shape is \(20, 32, 32\)"):
        load_arrays("mnist", data_folder)


def test_training_labels_are_counted_and_shared_evenly_while_their_file_is_missing(
    put: Put, data_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EXPLORER_DATA", str(data_folder))
    assert train_label_counts("mnist") == (6_000,) * 10
    folder = put("mnist")
    labels = np.array([3] * 30 + [8] * 9 + [9], np.uint8)
    (folder / "train-labels-idx1-ubyte").write_bytes(pack_idx(labels))
    assert train_label_counts("mnist") == (0, 0, 0, 30, 0, 0, 0, 0, 9, 1)
    assert train_label_counts("digits") == tuple(np.bincount(load_arrays("digits", folder).train_labels))


def test_the_bundled_digits_need_no_folder_and_are_always_split_alike(data_folder: Path) -> None:
    first, second = load_arrays("digits", data_folder), load_arrays("digits", data_folder)
    assert not data_folder.exists()
    assert first.train_images.shape == (1_437, 28, 28)
    assert first.test_images.shape == (360, 28, 28)
    np.testing.assert_array_equal(first.train_images, second.train_images)
    np.testing.assert_array_equal(first.test_images, second.test_images)
    # Of the ten classes of scikit-learn's digits, 178, 182, 177, 183, 181, 182, 181, 179, 174 and 180;
    # 360/1,797 of them are 35.66, 36.46, 35.46, 36.66, 36.26, 36.46, 36.26, 35.86, 34.86 and 36.06;
    # the whole parts sum to 355, and the five greatest remainders are those of
    # classes 7, 8, 3, 0 and, of the .46, the first greatest.
    assert np.bincount(first.test_labels).tolist() == [36, 37, 35, 37, 36, 36, 36, 36, 35, 36]


def test_reading_data_loads_neither_torch_nor_scikit_learn(data_folder: Path) -> None:
    script = (
        "import sys, pathlib\n"
        "import explorer.data.catalog, explorer.data.fetch, explorer.data.partition\n"
        "from explorer.data.files import load_arrays\n"
        "load_arrays('digits', pathlib.Path(sys.argv[1]))\n"
        "print({'torch', 'torchvision', 'sklearn', 'scipy'} & set(sys.modules))"
    )
    command = [sys.executable, "-c", script, str(data_folder)]
    answer = subprocess.run(command, capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "set()"


@pytest.mark.mnist
def test_real_mnist_has_its_known_counts_and_first_labels(mnist_settings: Settings) -> None:
    arrays = load_arrays("mnist", mnist_settings.data)
    assert (len(arrays.train_images), len(arrays.test_images)) == (60_000, 10_000)
    assert arrays.train_labels[:10].tolist() == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]
    counts = [5_923, 6_742, 5_958, 6_131, 5_842, 5_421, 5_918, 6_265, 5_851, 5_949]
    assert np.bincount(arrays.train_labels).tolist() == counts
    assert DATASETS["mnist"].train_count == sum(counts)


@pytest.mark.mnist
def test_real_mnist_is_read_as_torchvision_reads_it(mnist_settings: Settings) -> None:
    reference = MNIST(mnist_settings.data, train=False)
    arrays = load_arrays("mnist", mnist_settings.data)
    np.testing.assert_array_equal(arrays.test_images, reference.data.numpy())
    np.testing.assert_array_equal(arrays.test_labels, reference.targets.numpy())
