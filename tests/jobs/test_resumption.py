import numpy as np
import pytest

from explorer.errors import CheckpointError
from explorer.jobs.resumption import load_state, save_state
from explorer.settings import Settings
from explorer.storage.checkpoints import Checkpoints
from explorer.training.state import TrainingState


def state(best: dict[str, np.ndarray] | None) -> TrainingState:
    random = np.random.default_rng(0)
    return TrainingState(
        epoch=12,
        step=3_456,
        weights={"hidden.0.weight": random.standard_normal((4, 3)).astype(np.float32)},
        optimizer={"moment.hidden.0.weight": random.standard_normal(12).astype(np.float32)},
        progress={"best_value": 1 / 3, "seconds": 0.1, "best_epoch": 7.0},
        best_weights=best,
        is_best=best is None,
    )


def test_a_state_comes_back_bit_for_bit(settings: Settings):
    checkpoints = Checkpoints(settings, 1)
    kept = state({"hidden.0.weight": np.full((4, 3), np.float32(0.1))})
    save_state(checkpoints, kept)
    loaded = load_state(checkpoints)
    assert loaded is not None
    assert (loaded.epoch, loaded.step, loaded.is_best) == (12, 3_456, False)
    assert loaded.progress == kept.progress
    assert loaded.best_weights is not None
    for name in ("weights", "optimizer", "best_weights"):
        ours, theirs = getattr(kept, name), getattr(loaded, name)
        assert ours.keys() == theirs.keys()
        assert all(ours[key].tobytes() == theirs[key].tobytes() for key in ours)


def test_no_best_weights_come_back_as_none(settings: Settings):
    checkpoints = Checkpoints(settings, 1)
    save_state(checkpoints, state(None))
    loaded = load_state(checkpoints)
    assert loaded is not None
    assert loaded.best_weights is None
    assert loaded.is_best


def test_a_run_without_a_state_has_none(settings: Settings):
    assert load_state(Checkpoints(settings, 1)) is None


def test_a_state_of_another_make_is_refused_in_words(settings: Settings):
    checkpoints = Checkpoints(settings, 1)
    checkpoints.save_state({"strange": np.zeros(3)}, {"epoch": "1"})
    with pytest.raises(CheckpointError, match="Train the run again"):
        load_state(checkpoints)
