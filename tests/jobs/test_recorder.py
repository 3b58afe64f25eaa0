from collections.abc import Iterator

import numpy as np
import pytest

from explorer.errors import RunStateError, StoreError
from explorer.jobs.recorder import Recorder, Recording
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
    return Recorder(store, [Recording(run_id, checkpoints, planned_epochs, images_per_step=8.0)])


def take(recorder: Recorder, run_id: int, epoch: int, best_epoch: int = 1) -> None:
    recorder.take(run_id, bin_of(epoch))
    recorder.take(run_id, epoch_of(epoch))
    recorder.take(run_id, state_of(epoch, best_epoch))


def test_all_that_was_taken_is_on_disk_after_a_flush(store: Store, settings: Settings, run_id: int):
    checkpoints = Checkpoints(settings, run_id)
    with recorder_of(store, settings, run_id) as recorder:
        for epoch in (1, 2, 3):
            take(recorder, run_id, epoch)
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
        take(recorder, run_id, 1)
    state = load_state(Checkpoints(settings, run_id))
    assert state is not None
    assert state.epoch == store.run(run_id).epoch == 1


def test_an_error_of_the_training_does_not_lose_what_it_gave_before(
    store: Store, settings: Settings, run_id: int
):
    def fail_after_an_epoch() -> None:
        with recorder_of(store, settings, run_id) as recorder:
            take(recorder, run_id, 1)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_after_an_epoch()
    assert store.run(run_id).epoch == 1
    assert load_state(Checkpoints(settings, run_id)) is not None


def test_the_first_point_and_requests_pass_without_any_further_call(
    store: Store, settings: Settings, run_id: int
):
    with recorder_of(store, settings, run_id) as recorder:
        recorder.take(run_id, bin_of(1))
        wait_for(lambda: store.steps(run_id), "the first point")
        assert recorder.request(run_id) is None
        store.request(run_id, Request.PAUSE)
        wait_for(lambda: recorder.request(run_id) is Request.PAUSE, "the request")


def test_many_epochs_keep_thinned_weights_with_the_first_the_best_and_the_last(
    store: Store, settings: Settings, run_id: int
):
    with recorder_of(store, settings, run_id, planned_epochs=1000) as recorder:
        for epoch in range(1, 501):
            take(recorder, run_id, epoch, best_epoch=1 if epoch < 400 else 400)
    kept = Checkpoints(settings, run_id).epochs()
    assert len(kept) <= 60
    assert {1, 400, 500} <= set(kept)
    assert [epoch.epoch for epoch in store.epochs(run_id)] == list(range(1, 501))


def test_a_failed_write_reaches_the_training_thread(
    store: Store, settings: Settings, run_id: int, monkeypatch: pytest.MonkeyPatch
):
    def disk_full(*_: object) -> None:
        raise StoreError("The disk is full.")

    monkeypatch.setattr(store, "record_together", disk_full)

    def record_on_a_full_disk() -> None:
        with recorder_of(store, settings, run_id) as recorder:
            for epoch in range(1, 2000):
                take(recorder, run_id, epoch)

    with pytest.raises(StoreError, match="disk is full"):
        record_on_a_full_disk()


def test_a_run_that_ended_elsewhere_is_noticed(store: Store, settings: Settings, run_id: int):
    with recorder_of(store, settings, run_id) as recorder:
        take(recorder, run_id, 1)
        store.end(run_id, RunStatus.FAILED, "worker lost")
        recorder.flush()
        assert isinstance(recorder.error(run_id), RunStateError)
        with pytest.raises(RunStateError, match="failed"):
            recorder.take(run_id, bin_of(2))


class TestAStack:
    @pytest.fixture
    def run_ids(self, store: Store) -> tuple[int, ...]:
        created = [store.create_run(small()).id for _ in range(3)]
        return store.claim_together(created, device="cpu", host="here")

    @pytest.fixture
    def recorder(self, store: Store, settings: Settings, run_ids: tuple[int, ...]) -> Iterator[Recorder]:
        recordings = [
            Recording(run_id, Checkpoints(settings, run_id), planned_epochs=5, images_per_step=8.0)
            for run_id in run_ids
        ]
        with Recorder(store, recordings) as recorder:
            yield recorder

    def test_every_run_is_recorded(
        self, store: Store, settings: Settings, run_ids: tuple[int, ...], recorder: Recorder
    ):
        for run_id, epochs in zip(run_ids, (3, 2, 0), strict=True):
            for epoch in range(1, epochs + 1):
                take(recorder, run_id, epoch)
        recorder.flush()
        assert [store.run(run_id).epoch for run_id in run_ids] == [3, 2, 0]
        assert [Checkpoints(settings, run_id).epochs() for run_id in run_ids] == [(1, 2, 3), (1, 2), ()]
        states = [load_state(Checkpoints(settings, run_id)) for run_id in run_ids]
        assert [state and state.epoch for state in states] == [3, 2, None]

    def test_a_flush_of_one_run_saves_its_state(
        self, settings: Settings, run_ids: tuple[int, ...], recorder: Recorder
    ):
        take(recorder, run_ids[1], 1)
        recorder.flush([run_ids[1]])
        state = load_state(Checkpoints(settings, run_ids[1]))
        assert state is not None
        assert state.epoch == 1

    def test_one_that_was_taken_away_or_cannot_be_written_leaves_the_others_alone(
        self, store: Store, settings: Settings, run_ids: tuple[int, ...], recorder: Recorder
    ):
        taken, unwritable, fine = run_ids
        settings.runs.mkdir(parents=True, exist_ok=True)
        (settings.runs / str(unwritable)).write_text("a file where the folder should be")
        for run_id in run_ids:
            take(recorder, run_id, 1)
        store.end(taken, RunStatus.FAILED, "worker lost")
        recorder.flush()
        assert isinstance(recorder.error(taken), RunStateError)
        assert isinstance(recorder.error(unwritable), StoreError)
        assert recorder.error(fine) is None
        take(recorder, fine, 2)
        recorder.flush()
        assert store.run(fine).epoch == 2

    def test_a_request_is_heard_by_its_run_alone(
        self, store: Store, run_ids: tuple[int, ...], recorder: Recorder
    ):
        store.request(run_ids[2], Request.STOP)
        recorder.flush()
        assert [recorder.request(run_id) for run_id in run_ids] == [None, None, Request.STOP]

    def test_a_released_run_may_end_while_the_others_go_on(
        self, store: Store, run_ids: tuple[int, ...], recorder: Recorder
    ):
        recorder.flush()
        recorder.release(run_ids[0])
        store.end(run_ids[0], RunStatus.FINISHED)
        take(recorder, run_ids[1], 1)
        recorder.flush()
        assert [store.run(run_id).epoch for run_id in run_ids] == [0, 1, 0]
