from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from explorer.config.run import Data, RunConfig
from explorer.data.splits import Splits
from explorer.errors import StoreError
from explorer.jobs import endings
from explorer.jobs.endings import Interruption, claimed
from explorer.jobs.execution import execute, train_here
from explorer.jobs.journal import journal_path, open_journal
from explorer.jobs.loading import Report, load_inputs
from explorer.jobs.locks import is_held
from explorer.jobs.resumption import load_state
from explorer.jobs.status import run_lock
from explorer.records import EpochMetrics, Request, Run, RunStatus
from explorer.settings import Settings
from explorer.storage.checkpoints import Checkpoints
from explorer.storage.store import Store
from explorer.training.engine import TrainingEvent
from explorer.training.state import TrainingState
from tests.jobs.conftest import small


def run_once(store: Store, settings: Settings, run_id: int, **options: Any) -> Run:
    with claimed(store, settings, run_id, "cpu") as run:
        assert run is not None
        return execute(store, settings, run, "cpu", **options)


def train_new(store: Store, settings: Settings, config: RunConfig, **options: Any) -> Run:
    return run_once(store, settings, store.create_run(config).id, **options)


class EndAfter:
    """An interruption that comes once an epoch's state was seen."""

    def __init__(self, epoch: int, status: RunStatus) -> None:
        self._epoch = epoch
        self._interruption = Interruption(status, "Enough.")  # type: ignore[arg-type]
        self._seen = 0

    def see(self, event: TrainingEvent) -> None:
        if isinstance(event, TrainingState):
            self._seen = event.epoch

    def __call__(self) -> Interruption | None:
        return self._interruption if self._seen >= self._epoch else None


def interrupted(epoch: int, status: RunStatus) -> dict[str, Callable[..., Any]]:
    ending = EndAfter(epoch, status)
    return {"interruption": ending, "on_event": ending.see}


def without_times(epochs: tuple[EpochMetrics, ...]) -> list[tuple[Any, ...]]:
    return [
        (epoch.epoch, epoch.step, epoch.train_loss, epoch.validation_loss, epoch.layers) for epoch in epochs
    ]


def assert_equal_states(ours: TrainingState | None, theirs: TrainingState | None) -> None:
    assert ours is not None
    assert theirs is not None
    assert ours.epoch == theirs.epoch
    for name in ("weights", "optimizer"):
        left, right = getattr(ours, name), getattr(theirs, name)
        assert left.keys() == right.keys()
        assert all(left[key].tobytes() == right[key].tobytes() for key in left)


def test_a_run_is_trained_recorded_and_measured(store: Store, settings: Settings):
    run = train_new(store, settings, small(training__epochs=8))
    assert (run.status, run.reason, run.epoch) == (RunStatus.FINISHED, "", 8)
    assert [epoch.epoch for epoch in store.epochs(run.id)] == list(range(1, 9))
    assert store.steps(run.id)[-1].last_step == run.step == run.total_steps
    assert run.result is not None
    assert run.result.test.images == 360
    assert run.result.test.accuracy > 0.5
    assert run.samples_per_second > 0
    assert Checkpoints(settings, run.id).epochs() == tuple(range(1, 9))
    assert not is_held(run_lock(settings, run.id))


@pytest.mark.parametrize(
    "changes",
    [
        {"optimizer__name": "adam"},
        {"optimizer__name": "sgd", "optimizer__momentum": 0.9, "network__dropout": 0.2},
        {"network__kind": "cnn", "network__blocks": [{"filters": 2}], "network__batch_norm": True},
        {"training__keep": "best", "training__patience": 3, "regularisation__activation_noise": 0.1},
    ],
    ids=["adam", "momentum and dropout", "CNN with batch norm", "early stopping and noise"],
)
def test_a_paused_and_resumed_run_equals_an_uninterrupted_one(
    store: Store, settings: Settings, changes: dict[str, Any]
):
    config = small(training__epochs=5, **changes)
    whole = train_new(store, settings, config)
    paused = train_new(store, settings, config, **interrupted(2, RunStatus.PAUSED))
    assert (paused.status, paused.reason) == (RunStatus.PAUSED, "Enough. Resume goes on from epoch 2.")
    assert paused.result is None
    store.resume(paused.id)
    resumed = run_once(store, settings, paused.id)
    assert resumed.status is RunStatus.FINISHED
    assert without_times(store.epochs(resumed.id)) == without_times(store.epochs(whole.id))
    assert store.steps(resumed.id) == store.steps(whole.id)
    ours, theirs = Checkpoints(settings, resumed.id), Checkpoints(settings, whole.id)
    assert_equal_states(load_state(ours), load_state(theirs))
    assert ours.epochs() == theirs.epochs()
    assert resumed.result is not None
    assert whole.result is not None
    assert resumed.result.test == whole.result.test
    assert resumed.result.kept_epoch == whole.result.kept_epoch


