from concurrent.futures import ThreadPoolExecutor

import pytest

from explorer.errors import DatasetError, ExperimentNotFoundError, LabNotFoundError
from explorer.jobs import queue
from explorer.labs import running
from explorer.labs.measured import group_of
from explorer.records import RunStatus
from explorer.settings import Settings
from explorer.storage.store import Store
from tests.cli.samples import run_result

from .conftest import SMALL


def finish(store: Store, run_id: int) -> None:
    store.claim(run_id, device="cpu", host="here")
    store.end(run_id, RunStatus.FINISHED, result=run_result())


def test_a_lab_queues_each_of_its_runs_once(store: Store, settings: Settings):
    runs = running.start(store, settings, SMALL)
    assert len(runs) == len(SMALL.configs()) == 5  # two of ReLU, two of tanh, one kNN
    assert {run.group for run in runs} == {group_of(SMALL, quick=False)}
    assert running.start(store, settings, SMALL) == ()
    assert len(store.runs()) == 5


def test_what_was_measured_stays_and_the_lab_goes_on_from_there(store: Store, settings: Settings):
    first, second, third, *_ = running.start(store, settings, SMALL)
    finish(store, first.id)
    store.delete(second.id)
    assert running.stop(store, settings, SMALL) == 3  # all that wait
    assert store.run(third.id).status is RunStatus.PAUSED
    again = running.start(store, settings, SMALL)
    assert {run.id for run in again} == {run.id for run in store.runs() if run.id != first.id}
    assert {store.run(run.id).status for run in again} == {RunStatus.QUEUED}
    assert store.run(first.id).status is RunStatus.FINISHED


def test_a_diverged_run_is_a_result_and_is_not_tried_again(store: Store, settings: Settings):
    first, *_ = running.start(store, settings, SMALL)
    store.claim(first.id, device="cpu", host="here")
    store.end(first.id, RunStatus.FAILED, "The loss became infinite in epoch 1.")
    assert running.start(store, settings, SMALL) == ()
    assert running.progress(store, settings, SMALL).ended == 1


def test_progress_counts_work_by_its_time_and_says_when_all_is_done(store: Store, settings: Settings):
    nothing = running.progress(store, settings, SMALL)
    assert (nothing.wanted, nothing.share, nothing.is_active, nothing.is_done) == (5, 0.0, False, False)
    assert nothing.seconds_left is not None
    assert nothing.seconds_left > 0
    runs = running.start(store, settings, SMALL)
    assert running.progress(store, settings, SMALL).waiting == 5
    finish(store, runs[0].id)
    one = running.progress(store, settings, SMALL)
    assert 0 < one.share < 1
    for run in runs[1:]:
        finish(store, run.id)
    done = running.progress(store, settings, SMALL)
    assert (done.share, done.is_done, done.is_active, done.seconds_left) == (1.0, True, False, None)


def test_some_experiments_can_be_run_alone_and_the_rest_later(store: Store, settings: Settings):
    few = running.start(store, settings, SMALL, experiments=["tanh"])
    assert {run.config for run in few} == set(SMALL.configs_of(SMALL.find("tanh")))
    assert running.progress(store, settings, SMALL, experiments=["tanh"]).waiting == 2
    assert running.progress(store, settings, SMALL, experiments=["relu"]).waiting == 0
    assert len(running.start(store, settings, SMALL)) == 3
    assert running.stop(store, settings, SMALL, experiments=["tanh", "knn"]) == 3
    assert {run.id for run in running.start(store, settings, SMALL, experiments=["tanh"])} == {
        run.id for run in few
    }


def test_an_unknown_experiment_is_refused_with_the_closest(store: Store, settings: Settings):
    with pytest.raises(ExperimentNotFoundError, match=r"no experiment 'tahn'\. Did you mean tanh\?"):
        running.start(store, settings, SMALL, experiments=["relu", "tahn"])
    assert store.runs() == ()


def test_a_run_whose_worker_is_lost_is_queued_again_once(store: Store, settings: Settings):
    first, second, *_ = running.start(store, settings, SMALL)
    store.claim(first.id, device="cpu", host="here")
    store.end(first.id, RunStatus.FAILED, "worker lost: its process is gone. Resume starts it again.")
    store.claim(second.id, device="cpu", host="here")
    store.end(second.id, RunStatus.FAILED, "The disk is full.")
    assert running.keep_going(store, settings, SMALL) == {first.id}
    assert store.run(first.id).status is RunStatus.QUEUED
    store.claim(first.id, device="cpu", host="here")
    store.end(first.id, RunStatus.FAILED, "worker lost: its process is gone. Resume starts it again.")
    assert running.keep_going(store, settings, SMALL, {first.id}) == set()


def test_what_waits_already_finds_workers_again(
    settings: Settings, store: Store, monkeypatch: pytest.MonkeyPatch
):
    running.start(store, settings, SMALL)
    asked: list[bool] = []
    monkeypatch.setattr(queue, "ensure_runner", lambda _, *, even_if_stopped: asked.append(even_if_stopped))
    assert running.start(store, settings, SMALL) == ()
    assert asked == [True]


def test_a_lab_that_two_start_at_once_has_each_run_once(store: Store, settings: Settings):
    with ThreadPoolExecutor(4) as pool:
        started = list(pool.map(lambda _: running.start(store, settings, SMALL), range(4)))
    assert sorted(map(len, started)) == [0, 0, 0, 5]
    assert len(store.runs()) == 5


def test_a_missing_dataset_is_named_and_nothing_is_queued(store: Store, settings: Settings):
    with pytest.raises(DatasetError, match=r"needs MNIST, which is missing in .* data fetch mnist"):
        running.start(store, settings, running.LABS["first"])
    assert store.runs() == ()


def test_an_unknown_lab_is_refused_with_those_that_there_are():
    with pytest.raises(LabNotFoundError, match=r"'sixth'\. There are: first, second, third, fourth, fifth"):
        running.find_lab("sixth")
