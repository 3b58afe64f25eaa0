"""The store keeps baselines as it keeps networks, on every backend."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
import sqlalchemy as sa

from explorer.errors import CheckpointError, RunNotFoundError, RunStateError
from explorer.records import Request, Run, RunStatus
from explorer.settings import Settings
from explorer.storage.checkpoints import Checkpoints
from explorer.storage.fitted import Fitted, forget_fitted, load_fitted, save_fitted
from explorer.storage.schema import runs
from explorer.storage.store import Store
from tests.storage.samples import BASELINE_RESULT, RESULT, baseline, config

WORKER = {"device": "cpu", "host": "here"}
FITTED = Fitted(BASELINE_RESULT, b"\x00\x07", {"weights": np.arange(6.0).reshape(2, 3)})


def claimed(store: Store) -> Run:
    run = store.create_run(baseline())
    assert store.claim(run.id, **WORKER)
    return store.run(run.id)


def test_a_baseline_waits_for_the_worker_of_the_cpu(store: Store) -> None:
    network, fitted = store.create_run(config("cuda:0")), store.create_run(baseline(k=5), group="methods")
    assert (fitted.name, fitted.config, fitted.group) == ("kNN k=5 · HOG", baseline(k=5), "methods")
    found = store.next_queued(lambda device: device == "cpu")
    assert found is not None
    assert found.id == fitted.id
    found = store.next_queued(lambda device: device == "cuda:0")
    assert found is not None
    assert found.id == network.id


def test_what_it_does_and_how_far_it_is_can_be_read_and_requests_come_back(store: Store) -> None:
    run = claimed(store)
    assert (run.stage, run.step, run.total_steps) == ("", 0, 0)
    assert store.record_stage(run.id, "fitting", 2, 10) is None
    seen = store.run(run.id)
    assert (seen.stage, seen.step, seen.total_steps) == ("fitting", 2, 10)
    store.request(run.id, Request.STOP)
    assert store.record_stage(run.id, "fitting", 3, 10) is Request.STOP


def test_recording_a_stage_proves_the_worker_alive(store: Store) -> None:
    run = claimed(store)
    with store._database.writing() as connection:
        connection.execute(sa.update(runs).values(heartbeat_at=datetime.now(UTC) - timedelta(hours=1)))
    store.record_stage(run.id, "fitting", 1, 50)
    (alive,) = store.claims()
    assert 0 <= alive.silent_seconds < 60
    assert store.end_lost(alive, "worker lost")
    with pytest.raises(RunStateError, match="was taken from this worker"):
        store.record_stage(run.id, "fitting", 50, 50)
    assert store.run(run.id).step == 1


def test_an_unknown_baseline_has_no_stage(store: Store) -> None:
    with pytest.raises(RunNotFoundError):
        store.record_stage(7, "fitting", 0, 1)


def test_its_result_comes_back_beside_those_of_networks(store: Store) -> None:
    run, network = claimed(store), store.create_run(config())
    store.end(run.id, RunStatus.FINISHED, "", BASELINE_RESULT)
    store.claim(network.id, **WORKER)
    store.end(network.id, RunStatus.FINISHED, "", RESULT)
    assert [kept.result for kept in store.runs()] == [RESULT, BASELINE_RESULT]
    assert store.run(run.id).network_result is None
    assert store.run(network.id).network_result == RESULT
    with pytest.raises(TypeError, match="is a baseline"):
        _ = store.run(run.id).network_config


def test_a_baseline_that_starts_again_has_no_stage_yet(store: Store) -> None:
    run = claimed(store)
    store.record_stage(run.id, "fitting", 2, 10)
    store.end(run.id, RunStatus.STOPPED, "why")
    assert store.run(run.id).stage == "fitting"
    assert store.run(run.id).started_at is not None
    again = store.resume(run.id)
    assert (again.stage, again.started_at) == ("", None)
    store.rename(run.id, "")
    assert store.run(run.id).name == "kNN k=3 · HOG"


def test_what_was_fitted_comes_back_as_it_was_and_goes_with_the_run(settings: Settings) -> None:
    save_fitted(settings, 3, FITTED)
    again = load_fitted(settings, 3)
    assert (again.result, again.predictions) == (BASELINE_RESULT, b"\x00\x07")
    assert again.model.keys() == {"weights"}
    assert again.model["weights"].tolist() == [[0, 1, 2], [3, 4, 5]]
    save_fitted(settings, 3, replace(FITTED, predictions=b"", model={}))
    again = load_fitted(settings, 3)
    assert (again.predictions, again.model) == (b"", {})
    Checkpoints(settings, 3).delete()
    with pytest.raises(CheckpointError, match="missing"):
        load_fitted(settings, 3)


def test_what_an_earlier_attempt_left_can_be_let_go(settings: Settings) -> None:
    forget_fitted(settings, 3)
    save_fitted(settings, 3, FITTED)
    forget_fitted(settings, 3)
    with pytest.raises(CheckpointError):
        load_fitted(settings, 3)


def test_a_file_of_something_else_is_said_to_be_so(settings: Settings) -> None:
    Checkpoints(settings, 3).save_state({"predictions": np.zeros(3, np.uint8)}, {})
    folder = settings.runs / "3"
    (folder / "state.safetensors").rename(folder / "fitted.safetensors")
    with pytest.raises(CheckpointError, match="does not hold a fitted baseline"):
        load_fitted(settings, 3)
