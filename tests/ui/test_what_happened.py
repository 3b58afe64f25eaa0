"""The card of a run that has ended ill, and the settings that its button sets up."""

from dataclasses import replace

import pytest

from explorer.records import Run, RunStatus
from explorer.settings import Settings
from explorer.storage.store import Store

from .conftest import Opener, address_of, texts
from .recorded import record_run, result


def ended(store: Store, home: Settings, status: RunStatus = RunStatus.FINISHED) -> Run:
    """A run whose validation images are all answered with 3, the pixels being raw."""
    run = record_run(store, home, RunStatus.RUNNING, **{"data.scaling": "none", "training.epochs": 3})
    found = result(3)
    assert found.validation is not None
    confusion = tuple(tuple(14 if column == 3 else 0 for column in range(10)) for _ in range(10))
    ill = replace(found, validation=replace(found.validation, confusion=confusion, accuracy=0.1))
    if status is RunStatus.FAILED:
        store.end(run.id, status, "The loss became infinite in epoch 2, step 40.")
    else:
        store.end(run.id, status, result=ill)
    return store.run(run.id)


def test_the_card_tells_symptom_evidence_and_one_run_to_try(store: Store, home: Settings, open_page: Opener):
    run = ended(store, home)
    tab = open_page("run", run=str(run.id))
    told = texts(tab.markdown)
    assert "What happened: it answers with one class only" in told
    assert "It answers “3” to 100 % of the validation images." in told
    assert "To try next: scale pixels to mean 0 and deviation 1." in told


def test_its_button_opens_train_with_that_one_change(store: Store, home: Settings, open_page: Opener):
    run = ended(store, home)
    tab = open_page("run", run=str(run.id))
    next(button for button in tab.button if button.label == "Set it up").click().run()
    assert not tab.exception
    assert address_of(tab)["training.epochs"] == "3"
    assert "data.scaling" not in address_of(tab)  # as usual
    assert store.runs()[0].id == run.id  # nothing was started


def test_one_click_trains_the_next_run_and_opens_it(store: Store, home: Settings, open_page: Opener):
    run = ended(store, home)
    tab = open_page("run", run=str(run.id))
    next(button for button in tab.button if button.label == "Train it").click().run()
    assert not tab.exception
    new = store.runs()[0]
    assert (new.status, new.network_config.data.scaling) == (RunStatus.QUEUED, "standard")
    assert new.network_config.training == run.network_config.training
    assert address_of(tab)["run"] == str(new.id)


def test_a_stopped_run_that_still_improved_goes_on_by_one_click(
    store: Store, home: Settings, open_page: Opener
):
    run = record_run(store, home, RunStatus.RUNNING, epochs=5)
    found = result(5)
    store.end(run.id, RunStatus.STOPPED, "Stopped on request.", result=found)
    tab = open_page("run", run=str(run.id))
    assert "still improving when it was stopped" in texts(tab.markdown)
    tab.button(key=f"what_happened.resume:{run.id}:still_improving").click().run()
    assert not tab.exception
    assert store.run(run.id).status is RunStatus.QUEUED


def test_a_comparison_names_what_happened_in_which_run(store: Store, home: Settings, open_page: Opener):
    ill, failed = ended(store, home), ended(store, home, RunStatus.FAILED)
    tab = open_page("compare", runs=f"{ill.id},{failed.id}")
    assert not tab.exception
    links = [link.proto.label for link in tab.get("page_link")]
    assert f"{ill.id}: it answers with one class only" in links
    assert f"{failed.id}: the training diverged" in links


def test_a_diverged_run_is_told_too(store: Store, home: Settings, open_page: Opener):
    run = ended(store, home, RunStatus.FAILED)
    tab = open_page("run", run=str(run.id))
    assert "What happened: the training diverged" in texts(tab.markdown)


def test_nothing_is_said_of_a_run_that_is_well(store: Store, home: Settings, open_page: Opener):
    run = record_run(store, home, RunStatus.RUNNING)
    found = result(3)
    assert found.validation is not None
    confusion = tuple(tuple(14 if column == row else 0 for column in range(10)) for row in range(10))
    store.end(
        run.id,
        RunStatus.FINISHED,
        result=replace(found, validation=replace(found.validation, confusion=confusion)),
    )
    tab = open_page("run", run=str(run.id))
    assert not tab.exception
    assert "What happened" not in texts(tab.markdown)


@pytest.mark.parametrize("status", [RunStatus.RUNNING, RunStatus.QUEUED])
def test_nothing_is_said_before_a_run_is_over(
    store: Store, home: Settings, open_page: Opener, status: RunStatus
):
    run = record_run(store, home, status)
    tab = open_page("run", run=str(run.id))
    assert not tab.exception
    assert "What happened" not in texts(tab.markdown)
