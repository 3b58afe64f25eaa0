import pytest

from explorer.errors import DatasetError, LabNotFoundError
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
    assert running.progress(store, SMALL).ended == 1


def test_progress_counts_epochs_and_says_when_all_is_done(store: Store, settings: Settings):
    nothing = running.progress(store, SMALL)
    assert (nothing.wanted, nothing.share, nothing.is_active, nothing.is_done) == (5, 0.0, False, False)
    runs = running.start(store, settings, SMALL)
    assert running.progress(store, SMALL).waiting == 5
    finish(store, runs[0].id)  # two of the lab's nine epochs: kNN counts for one
    assert running.progress(store, SMALL).share == pytest.approx(2 / 9)
    for run in runs[1:]:
        finish(store, run.id)
    done = running.progress(store, SMALL)
    assert (done.share, done.is_done, done.is_active) == (1.0, True, False)


def test_a_missing_dataset_is_named_and_nothing_is_queued(store: Store, settings: Settings):
    with pytest.raises(DatasetError, match=r"needs MNIST, which is missing in .* data fetch mnist"):
        running.start(store, settings, running.LABS["first"])
    assert store.runs() == ()


def test_an_unknown_lab_is_refused_with_those_that_there_are():
    with pytest.raises(LabNotFoundError, match=r"'sixth'\. There are: first, second, third, fourth, fifth"):
        running.find_lab("sixth")
