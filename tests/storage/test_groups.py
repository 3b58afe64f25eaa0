"""Runs that belong together, on every backend."""

from datetime import UTC

import pytest

from explorer.config.parsing import config_from_paths
from explorer.errors import StoreError
from explorer.records import Request, RunStatus
from explorer.storage.store import Store
from tests.storage.samples import RESULT, bin_of, epoch_of

WORKER = {"device": "cpu", "host": "here"}
CONFIGS = tuple(config_from_paths({"optimizer.learning_rate": rate}) for rate in (0.001, 0.01, 0.1))


def test_the_runs_of_a_group_are_created_in_order(store: Store) -> None:
    created = store.create_runs(CONFIGS, group="sweep a")
    assert [run.config for run in created] == list(CONFIGS)
    assert [run.id for run in created] == sorted(run.id for run in created)
    assert {(run.group, run.status) for run in created} == {("sweep a", RunStatus.QUEUED)}
    assert created[0].name == "64 · relu · adam 0.001"
    assert store.runs(group="sweep a") == created[::-1]


def test_a_group_is_created_whole_or_not_at_all(store: Store) -> None:
    with pytest.raises((StoreError, AttributeError)):
        store.create_runs([*CONFIGS, None], group="sweep a")  # type: ignore[list-item]
    assert store.runs() == ()


def test_groups_are_listed_newest_first_with_how_many_runs_are_left(store: Store) -> None:
    first = store.create_runs(CONFIGS, group="sweep a")
    store.create_run(CONFIGS[0])
    store.create_run(CONFIGS[0], group="repeats b")
    store.create_runs(CONFIGS[:2], group="search c%_")
    store.claim(first[0].id, **WORKER)
    store.end(first[1].id, RunStatus.FAILED, "why")
    told = [(group.name, group.runs, group.active) for group in store.groups()]
    assert told == [("search c%_", 2, 2), ("repeats b", 1, 1), ("sweep a", 3, 2)]
    assert [group.name for group in store.groups("sweep ", "search ")] == ["search c%_", "sweep a"]
    assert [group.name for group in store.groups("search c%")] == ["search c%_"]
    assert store.groups("s%") == ()
    assert [group.name for group in store.groups(limit=1)] == ["search c%_"]
    assert store.groups()[-1].created_at == first[0].created_at
    assert store.groups()[-1].created_at.tzinfo is UTC


def test_new_epochs_of_many_runs_come_in_one_look(store: Store) -> None:
    runs = store.create_runs(CONFIGS, group="sweep a")
    for run, count in zip(runs, (3, 1, 0), strict=True):
        store.claim(run.id, **WORKER)
        store.record(run.id, (bin_of(1, 10),), [epoch_of(n) for n in range(1, count + 1)])
    a, b, c = (run.id for run in runs)
    found = store.epochs_together({a: 0, b: 0, c: 0})
    assert set(found) == {a, b}
    for run_id, epochs in found.items():
        # NaN differs from itself: compared as text
        assert repr(epochs) == repr(store.epochs(run_id, layers=False))
    assert [epoch.epoch for epoch in store.epochs_together({a: 2, b: 1, c: 0})[a]] == [3]
    assert store.epochs_together({a: 3, b: 1}) == {}
    assert store.epochs_together({}) == {}


def test_a_thousand_runs_at_as_many_epochs_are_looked_at(store: Store) -> None:
    run = store.create_runs(CONFIGS[:1], group="sweep a")[0]
    store.claim(run.id, **WORKER)
    store.record(run.id, (), [epoch_of(n) for n in range(1, 4)])
    after = {run.id + number: number for number in range(1024)}
    assert [epoch.epoch for epoch in store.epochs_together(after)[run.id]] == [1, 2, 3]


def test_a_group_is_stopped_at_once_where_it_waits_and_asked_where_it_runs(store: Store) -> None:
    waiting, running, ended = store.create_runs(CONFIGS, group="sweep a")
    store.claim(running.id, **WORKER)
    store.claim(ended.id, **WORKER)
    store.end(ended.id, RunStatus.FINISHED, result=RESULT)
    ids = [waiting.id, running.id, ended.id, 4711]
    assert store.request_all(ids, Request.STOP) == 2
    assert store.run(waiting.id).status is RunStatus.STOPPED
    assert store.pending_request(running.id) is Request.STOP
    assert store.run(ended.id).status is RunStatus.FINISHED
