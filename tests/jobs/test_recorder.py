import numpy as np
import pytest

from explorer.errors import StoreError
from explorer.jobs.recorder import Recorder
from explorer.jobs.resumption import load_state
from explorer.records import EpochMetrics, Request, RunStatus, StepMetrics
from explorer.settings import Settings
from explorer.storage.checkpoints import Checkpoints
from explorer.storage.store import Store
from explorer.training.state import TrainingState
from tests.jobs.conftest import small, wait_for

STEPS_AN_EPOCH = 10


def bin_of(epoch: int) -> StepMetrics:
    return StepMetrics(epoch, (epoch - 1) * STEPS_AN_EPOCH + 1, epoch * STEPS_AN_EPOCH, 0.5, 0.4, 0.6)


def epoch_of(epoch: int) -> EpochMetrics:
    step = epoch * STEPS_AN_EPOCH
    return EpochMetrics(epoch, step, step * 8, 0.5, 0.9, None, None, None, None, 0.001, 0.1, ())


def state_of(epoch: int, best_epoch: int = 1) -> TrainingState:
    weights = {"output.bias": np.full(10, np.float32(epoch))}
    progress = {"best_epoch": float(best_epoch), "seconds": 0.1 * epoch}
    step = epoch * STEPS_AN_EPOCH
    return TrainingState(epoch, step, weights, {}, progress, None, is_best=epoch == best_epoch)


@pytest.fixture
def run_id(store: Store) -> int:
    created = store.create_run(small()).id
    assert store.claim(created, device="cpu", host="here")
    return created


def recorder_of(store: Store, settings: Settings, run_id: int, planned_epochs: int = 5) -> Recorder:
    checkpoints = Checkpoints(settings, run_id)
    return Recorder(
        store, checkpoints, run_id, first_step=0, planned_epochs=planned_epochs, images_per_step=8.0
    )


def take(recorder: Recorder, epoch: int, best_epoch: int = 1) -> None:
    recorder.add_steps(bin_of(epoch))
    recorder.add_epoch(epoch_of(epoch))
    recorder.add_state(state_of(epoch, best_epoch))


def test_all_that_was_taken_is_on_disk_after_a_flush(store: Store, settings: Settings, run_id: int):
    checkpoints = Checkpoints(settings, run_id)
    with recorder_of(store, settings, run_id) as recorder:
        for epoch in (1, 2, 3):
            take(recorder, epoch)
        recorder.flush()
        assert store.steps(run_id) == tuple(bin_of(epoch) for epoch in (1, 2, 3))
        assert [epoch.epoch for epoch in store.epochs(run_id)] == [1, 2, 3]
        assert checkpoints.epochs() == (1, 2, 3)
        state = load_state(checkpoints)
        assert state is not None
        assert state.epoch == 3
        assert (store.run(run_id).epoch, store.run(run_id).step) == (3, 30)
        assert store.run(run_id).samples_per_second > 0


def test_the_end_of_the_block_writes_what_is_left(store: Store, settings: Settings, run_id: int):
    with recorder_of(store, settings, run_id) as recorder:
        take(recorder, 1)
    state = load_state(Checkpoints(settings, run_id))
    assert state is not None
    assert state.epoch == store.run(run_id).epoch == 1


def test_an_error_of_the_training_does_not_lose_what_it_gave_before(
    store: Store, settings: Settings, run_id: int
):
    def fail_after_an_epoch() -> None:
        with recorder_of(store, settings, run_id) as recorder:
            take(recorder, 1)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_after_an_epoch()
    assert store.run(run_id).epoch == 1
    assert load_state(Checkpoints(settings, run_id)) is not None


def test_the_first_point_and_requests_pass_without_any_further_call(
    store: Store, settings: Settings, run_id: int
):
    with recorder_of(store, settings, run_id) as recorder:
        recorder.add_steps(bin_of(1))
        wait_for(lambda: store.steps(run_id), "the first point")
        assert recorder.request is None
        store.request(run_id, Request.PAUSE)
        wait_for(lambda: recorder.request is Request.PAUSE, "the request")


def test_many_epochs_keep_thinned_weights_with_the_first_the_best_and_the_last(
    store: Store, settings: Settings, run_id: int
):
    with recorder_of(store, settings, run_id, planned_epochs=1000) as recorder:
        for epoch in range(1, 501):
            take(recorder, epoch, best_epoch=1 if epoch < 400 else 400)
    kept = Checkpoints(settings, run_id).epochs()
    assert len(kept) <= 60
    assert {1, 400, 500} <= set(kept)
    assert [epoch.epoch for epoch in store.epochs(run_id)] == list(range(1, 501))


def test_a_failed_write_reaches_the_training_thread(
    store: Store, settings: Settings, run_id: int, monkeypatch: pytest.MonkeyPatch
):
    def disk_full(*_: object) -> None:
        raise StoreError("The disk is full.")

    monkeypatch.setattr(store, "record", disk_full)

    def record_on_a_full_disk() -> None:
        with recorder_of(store, settings, run_id) as recorder:
            for epoch in range(1, 2000):
                take(recorder, epoch)

    with pytest.raises(StoreError, match="disk is full"):
        record_on_a_full_disk()


def test_a_run_that_ended_elsewhere_is_noticed(store: Store, settings: Settings, run_id: int):
    def record_for_too_long() -> None:
        with recorder_of(store, settings, run_id) as recorder:
            store.end(run_id, RunStatus.FAILED, "worker lost")
            take(recorder, 1)
            recorder.flush()

    with pytest.raises(Exception, match="failed"):
        record_for_too_long()