def test_epochs_recorded_after_the_last_saved_state_are_trained_and_recorded_anew(
    store: Store, settings: Settings
):
    config = small(training__epochs=4)
    whole = train_new(store, settings, config)
    run_id = train_new(store, settings, config, **interrupted(1, RunStatus.PAUSED)).id
    checkpoints = Checkpoints(settings, run_id)
    earlier = checkpoints.load_state()
    assert earlier is not None
    store.resume(run_id)
    assert run_once(store, settings, run_id, **interrupted(3, RunStatus.PAUSED)).epoch == 3
    checkpoints.save_state(*earlier)  # as after a kill -9 between two states
    store.resume(run_id)
    run_once(store, settings, run_id)
    assert without_times(store.epochs(run_id)) == without_times(store.epochs(whole.id))
    assert store.steps(run_id) == store.steps(whole.id)
    assert checkpoints.epochs() == (1, 2, 3, 4)
    assert_equal_states(load_state(checkpoints), load_state(Checkpoints(settings, whole.id)))


def test_a_stopped_run_is_measured_on_what_it_learned_and_can_go_on(store: Store, settings: Settings):
    stopped = train_new(store, settings, small(training__epochs=5), **interrupted(2, RunStatus.STOPPED))
    assert (stopped.status, stopped.epoch) == (RunStatus.STOPPED, 2)
    assert stopped.result is not None
    assert (stopped.result.epochs_run, stopped.result.test.images) == (2, 360)
    store.resume(stopped.id)
    assert run_once(store, settings, stopped.id).epoch == 5


def test_a_paused_run_that_is_stopped_is_measured_without_training_on(store: Store, settings: Settings):
    paused = train_new(store, settings, small(training__epochs=5), **interrupted(2, RunStatus.PAUSED))
    store.request(paused.id, Request.STOP)
    assert store.run(paused.id).status is RunStatus.QUEUED
    stopped = run_once(store, settings, paused.id)
    assert (stopped.status, stopped.epoch, stopped.request) == (RunStatus.STOPPED, 2, None)
    assert stopped.reason == "Stopped on request. Resume goes on from epoch 2."
    assert store.epochs(paused.id)[-1].epoch == 2
    assert stopped.result is not None
    assert (stopped.result.epochs_run, stopped.result.test.images) == (2, 360)
    store.resume(stopped.id)
    assert run_once(store, settings, stopped.id).epoch == 5


def test_a_run_stopped_before_its_first_epoch_says_that_nothing_was_learned(store: Store, settings: Settings):
    stopped = train_new(store, settings, small(), **interrupted(0, RunStatus.STOPPED))
    assert stopped.status is RunStatus.STOPPED
    assert stopped.result is None
    assert "nothing was learned" in stopped.reason
    store.resume(stopped.id)
    assert run_once(store, settings, stopped.id).status is RunStatus.FINISHED


@pytest.mark.parametrize(
    ("request_", "status"), [(Request.PAUSE, RunStatus.PAUSED), (Request.STOP, RunStatus.STOPPED)]
)
def test_a_request_in_the_store_is_obeyed(
    store: Store, settings: Settings, request_: Request, status: RunStatus
):
    run_id = store.create_run(small(training__epochs=1000, training__batch_size=16)).id
    asked: list[int] = []

    def ask_after_an_epoch(event: TrainingEvent) -> None:
        if isinstance(event, TrainingState) and not asked:
            store.request(run_id, request_)
            asked.append(event.epoch)

    run = run_once(store, settings, run_id, on_event=ask_after_an_epoch)
    assert run.status is status
    assert asked[0] <= run.epoch < 1000
    assert run.request is None
    assert (run.result is not None) == (status is RunStatus.STOPPED)


