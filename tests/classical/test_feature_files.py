import errno
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from explorer.classical import feature_files
from explorer.classical.feature_files import (
    FeatureProgress,
    computed_features,
    dataset_features,
    open_features,
)
from explorer.classical.features import hog_features
from explorer.config.run import Hog
from explorer.data.files import load_arrays
from explorer.errors import DatasetError, StoreError
from tests.data.idx_files import pack_idx

ROOT = Path(__file__).resolve().parents[2]
HOG = Hog(cell_size=14, block_size=1)  # 36 numbers an image: quick


def only_folder(home: Path) -> Path:
    (folder,) = (home / "features").iterdir()
    return folder


def test_features_on_disk_are_those_computed_image_by_image(tmp_path):
    features = dataset_features("digits", HOG, tmp_path, tmp_path / "home")
    arrays = load_arrays("digits", tmp_path)
    assert np.array_equal(features.train, hog_features(arrays.train_images, HOG))
    assert np.array_equal(features.test, hog_features(arrays.test_images, HOG))
    assert isinstance(features.train, np.memmap)
    assert not features.train.flags.writeable


def test_the_second_time_nothing_is_computed(tmp_path):
    told: list[FeatureProgress] = []
    dataset_features("digits", HOG, tmp_path, tmp_path / "home", told.append)
    assert told[-1] == FeatureProgress(1797, 1797)
    with pytest.raises(StopIteration) as end:
        next(computed_features("digits", HOG, tmp_path, tmp_path / "home"))
    assert end.value.value.train.shape == (1437, 36)


def test_a_page_finds_features_once_they_are_computed(tmp_path):
    assert open_features("digits", HOG, tmp_path, tmp_path / "home") is None
    computed = dataset_features("digits", HOG, tmp_path, tmp_path / "home")
    found = open_features("digits", HOG, tmp_path, tmp_path / "home")
    assert found is not None
    assert np.array_equal(found.test, computed.test)


@pytest.mark.parametrize("damage", ["cut", "flipped", "gone", "emptied", "checksums"])
def test_a_damaged_file_is_computed_anew(tmp_path, damage):
    home = tmp_path / "home"
    whole = np.array(dataset_features("digits", HOG, tmp_path, home).train)
    path = only_folder(home) / "train.npy"
    content = bytearray(path.read_bytes())
    match damage:
        case "cut":
            path.write_bytes(content[:-1])
        case "flipped":
            content[-1] ^= 1
            path.write_bytes(content)
        case "gone":
            path.unlink()
        case "emptied":
            path.write_bytes(b"")
        case "checksums":
            (only_folder(home) / "features.json").write_text("[]")
    assert np.array_equal(dataset_features("digits", HOG, tmp_path, home).train, whole)
    assert only_folder(home).joinpath("train.npy").stat().st_size == len(content)


def test_who_stops_in_between_leaves_nothing_behind(tmp_path):
    steps = computed_features("digits", HOG, tmp_path, tmp_path / "home")
    next(steps)
    assert list((tmp_path / "home" / "features").iterdir())
    steps.close()
    assert not list((tmp_path / "home" / "features").iterdir())


def test_two_processes_at_once_end_with_one_whole_set(tmp_path):
    home = tmp_path / "home"
    program = (
        "import sys; from pathlib import Path\n"
        "from explorer.classical.feature_files import dataset_features\n"
        "from explorer.config.run import Hog\n"
        "hog = Hog(cell_size=14, block_size=1)\n"
        "print(dataset_features('digits', hog, Path('.'), Path(sys.argv[1])).train.sum())"
    )
    command = [sys.executable, "-c", program, str(home)]
    both = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    first, second = (process.communicate(timeout=60)[0] for process in both)
    assert [process.returncode for process in both] == [0, 0]
    assert first == second
    assert sorted(path.name for path in only_folder(home).iterdir()) == [
        "features.json",
        "test.npy",
        "train.npy",
    ]


def test_who_comes_second_keeps_the_files_of_the_first(tmp_path):
    home = tmp_path / "home"
    steps = computed_features("digits", HOG, tmp_path, home)
    next(steps)
    dataset_features("digits", HOG, tmp_path, home)
    kept = (only_visible(home) / "train.npy").stat().st_ino
    assert [progress.done for progress in steps][-1] == 1797
    assert (only_folder(home) / "train.npy").stat().st_ino == kept


def only_visible(home: Path) -> Path:
    (folder,) = (path for path in (home / "features").iterdir() if not path.name.startswith("."))
    return folder


def test_what_a_killed_process_left_is_removed_once_it_is_old(tmp_path):
    left = tmp_path / "home" / "features" / ".digits-hog-9-7-2-0-0"
    fresh = left.with_name(".digits-hog-9-7-2-0-1")
    for folder in (left, fresh):
        folder.mkdir(parents=True)
        (folder / "train.npy").write_bytes(b"half")
    for path in (left / "train.npy", left):
        os.utime(path, (1, 1))
    dataset_features("digits", HOG, tmp_path, tmp_path / "home")
    assert not left.exists()
    assert fresh.exists()


def test_other_settings_and_other_images_have_other_files(tmp_path):
    raw = tmp_path / "data" / "MNIST" / "raw"
    random = np.random.default_rng(0)

    def write(count: int) -> None:
        for part, n in (("train", count), ("t10k", 20)):
            images = random.integers(0, 256, (n, 28, 28), np.uint8)
            (raw / f"{part}-images-idx3-ubyte").write_bytes(pack_idx(images))
            (raw / f"{part}-labels-idx1-ubyte").write_bytes(pack_idx(np.arange(n, dtype=np.uint8) % 10))

    raw.mkdir(parents=True)
    home, data = tmp_path / "home", tmp_path / "data"
    write(30)
    first = dataset_features("mnist", HOG, data, home)
    assert first.train.shape == (30, 36)
    assert dataset_features("mnist", Hog(cell_size=14, block_size=2), data, home).train.shape == (30, 36)
    write(40)
    assert open_features("mnist", HOG, data, home) is None
    assert dataset_features("mnist", HOG, data, home).train.shape == (40, 36)
    assert len(list((home / "features").iterdir())) == 3


def test_a_missing_dataset_is_told_before_anything_is_written(tmp_path):
    with pytest.raises(DatasetError, match="is not complete"):
        dataset_features("mnist", HOG, tmp_path, tmp_path / "home")
    assert not (tmp_path / "home").exists()


def test_a_home_that_is_a_file_is_told_in_words(tmp_path):
    (tmp_path / "home").write_text("")
    with pytest.raises(StoreError, match=r"HOG features could not be kept in .*Not a directory"):
        dataset_features("digits", HOG, tmp_path, tmp_path / "home")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs Linux's device that is always full")
def test_a_full_disk_is_told_in_words(tmp_path, monkeypatch):
    home = tmp_path / "home"
    real_write = feature_files._write

    def onto_a_full_disk(folder, *rest):
        (folder / "train.npy").symlink_to("/dev/full")
        return real_write(folder, *rest)

    monkeypatch.setattr(feature_files, "_write", onto_a_full_disk)
    with pytest.raises(StoreError, match="The disk is full") as caught:
        dataset_features("digits", HOG, tmp_path, home)
    assert isinstance(caught.value.__cause__, OSError)
    assert caught.value.__cause__.errno == errno.ENOSPC
    assert not list((home / "features").iterdir())
