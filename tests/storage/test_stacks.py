"""What is done to several runs in one transaction is what would be done to each."""

from datetime import timedelta

import pytest

from explorer.errors import RunNotFoundError, RunStateError
from explorer.records import Request, RunStatus
from explorer.settings import Settings
from explorer.storage.stacks import Entry, Start
from explorer.storage.store import Store, open_store
from tests.storage.samples import bin_of, config, epoch_of

WORKER = {"device": "cpu", "host": "here"}


def several(store: Store, count: int = 3) -> list[int]:
    return [store.create_run(config(), group="sweep").id for _ in range(count)]


def running(store: Store, count: int = 3) -> list[int]:
    ids = several(store, count)
    assert store.claim_together(ids, **WORKER) == tuple(ids)
    return ids


def test_the_queue_is_listed_oldest_first_for_a_device(store: Store) -> None:
    on_gpu, anywhere = store.create_run(config("cuda"), group="a"), store.create_run(config("auto"))
    resumed = store.create_run(config("auto"))
    store.request(resumed.id, Request.PAUSE)
    store.resume(resumed.id)
    taken = store.create_run(config("auto"))
    assert store.claim(taken.id, **WORKER)
    queued = store.waiting(lambda _device: True)
    assert [run.run_id for run in queued] == [on_gpu.id, anywhere.id, resumed.id]
    assert [(run.wanted, run.group, run.epoch) for run in queued] == [
        ("cuda", "a", 0), ("auto", None, 0), ("auto", None, 0),
    ]  # fmt: skip
    assert queued[0].config == config("cuda")
    assert queued[1].queued_at - anywhere.created_at < timedelta(seconds=1)
    assert [run.run_id for run in store.waiting(lambda device: device == "cuda")] == [on_gpu.id]
    assert store.waiting(lambda _device: False) == ()


def test_of_several_runs_those_still_queued_are_claimed(store: Store) -> None:
    first, second, third = several(store)
    assert store.claim(second, **WORKER)
    assert store.claim_together([first, second, third, 99], **WORKER) == (first, third)
    assert {run.status for run in store.runs()} == {RunStatus.RUNNING}
    assert {claim.attempt for claim in store.claims()} == {1}
    assert store.claim_together([first], **WORKER) == ()


def test_curves_of_several_runs_are_recorded_each_its_own(store: Store) -> None:
    first, second, third = running(store)
    answers = store.record_together(
        [
            Entry(first, [bin_of(1, 10)], [epoch_of(1)], 100.0),
            Entry(second, [bin_of(1, 10), bin_of(11, 14)], (), 50.0),
            Entry(third),
        ]
    )
    assert answers == {first: None, second: None, third: None}
    assert [len(store.steps(run_id)) for run_id in (first, second, third)] == [1, 2, 0]
    assert [len(store.epochs(run_id)) for run_id in (first, second, third)] == [1, 0, 0]
    assert [(store.run(run_id).epoch, store.run(run_id).step) for run_id in (first, second, third)] == [
        (1, 10), (0, 14), (0, 0),
    ]  # fmt: skip
    assert [store.run(run_id).samples_per_second for run_id in (first, second)] == [100.0, 50.0]
    assert store.predictions(first, 1) == epoch_of(1).predictions


def test_each_run_answers_with_its_own_request(store: Store) -> None:
    first, second, third = running(store)
    store.request(first, Request.PAUSE)
    store.request(third, Request.STOP)
    answers = store.record_together([Entry(run_id) for run_id in (first, second, third)])
    assert answers == {first: Request.PAUSE, second: None, third: Request.STOP}


def test_a_run_that_was_taken_away_does_not_keep_the_others_from_being_recorded(store: Store) -> None:
    first, second, third = running(store)
    for claim in store.claims():
        if claim.run_id == second:
            assert store.end_lost(claim, "worker lost: it was silent.")
    store.request(third, Request.STOP)
    answers = store.record_together([Entry(run_id, [bin_of(1, 5)]) for run_id in (first, second, 99)])
    assert answers[first] is None
    assert isinstance(answers[second], RunStateError)
    assert "worker lost: it was silent" in str(answers[second])
    assert isinstance(answers[99], RunNotFoundError)
    assert len(store.steps(first)) == 1
    assert store.steps(second) == ()


def test_a_later_attempt_of_somebody_else_is_not_written_to(store: Store, store_settings: Settings) -> None:
    (run_id,) = running(store, 1)
    for claim in store.claims():
        store.end_lost(claim, "worker lost")
    store.resume(run_id)
    successor = open_store(store_settings)
    assert successor.claim_together([run_id], **WORKER) == (run_id,)
    answers = store.record_together([Entry(run_id, [bin_of(1, 5)])])
    assert isinstance(answers[run_id], RunStateError)
    assert successor.record_together([Entry(run_id, [bin_of(1, 5)])]) == {run_id: None}
    successor.close()


def test_several_runs_begin_each_from_its_own_epoch(store: Store) -> None:
    first, second, third = running(store)
    for run_id in (first, second):
        store.record(
            run_id, [bin_of(1, 10), bin_of(11, 20, 2), bin_of(21, 25, 3)], [epoch_of(1), epoch_of(2)]
        )
    store.begin_together({first: Start(1, 10, 50), second: Start(2, 20, 60), third: Start(0, 0, 70)})
    assert [store.run(run_id).total_steps for run_id in (first, second, third)] == [50, 60, 70]
    assert [(store.run(run_id).epoch, store.run(run_id).step) for run_id in (first, second, third)] == [
        (1, 10), (2, 20), (0, 0),
    ]  # fmt: skip
    assert [len(store.steps(run_id)) for run_id in (first, second, third)] == [1, 2, 0]
    with pytest.raises(RunNotFoundError, match="no run 99"):
        store.begin_together({99: Start(0, 0, 10)})
