"""Searches on the Sweep page."""

from typing import Any

import pytest

from explorer.config.parsing import config_from_paths
from explorer.config.searching import Range, Search
from explorer.jobs.reconciliation import LOST
from explorer.jobs.search import continue_searches, read_search, start_search
from explorer.records import Run, RunStatus
from explorer.settings import Settings
from explorer.storage.store import Store

from .conftest import Opener, address_of, key_of, texts
from .recorded import result
from .sweeps import RATE, buttons, charts, train

SEARCH = f"{RATE}=log:0.0001:1;network.activation=relu, tanh"


def searching(store: Store, home: Settings, *, budget: int = 16, **more: Any) -> tuple[str, tuple[Run, ...]]:
    ranges = (Range(RATE, "log", 1e-4, 1.0), Range("network.activation", "choice", choices=("relu", "tanh")))
    search = Search(config_from_paths({"training.epochs": 3}), ranges, budget, **more)
    group = "search abcdef · learning rate × activation"
    return group, start_search(store, home, search, group)


def test_a_search_is_started_with_its_ranges_and_its_budget(store: Store, open_page: Opener):
    tab = open_page(
        "sweep", search=SEARCH, runs="20", look_for="validation_accuracy", **{"training.epochs": "2"}
    )
    assert not tab.exception
    next(button for button in tab.button if button.label == "Search with 20 runs").click().run()
    assert not tab.exception
    runs = store.runs()
    assert len(runs) == 8
    group = runs[0].group
    assert group is not None
    assert group.endswith("· learning rate × activation")
    search = read_search(store, group)
    assert search is not None
    assert (search.budget, search.objective) == (20, "validation_accuracy")
    assert search.ranges == (
        Range(RATE, "log", 1e-4, 1.0),
        Range("network.activation", "choice", choices=("relu", "tanh")),
    )
    assert search.base == config_from_paths({"training.epochs": 2})
    assert address_of(tab)["search"] == SEARCH
    assert address_of(tab)["runs"] == "20"
    assert "Stop the search" in buttons(tab)
    assert "Next in the queue" in texts(tab.info)


def test_a_search_has_what_was_typed_right_before_the_click(store: Store, open_page: Opener):
    tab = open_page("sweep", search=SEARCH, runs="20")
    tab.number_input(key=key_of(tab, "search.budget")).set_value(12)
    tab.number_input(key=key_of(tab, f"sweep.to:{RATE}")).set_value(0.1)
    next(button for button in tab.button if button.label == "Search with 20 runs").click().run()
    search = read_search(store, store.runs()[0].group or "")
    assert search is not None
    assert search.budget == 12
    assert search.ranges[0] == Range(RATE, "log", 1e-4, 0.1)


def test_a_search_under_way_shows_its_trials_and_the_best_by_what_it_looks_for(
    store: Store, home: Settings, open_page: Opener
):
    _, runs = searching(store, home)
    for run in runs[:4]:
        train(store, home, run, 3)
        store.end(run.id, RunStatus.FINISHED, "", result(3))
    train(store, home, runs[4], 1)
    tab = open_page("sweep")
    assert not tab.exception
    (bar,) = tab.get("progress")
    assert bar.proto.text.startswith("4 of 16 runs ended · 1 training · 3 waiting")
    assert "Best by validation so far" in texts(tab.success)
    assert "loss 0.2500" in texts(tab.success)
    assert charts(tab) == 1
    table = tab.dataframe[0].value
    assert len(table) == 8
    assert "runs" not in table
    assert list(table["validation_loss"].isna()) == [False] * 4 + [False] + [True] * 3


def test_between_two_batches_a_search_says_that_it_goes_on(store: Store, home: Settings, open_page: Opener):
    _, runs = searching(store, home)
    for run in runs:
        train(store, home, run, 3)
        store.end(run.id, RunStatus.FINISHED, "", result(3))
    tab = open_page("sweep")
    assert not tab.exception
    (bar,) = tab.get("progress")
    assert bar.proto.text.startswith("8 of 16 runs ended · the next ones are being chosen")
    assert "Waiting" in texts(tab.markdown)
    next(button for button in tab.button if button.label == "Stop the search").click().run()
    assert "Finished" in texts(tab.markdown)
    assert not tab.get("progress")
    assert continue_searches(store, home) == 0


def test_a_search_whose_worker_was_lost_waits_to_be_resumed(store: Store, home: Settings, open_page: Opener):
    _, runs = searching(store, home)
    for run in runs:
        store.end(run.id, RunStatus.FAILED, f"{LOST}: its process is gone. Resume goes on from epoch 2.")
    continue_searches(store, home)
    tab = open_page("sweep")
    assert "Interrupted" in texts(tab.markdown)
    next(button for button in tab.button if button.label == f"Resume {len(runs)} runs").click().run()
    assert not tab.exception
    assert {run.status for run in store.runs()} == {RunStatus.QUEUED}
    assert "Stop the search" in buttons(tab)


def test_a_search_that_failed_as_a_whole_says_why(store: Store, home: Settings, open_page: Opener):
    _, runs = searching(store, home)
    for run in runs:
        store.end(run.id, RunStatus.FAILED, "The disk is full.")
    continue_searches(store, home)
    tab = open_page("sweep")
    assert not tab.exception
    assert "The disk is full." in texts(tab.error)
    assert "Stop the search" not in buttons(tab)


def test_the_settings_of_a_search_can_be_used_again(store: Store, home: Settings, open_page: Opener):
    group, _ = searching(store, home, budget=24, objective="validation_accuracy")
    tab = open_page("sweep")
    next(button for button in tab.button if button.label == "Use its settings").click().run()
    assert not tab.exception
    next(button for button in tab.button if button.label == "Search with 24 runs").click().run()
    newest = store.runs()[0].group
    assert newest is not None
    assert newest != group
    assert read_search(store, newest) == read_search(store, group)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"search": f"{RATE}=log:1:0.1"}, "from a smaller to a greater number"),
        ({"search": f"{RATE}=log:0.1:99"}, "got 99"),
        ({"search": f"{RATE}=lin:0.1"}, "Learning rate needs numbers in From and To."),
        ({"search": "network.activation=relu"}, "at least two values"),
        ({"search": f"{RATE}=log:0.001:1", "runs": "2000"}, "Runs must be a whole number"),
        ({"search": f"{RATE}=log:0.001:1", "data.validation_size": "0"}, "compares runs by their validation"),
        ({"search": "nonsense=1,2"}, "nonsense=1,2"),
        ({"search": f"{RATE}=log:1:0.1;{RATE}=lin:0:1"}, "given each field once"),
    ],
)  # fmt: skip
def test_what_cant_be_searched_is_said_before_anything_starts(
    query: dict[str, str], said: str, store: Store, open_page: Opener
):
    tab = open_page("sweep", **query)
    assert not tab.exception
    assert said in texts(tab.warning).replace("\\", "")
    assert next(button for button in tab.button if button.label == "Search").disabled
    assert store.runs() == ()