def test_ctrl_c_stops_the_run_with_its_results(store: Store, settings: Settings):
    def press_ctrl_c(event: TrainingEvent) -> None:
        if isinstance(event, TrainingState) and event.epoch == 2:
            raise KeyboardInterrupt

    run = train_here(store, settings, small(training__epochs=9), on_event=press_ctrl_c)
    assert (run.status, run.epoch) == (RunStatus.STOPPED, 2)
    assert run.result is not None
    assert run.reason == "Stopped by Ctrl-C. Resume goes on from epoch 2."


def test_training_here_is_out_of_the_queue_and_in_sight_of_others(store: Store, settings: Settings):
    seen: list[tuple[RunStatus, bool, int, Run | None]] = []

    def look(run: Run) -> None:
        waiting = store.next_queued(lambda _: True)
        seen.append((run.status, is_held(run_lock(settings, run.id)), run.total_steps, waiting))

    run = train_here(store, settings, small(), name="mine", group="together", on_start=look)
    assert seen == [(RunStatus.RUNNING, True, run.total_steps, None)]
    assert (run.name, run.group, run.status) == ("mine", "together", RunStatus.FINISHED)


def test_a_claimed_run_cannot_be_claimed_again(store: Store, settings: Settings):
    run_id = store.create_run(small()).id
    with claimed(store, settings, run_id, "cpu") as ours:
        assert ours is not None
        with claimed(store, settings, run_id, "cpu") as theirs:
            assert theirs is None


def test_a_diverging_run_fails_with_the_reason_and_keeps_its_epochs(store: Store, settings: Settings):
    config = small(
        optimizer__name="sgd", optimizer__learning_rate=10, optimizer__reduction="sum",
        data__scaling="none", network__activation="identity", loss="cross_entropy",
    )  # fmt: skip
    run = train_new(store, settings, config)
    assert run.status is RunStatus.FAILED
    assert "The loss became" in run.reason
    assert run.status.can_resume


def test_a_missing_dataset_is_told_in_words(store: Store, settings: Settings):
    run = train_new(store, settings, small(data__dataset="mnist"))
    assert run.status is RunStatus.FAILED
    assert str(settings.data) in run.reason
    assert "Traceback" not in run.reason


def test_a_device_that_is_not_there_is_told_in_words(store: Store, settings: Settings):
    run_id = store.create_run(small(training__device="cuda:77")).id
    with claimed(store, settings, run_id, "cuda:77") as run:
        assert run is not None
        failed = execute(store, settings, run, "cuda:77")
    assert failed.status is RunStatus.FAILED
    assert "cuda:77" in failed.reason
    assert "Choose auto" in failed.reason


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried"), "batch_size"),
        (MemoryError(), "batch_size"),
        (ValueError("shapes do not fit"), "unexpected error: ValueError: shapes do not fit; the log is at "),
    ],
)
def test_other_failures_are_words_on_the_run_and_a_stack_trace_in_the_log(
    store: Store, settings: Settings, error: Exception, words: str
):
    def fail(config: Data, settings: Settings, report: Report) -> Splits:
        raise error

    open_journal(settings, "test")
    run = train_new(store, settings, small(), load=fail)
    assert run.status is RunStatus.FAILED
    assert words in run.reason
    assert "Traceback" not in run.reason
    path = journal_path()
    assert path is not None
    assert "Traceback" in path.read_text()


def test_checkpoints_that_cannot_be_written_fail_the_run_and_leave_the_rest(store: Store, settings: Settings):
    settings.runs.mkdir(parents=True)
    run_id = store.create_run(small()).id
    (settings.runs / str(run_id)).write_text("a file where the folder should be")
    run = run_once(store, settings, run_id)
    assert run.status is RunStatus.FAILED
    assert str(settings.runs / str(run_id)) in run.reason
    assert train_new(store, settings, small()).status is RunStatus.FINISHED


