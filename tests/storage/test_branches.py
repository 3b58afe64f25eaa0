"""Runs that branched off from others, and what was changed while they trained, are kept and handed out."""

from pathlib import Path

import pytest

from explorer.errors import RunNotFoundError, RunStateError, StoreError
from explorer.records import Change, Parent, Request, RunStatus
from explorer.settings import Settings
from explorer.storage.stacks import Entry
from explorer.storage.store import Store
from tests.storage.samples import bin_of, config

RATE = "optimizer.learning_rate"
SLOWER = Change(RATE, epoch=2, step=14, before=0.01, value=0.001)
FASTER = Change(RATE, epoch=3, step=25, before=0.001, value=1 / 3)


def running(store: Store) -> int:
    run = store.create_run(config())
    assert store.claim(run.id, device="cpu", host="here")
    return run.id


def test_a_run_keeps_where_it_branched_off_also_when_its_parent_is_gone(store: Store) -> None:
    parent = store.create_run(config())
    branched = store.create_run(config(), parent=Parent(parent.id, 4, schedule_from=2, optimizer_steps=52))
    store.delete(parent.id)
    assert store.run(branched.id).parent == Parent(parent.id, 4, 2, 52)
    assert store.run(branched.id).epoch == 4
    assert [run.parent for run in store.runs()] == [branched.parent]
    assert store.create_run(config()).parent is None


def test_the_files_of_a_run_are_readied_before_anybody_can_see_it(store: Store) -> None:
    seen: list[tuple[int, int]] = []
    run = store.create_run(config(), prepare=lambda number: seen.append((number, len(store.runs()))))
    assert seen == [(run.id, 0)]


def test_a_run_whose_files_can_not_be_readied_does_not_come_to_be(
    store: Store, store_settings: Settings
) -> None:
    def fail(number: int) -> None:
        folder = Path(store_settings.runs / str(number))
        folder.mkdir(parents=True)
        raise StoreError("the disk is full")

    with pytest.raises(StoreError, match="disk is full"):
        store.create_run(config(), prepare=fail)
    assert store.runs() == ()
    assert list(store_settings.runs.iterdir()) == []


def test_changes_are_recorded_in_their_order_and_come_back_exactly(store: Store) -> None:
    run_id = running(store)
    store.record_together([Entry(run_id, [bin_of(1, 10)], changes=[SLOWER])])
    store.record_together([Entry(run_id, [bin_of(11, 20)], changes=[FASTER])])
    assert store.run(run_id).changes == (SLOWER, FASTER)


def test_a_wanted_rate_waits_until_its_change_is_recorded(store: Store) -> None:
    run_id = running(store)
    assert store.wanted_rates([run_id]) == {}
    store.want_rate(run_id, 0.001)
    assert store.wanted_rates([run_id, 99]) == {run_id: 0.001}
    assert store.run(run_id).wanted_rate == 0.001
    store.record_together([Entry(run_id, changes=[SLOWER])])
    assert store.wanted_rates([run_id]) == {}


def test_a_newer_wish_outlives_the_change_that_answers_the_older_one(store: Store) -> None:
    run_id = running(store)
    store.want_rate(run_id, 0.5)
    store.record_together([Entry(run_id, changes=[SLOWER])])
    assert store.wanted_rates([run_id]) == {run_id: 0.5}


def test_a_wish_for_the_rate_that_holds_is_met_without_a_mark(store: Store) -> None:
    run_id = running(store)
    store.want_rate(run_id, 0.01)
    store.record_together([Entry(run_id, changes=[Change(RATE, 1, 3, 0.01, 0.01)])])
    assert store.run(run_id).changes == ()
    assert store.run(run_id).wanted_rate is None


def test_the_rate_of_a_run_that_does_not_train_can_not_be_changed(store: Store) -> None:
    queued = store.create_run(config())
    with pytest.raises(RunStateError, match=r"is queued; the learning rate can be changed only while"):
        store.want_rate(queued.id, 0.1)
    with pytest.raises(RunNotFoundError):
        store.want_rate(99, 0.1)


def test_a_wish_outlives_a_pause_but_not_the_end(store: Store) -> None:
    run_id = running(store)
    store.want_rate(run_id, 0.1)
    store.request(run_id, Request.PAUSE)
    store.end(run_id, RunStatus.PAUSED)
    assert store.run(run_id).wanted_rate == 0.1
    store.resume(run_id)
    assert store.claim(run_id, device="cpu", host="here")
    store.end(run_id, RunStatus.FINISHED)
    assert store.run(run_id).wanted_rate is None
