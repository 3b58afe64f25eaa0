"""A dataset of one's own is there whole or not at all, and is used like any other."""

import errno
import json
import os
from pathlib import Path

import numpy as np
import pytest

from explorer.config.run import Data
from explorer.data import own_keeping
from explorer.data.catalog import DATASETS, PresenceState, dataset_of, presence
from explorer.data.files import load_arrays
from explorer.data.own import FACTS, OwnFacts, own_names, read_facts
from explorer.data.own_images import AS_IT_IS, OwnImages, Part
from explorer.data.own_keeping import delete_own, keep_own
from explorer.data.partition import part_sizes
from explorer.errors import ConfigError, DatasetError
from explorer.settings import Settings
from tests.data.own_samples import digits


@pytest.fixture(autouse=True)
def own_home(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXPLORER_HOME", str(settings.home))
    monkeypatch.delenv("EXPLORER_DATA", raising=False)


def sample(seed: int = 0) -> OwnImages:
    return OwnImages(Part(*digits(40, seed)), Part(*digits(10, seed + 1)), "mine.zip", AS_IT_IS, "By hand.")


def test_what_was_kept_is_loaded_like_any_other(settings: Settings) -> None:
    facts = keep_own(sample(), "our-digits", settings.data)
    arrays = load_arrays("own:our-digits", settings.data)
    np.testing.assert_array_equal(arrays.train_images, sample().train.images)
    np.testing.assert_array_equal(arrays.test_labels, sample().test.labels)
    assert presence("own:our-digits", settings.data).is_ready
    assert own_names(settings.data) == ("own:our-digits",)
    assert read_facts("own:our-digits", settings.data) == facts
    known = DATASETS["own:our-digits"]
    assert (known.title, known.train_count, known.test_count) == ("our-digits (own)", 40, 10)
    assert part_sizes(Data(dataset="own:our-digits")).train == 36
    assert sorted(path.name for path in (settings.data / "own").rglob("*") if path.is_file()) == [
        "facts.json", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte",
        "train-images-idx3-ubyte", "train-labels-idx1-ubyte",
    ]  # fmt: skip


def test_once_deleted_it_is_missed_in_words(settings: Settings) -> None:
    keep_own(sample(), "ours", settings.data)
    assert delete_own("ours", settings.data)
    assert not delete_own("ours", settings.data)
    assert own_names(settings.data) == ()
    assert presence("own:ours", settings.data).state is PresenceState.MISSING
    assert DATASETS["own:ours"].class_names == tuple("0123456789")
    with pytest.raises(DatasetError, match=r"ours \(own\) is not in .*add the same images again"):
        load_arrays("own:ours", settings.data)
    with pytest.raises(ConfigError, match=r"data\.dataset must be a dataset that is here"):
        part_sizes(Data(dataset="own:ours"))


def test_a_name_takes_back_its_own_images_and_no_others(settings: Settings) -> None:
    keep_own(sample(), "ours", settings.data)
    with pytest.raises(DatasetError, match="a dataset called ours already"):
        keep_own(sample(), "ours", settings.data)
    delete_own("ours", settings.data)
    with pytest.raises(DatasetError, match="Other images were called ours before"):
        keep_own(sample(seed=5), "ours", settings.data)
    keep_own(sample(), "ours", settings.data)
    assert presence("own:ours", settings.data).is_ready


@pytest.mark.parametrize("name", ["", "Ours", "../x", "a/b", "a b", "x" * 41, "ours\n", "."])
def test_a_name_that_could_lead_elsewhere_is_refused(settings: Settings, name: str) -> None:
    with pytest.raises(DatasetError, match="A name has 1 to 40"):
        keep_own(sample(), name, settings.data)
    assert not settings.data.exists()


def test_where_the_data_folder_is_read_only_it_lies_in_the_home(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared = tmp_path / "shared"
    make = own_keeping.tempfile.mkdtemp

    def refuse(*args: str, dir: Path, **named: str) -> str:  # noqa: A002 - as tempfile calls it
        if Path(dir).is_relative_to(shared):
            raise OSError(errno.EROFS, "Read-only file system")
        return make(*args, dir=dir, **named)

    monkeypatch.setattr(own_keeping.tempfile, "mkdtemp", refuse)
    keep_own(sample(), "ours", shared)
    assert (settings.home / "own" / "ours" / FACTS).is_file()
    np.testing.assert_array_equal(load_arrays("own:ours", shared).train_images, sample().train.images)
    assert Path(dataset_of("own:ours", shared).folder).is_relative_to(settings.home)
    assert delete_own("ours", shared)


def test_a_full_disk_leaves_nothing(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []

    def full(descriptor: int) -> None:
        calls.append(descriptor)
        if len(calls) == 3:
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DatasetError, match=r"No space left.*Nothing was left half-written"):
        keep_own(sample(), "ours", settings.data)
    assert list((settings.data / "own").iterdir()) == []
    assert own_names(settings.data) == ()


def test_facts_that_are_damaged_make_no_dataset(settings: Settings) -> None:
    keep_own(sample(), "ours", settings.data)
    path = settings.data / "own" / "ours" / FACTS
    sound = json.loads(path.read_text())
    faulty = ({"train_counts": [-1] * 10}, {"train_counts": [1]}, {"more": 1})
    for damaged in ("[" * 50_000, "{}", "[]", *(json.dumps({**sound, **fault}) for fault in faulty)):
        path.write_text(damaged)
        assert own_names(settings.data) == ()
    path.write_text(json.dumps({**sound, "name": "../../other"}))
    found = read_facts("own:ours", settings.data)
    assert isinstance(found, OwnFacts)
    assert found.name == "ours"
