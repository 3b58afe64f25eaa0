"""Weights are kept evenly, bounded in number, and whole."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from explorer.errors import CheckpointError, StoreError
from explorer.settings import Settings, read_settings
from explorer.storage.checkpoints import MOST_KEPT, Checkpoints, kept_epochs

WEIGHTS = {"output.weight": np.arange(6, dtype=np.float32).reshape(2, 3)}


@pytest.fixture
def checkpoints(settings: Settings) -> Checkpoints:
    return Checkpoints(settings, 7)


def test_weights_come_back_as_they_were(checkpoints: Checkpoints) -> None:
    checkpoints.save_epoch(5, WEIGHTS)
    assert (checkpoints.folder / "epoch-0005.safetensors").is_file()
    loaded = checkpoints.load(5)
    assert loaded.keys() == WEIGHTS.keys()
    np.testing.assert_array_equal(loaded["output.weight"], WEIGHTS["output.weight"])


def test_a_run_without_a_folder_has_nothing_kept(checkpoints: Checkpoints) -> None:
    assert checkpoints.epochs() == ()
    assert checkpoints.load_state() is None
    checkpoints.delete()
    checkpoints.forget_after(0)
    with pytest.raises(CheckpointError):
        checkpoints.load(1)


def test_each_run_has_a_folder_of_its_own(settings: Settings) -> None:
    Checkpoints(settings, 1).save_epoch(1, WEIGHTS)
    assert Checkpoints(settings, 2).epochs() == ()


def test_the_newest_state_replaces_the_one_before(checkpoints: Checkpoints) -> None:
    checkpoints.save_state(WEIGHTS, {"epoch": "1"})
    checkpoints.save_state({"m/output.weight": np.zeros(2)}, {"epoch": "2"})
    kept = checkpoints.load_state()
    assert kept is not None
    assert list(kept[0]) == ["m/output.weight"]
    assert kept[1] == {"epoch": "2"}
    assert checkpoints.epochs() == ()


def test_short_runs_keep_every_epoch() -> None:
    assert kept_epochs(60) == set(range(1, 61))


def test_the_sixty_first_epoch_thins_to_every_second() -> None:
    assert kept_epochs(61) == set(range(1, 62, 2))
    assert kept_epochs(62, 10) == {*range(1, 62, 2), 10, 62}


@given(st.integers(1, 1000), st.data())
def test_first_newest_and_best_are_among_at_most_sixty(newest: int, data: st.DataObject) -> None:
    best = data.draw(st.integers(1, newest))
    kept = kept_epochs(newest, best)
    assert {1, newest, best} <= kept <= set(range(1, newest + 1))
    assert len(kept) <= MOST_KEPT
    assert newest < 60 or len(kept) >= MOST_KEPT / 2


@given(st.integers(1, 999))
def test_what_is_kept_later_was_kept_before(newest: int) -> None:
    assert kept_epochs(newest + 1) - {newest + 1} <= kept_epochs(newest)


@examples(deadline=None, max_examples=10)
@given(stops=st.lists(st.integers(1, 150), min_size=1, max_size=4), stride=st.integers(1, 40))
def test_at_most_sixty_are_kept_however_the_run_is_resumed(
    stops: list[int], stride: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    home = tmp_path_factory.mktemp("home")
    checkpoints = Checkpoints(read_settings({"EXPLORER_HOME": str(home)}), 1)
    checkpoints.folder.mkdir(parents=True)
    begin, best = 1, 1
    for stop in stops:  # resumed at any epoch, forgetting nothing, with a best epoch now and then
        for epoch in range(begin, begin + stop):
            best = epoch if epoch % stride == 0 else best
            checkpoints.save_epoch(epoch, {"w": np.zeros(1)}, best_epoch=best)
            kept = checkpoints.epochs()
            assert len(kept) <= MOST_KEPT
            assert {1, best, epoch, max(kept)} <= set(kept)
        begin = max(1, begin + stop // 2)


def test_later_weights_are_forgotten_before_a_resumed_run(checkpoints: Checkpoints) -> None:
    for epoch in (1, 2, 3):
        checkpoints.save_epoch(epoch, WEIGHTS)
    checkpoints.forget_after(2)
    assert checkpoints.epochs() == (1, 2)


def test_other_files_in_the_folder_are_no_checkpoints(checkpoints: Checkpoints) -> None:
    checkpoints.save_epoch(1, WEIGHTS)
    strangers = (
        "notes.txt",
        "epoch-x.safetensors",
        ".epoch-0003.safetensors.writing",
        "epoch-0004.safetensors~",
    )
    for name in strangers:
        (checkpoints.folder / name).touch()
    assert checkpoints.epochs() == (1,)


def test_a_damaged_checkpoint_is_said_in_words(checkpoints: Checkpoints) -> None:
    checkpoints.save_epoch(1, WEIGHTS)
    checkpoints.save_state(WEIGHTS, {})
    for path in checkpoints.folder.iterdir():
        path.write_bytes(path.read_bytes()[:-3])
    with pytest.raises(CheckpointError, match="damaged"):
        checkpoints.load(1)
    with pytest.raises(CheckpointError, match="damaged"):
        checkpoints.load_state()


def test_a_full_disk_leaves_the_older_files_whole(small_disk: Path) -> None:
    checkpoints = Checkpoints(read_settings({"EXPLORER_HOME": str(small_disk)}), 1)
    checkpoints.save_epoch(1, WEIGHTS)
    checkpoints.save_state(WEIGHTS, {"epoch": "1"})
    too_large = {"w": np.ones(100_000)}
    with pytest.raises(StoreError, match="disk is full"):
        checkpoints.save_epoch(2, too_large)
    with pytest.raises(StoreError, match="disk is full"):
        checkpoints.save_state(too_large, {"epoch": "2"})
    assert checkpoints.epochs() == (1,)
    np.testing.assert_array_equal(checkpoints.load(1)["output.weight"], WEIGHTS["output.weight"])
    kept = checkpoints.load_state()
    assert kept is not None
    assert kept[1] == {"epoch": "1"}
    assert len(list(checkpoints.folder.iterdir())) == 2


def test_deleting_removes_the_folder(checkpoints: Checkpoints) -> None:
    checkpoints.save_epoch(1, WEIGHTS)
    checkpoints.delete()
    assert not checkpoints.folder.exists()


def test_a_held_epoch_outlives_the_thinning_until_it_is_released(settings: Settings):
    checkpoints = Checkpoints(settings, 1)
    weights = {"output.bias": np.zeros(2, np.float32)}
    for epoch in range(1, 68):
        checkpoints.save_epoch(epoch, weights)
        if epoch == 66:
            checkpoints.hold(66)
    for epoch in range(68, 200):
        checkpoints.save_epoch(epoch, weights)
    assert 66 in checkpoints.epochs()
    checkpoints.release(66)
    checkpoints.save_epoch(200, weights)
    assert 66 not in checkpoints.epochs()


def test_at_most_eight_epochs_are_held(settings: Settings):
    checkpoints = Checkpoints(settings, 1)
    for epoch in range(1, 11):
        checkpoints.save_epoch(epoch, {"output.bias": np.zeros(2, np.float32)})
        checkpoints.hold(epoch)
    held = sorted(path.name for path in checkpoints.folder.glob("held-*"))
    assert held == [f"held-{epoch:04d}.safetensors" for epoch in range(3, 11)]


def test_weights_that_are_gone_are_held_by_the_nearest_that_are_kept(checkpoints: Checkpoints):
    with pytest.raises(CheckpointError, match="No weights of this run"):
        checkpoints.hold(1)
    for epoch in range(1, 70):  # from 61 on only odd ones are kept
        checkpoints.save_epoch(epoch, {"output.bias": np.full(2, epoch, np.float32)})
    assert checkpoints.hold(69) == 69
    assert checkpoints.hold(66) in (65, 67)
    assert checkpoints.hold(1000) == 69


def test_held_weights_are_read_also_when_their_own_file_went_in_the_same_moment(checkpoints: Checkpoints):
    for epoch in (1, 2, 3):
        checkpoints.save_epoch(epoch, {"output.bias": np.full(2, epoch, np.float32)})
    assert checkpoints.hold(2) == 2
    (checkpoints.folder / "epoch-0002.safetensors").unlink()
    assert checkpoints.epochs() == (1, 2, 3)
    assert checkpoints.hold(2) == 2
    assert checkpoints.load(2)["output.bias"].tolist() == [2.0, 2.0]
    assert checkpoints.written_at(2) > 0
    checkpoints.release(2)
    assert checkpoints.epochs() == (1, 3)


def test_weights_are_held_also_where_files_can_have_but_one_name(
    checkpoints: Checkpoints, monkeypatch: pytest.MonkeyPatch
):
    def refused(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    checkpoints.save_epoch(2, WEIGHTS)
    monkeypatch.setattr(Path, "hardlink_to", refused)
    assert checkpoints.hold(2) == 2
    (checkpoints.folder / "epoch-0002.safetensors").unlink()
    np.testing.assert_array_equal(checkpoints.load(2)["output.weight"], WEIGHTS["output.weight"])
