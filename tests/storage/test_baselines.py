"""The store keeps baselines as it keeps networks, on every backend."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from explorer.errors import CheckpointError, RunNotFoundError, RunStateError
from explorer.records import Request, Run, RunStatus
from explorer.settings import Settings
from explorer.storage.answers import Answers, forget_answers, load_answers, save_answers
from explorer.storage.checkpoints import Checkpoints
from explorer.storage.store import Store
from tests.storage.samples import BASELINE_RESULT, RESULT, baseline, config

WORKER = {"device": "cpu", "host": "here"}
ANSWERS = Answers(BASELINE_RESULT, np.arange(10, dtype=np.uint8), np.array([7, 0], np.uint8))


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
    (before,) = store.claims()
    for step in range(50):
        store.record_stage(run.id, "fitting", step, 50)
    (after,) = store.claims()
    assert after.silent_seconds < before.silent_seconds + 5
    assert store.end_lost(after, "worker lost")
    with pytest.raises(RunStateError, match="was taken from this worker"):
        store.record_stage(run.id, "fitting", 50, 50)
    assert store.run(run.id).step == 49


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
    assert store.resume(run.id).stage == ""
    store.rename(run.id, "")
    assert store.run(run.id).name == "kNN k=3 · HOG"


def test_answers_come_back_as_they_were_and_go_with_the_run(settings: Settings) -> None:
    save_answers(settings, 3, ANSWERS)
    again = load_answers(settings, 3)
    assert again.result == BASELINE_RESULT
    assert again.test.dtype == again.validation.dtype == np.uint8
    assert again.test.tolist() == ANSWERS.test.tolist()
    assert again.validation.tolist() == ANSWERS.validation.tolist()
    save_answers(settings, 3, replace(ANSWERS, test=ANSWERS.test[::-1]))
    assert load_answers(settings, 3).test.tolist() == list(range(9, -1, -1))
    Checkpoints(settings, 3).delete()
    with pytest.raises(CheckpointError, match="missing"):
        load_answers(settings, 3)


def test_answers_of_an_earlier_attempt_can_be_let_go(settings: Settings) -> None:
    forget_answers(settings, 3)
    save_answers(settings, 3, ANSWERS)
    forget_answers(settings, 3)
    with pytest.raises(CheckpointError):
        load_answers(settings, 3)


def test_a_file_that_is_no_answers_is_said_to_be_none(settings: Settings, tmp_path: Path) -> None:
    Checkpoints(settings, 3).save_state({"test": np.zeros(3, np.uint8)}, {})
    folder = settings.runs / "3"
    (folder / "state.safetensors").rename(folder / "answers.safetensors")
    with pytest.raises(CheckpointError, match="not those of a baseline"):
        load_answers(settings, 3)
    assert tmp_path in folder.parents
