from dataclasses import replace

import pytest

from explorer.jobs import reconciliation
from explorer.jobs.locks import hold
from explorer.jobs.reconciliation import mark_lost_runs
from explorer.jobs.status import WorkerStatus, host, now, run_lock, write_status
from explorer.records import EpochMetrics, RunStatus
from explorer.settings import Settings
from explorer.storage.checkpoints import Checkpoints
from explorer.storage.store import Store
from tests.jobs.conftest import small

EPOCH = EpochMetrics(2, 46, 2_586, 0.5, 0.9, None, None, None, None, 0.001, 0.1, ())


def running(store: Store, where: str) -> int:
    run_id = store.create_run(small()).id
    assert store.claim(run_id, device="cpu", host=where)
    return run_id


def test_a_running_run_whose_lock_is_free_is_lost(store: Store, settings: Settings):
    run_id = running(store, host(settings))
    assert mark_lost_runs(store, settings) == (run_id,)
    run = store.run(run_id)
    assert run.status is RunStatus.FAILED
    assert run.reason == "worker lost: its process is gone. Resume starts it again."
    assert mark_lost_runs(store, settings) == ()


def test_a_run_whose_lock_is_held_is_left_alone(store: Store, settings: Settings):
    run_id = running(store, host(settings))
    lock = hold(run_lock(settings, run_id))
    assert lock is not None
    with lock:
        assert mark_lost_runs(store, settings) == ()
    assert store.run(run_id).status is RunStatus.RUNNING


def test_the_reason_says_how_the_worker_died_and_where_resume_goes_on(store: Store, settings: Settings):
    run_id = running(store, host(settings))
    store.record(run_id, epochs=[EPOCH])  # the state of epoch 2 was not saved any more
    Checkpoints(settings, run_id).save_state({}, {"epoch": "1"})
    idle = WorkerStatus("cuda:0", 1, "dead", now(), problem="it ended with code 1")
    write_status(settings, idle)
    write_status(
        settings, replace(idle, device="cpu", run_ids=(4711, run_id), problem="it was ended by SIGKILL")
    )
    mark_lost_runs(store, settings)
    assert store.run(run_id).reason == ("worker lost: it was ended by SIGKILL. Resume goes on from epoch 1.")


def test_a_lost_run_whose_state_is_damaged_says_so(store: Store, settings: Settings):
    run_id = running(store, host(settings))
    state = settings.runs / str(run_id) / "state.safetensors"
    state.parent.mkdir(parents=True)
    state.write_bytes(b"half a file")
    assert mark_lost_runs(store, settings) == (run_id,)
    assert f"{state} is damaged" in store.run(run_id).reason


def test_a_run_of_another_machine_is_lost_once_it_is_silent_for_too_long(
    store: Store, settings: Settings, monkeypatch: pytest.MonkeyPatch
):
    run_id = running(store, "elsewhere:/home")
    assert mark_lost_runs(store, settings) == ()
    monkeypatch.setattr(reconciliation, "SILENT_SECONDS", -1.0)
    assert mark_lost_runs(store, settings) == (run_id,)
    assert "elsewhere" in store.run(run_id).reason


def test_queued_and_ended_runs_are_never_lost(store: Store, settings: Settings):
    queued = store.create_run(small()).id
    ended = running(store, host(settings))
    store.end(ended, RunStatus.FINISHED)
    assert mark_lost_runs(store, settings) == ()
    assert store.run(queued).status is RunStatus.QUEUED
    assert store.run(ended).status is RunStatus.FINISHED