def test_a_store_that_cannot_say_how_it_ended_raises(
    store: Store, settings: Settings, monkeypatch: pytest.MonkeyPatch
):
    def disk_full(*_: object, **__: object) -> None:
        raise StoreError("The disk is full.")

    monkeypatch.setattr(store, "end", disk_full)
    with pytest.raises(StoreError, match="disk is full"):
        train_new(store, settings, small())


def test_a_worker_holds_its_run_until_the_store_can_say_how_it_ended(
    store: Store, settings: Settings, monkeypatch: pytest.MonkeyPatch
):
    end, failures = store.end, iter([StoreError("The disk is full."), StoreError("The disk is full.")])

    def end_at_the_third_try(run_id: int, *outcome: Any) -> None:
        assert is_held(run_lock(settings, run_id))
        for failure in failures:
            raise failure
        end(run_id, *outcome)

    monkeypatch.setattr(store, "end", end_at_the_third_try)
    monkeypatch.setattr(endings, "TROUBLE_SECONDS", 0.0)
    run_id = store.create_run(small()).id
    with claimed(store, settings, run_id, "cpu") as run:
        assert run is not None
        assert execute(store, settings, run, "cpu", insists=True).status is RunStatus.FINISHED
    assert next(failures, None) is None


def test_a_worker_that_must_leave_holds_its_run_no_longer(
    store: Store, settings: Settings, monkeypatch: pytest.MonkeyPatch
):
    def end(*_: Any) -> None:
        raise StoreError("The disk is full.")

    monkeypatch.setattr(store, "end", end)
    run_id = store.create_run(small()).id
    leave = Interruption(RunStatus.PAUSED, "The workers were stopped.")
    with claimed(store, settings, run_id, "cpu") as run:
        assert run is not None
        with pytest.raises(StoreError, match="disk is full"):
            execute(store, settings, run, "cpu", interruption=lambda: leave, insists=True)


def test_a_run_given_up_as_lost_stays_so(store: Store, settings: Settings):
    run_id = store.create_run(small(training__epochs=1000, training__batch_size=16)).id

    def take_it_away(event: TrainingEvent) -> None:
        for claim in store.claims():
            store.end_lost(claim, "worker lost: it was silent.")

    run = run_once(store, settings, run_id, on_event=take_it_away)
    assert (run.status, run.reason) == (RunStatus.FAILED, "worker lost: it was silent.")


def test_a_run_that_is_deleted_as_soon_as_it_ended_has_ended(
    store: Store, settings: Settings, monkeypatch: pytest.MonkeyPatch
):
    end = store.end

    def end_and_delete(run_id: int, *outcome: Any) -> None:
        end(run_id, *outcome)
        store.delete(run_id)

    monkeypatch.setattr(store, "end", end_and_delete)
    run = train_new(store, settings, small())
    assert run.status is RunStatus.FINISHED
    assert run.result is not None
    assert store.runs() == ()


def test_a_run_that_ends_early_says_why(store: Store, settings: Settings):
    config = small(training__epochs=50, training__patience=2, training__minimum_change=1.0)
    run = train_new(store, settings, config)
    assert run.status is RunStatus.FINISHED
    assert run.reason == "Ended early: validation loss had not improved for 2 epochs."
    limited = train_new(store, settings, small(training__epochs=1000, training__time_limit_seconds=0.05))
    assert limited.status is RunStatus.FINISHED
    assert "time limit" in limited.reason


def test_the_weights_of_the_last_and_the_best_epoch_are_kept_beside_the_thinned_ones(
    store: Store, settings: Settings
):
    run = train_new(store, settings, small(training__epochs=130, network__hidden=[2], training__keep="best"))
    checkpoints = Checkpoints(settings, run.id)
    kept = checkpoints.epochs()
    assert run.result is not None
    assert len(kept) <= 60
    assert {1, 130, run.result.best_epoch} <= set(kept)
    state = load_state(checkpoints)
    assert state is not None
    newest = checkpoints.load(130)
    assert all(np.array_equal(newest[name], state.weights[name]) for name in state.weights)


def test_splits_come_from_the_given_loader(store: Store, settings: Settings):
    asked: list[str] = []

    def load(config: Data, settings: Settings, report: Report) -> Splits:
        asked.append(config.dataset)
        return load_inputs(config, settings, report)

    train_new(store, settings, small(), load=load)
    assert asked == ["digits"]
