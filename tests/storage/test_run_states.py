"""The states of a run in the store: claimed, asked to stop, ended, lost, resumed."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from explorer.errors import RunStateError
from explorer.records import Request, RunStatus
from explorer.settings import Settings
from explorer.storage.store import Store, open_store
from tests.storage.samples import RESULT, WORKER, bin_of, claimed, config, ended, epoch_of


def test_the_queue_hands_out_the_oldest_run_for_a_device(store: Store) -> None:
    on_gpu, anywhere, later = (store.create_run(config(device)) for device in ("cuda", "auto", "auto"))
    candidate = store.next_queued(lambda device: device in ("auto", "cpu"))
    assert candidate is not None
    assert candidate.id == anywhere.id < later.id
    first = store.next_queued(lambda _device: True)
    assert first is not None
    assert first.id == on_gpu.id
    assert store.next_queued(lambda _device: False) is None


def test_a_resumed_run_waits_behind_those_that_waited_before(store: Store) -> None:
    paused = ended(store, RunStatus.PAUSED)
    waiting = store.create_run(config())
    store.resume(paused.id)
    candidate = store.next_queued(lambda _device: True)
    assert candidate is not None
    assert candidate.id == waiting.id


def test_a_claimed_run_is_running_and_out_of_the_queue(store: Store) -> None:
    run = claimed(store)
    assert (run.status, run.device) == (RunStatus.RUNNING, "cpu")
    assert run.started_at is not None
    assert not store.claim(run.id, **WORKER)
    assert store.next_queued(lambda _device: True) is None


def test_of_many_workers_one_gets_the_run(store: Store, store_settings: Settings) -> None:
    run = store.create_run(config())
    workers = [open_store(store_settings) for _ in range(6)]
    barrier = Barrier(len(workers))

    def claim(worker: Store) -> bool:
        barrier.wait()
        return worker.claim(run.id, **WORKER)

    with ThreadPoolExecutor(len(workers)) as pool:
        assert sum(pool.map(claim, workers)) == 1
    for worker in workers:
        worker.close()


def test_a_request_reaches_the_worker_with_its_next_record(store: Store) -> None:
    run = claimed(store)
    assert store.record(run.id, [bin_of(1, 5)]) is None
    store.request(run.id, Request.PAUSE)
    assert store.run(run.id).request is store.pending_request(run.id) is Request.PAUSE
    assert store.record(run.id, [bin_of(6, 9)]) is Request.PAUSE
    store.end(run.id, RunStatus.PAUSED)
    assert store.pending_request(run.id) is None


@pytest.mark.parametrize(
    ("request_", "status"), [(Request.PAUSE, RunStatus.PAUSED), (Request.STOP, RunStatus.STOPPED)]
)
def test_a_queued_run_pauses_or_stops_at_once(store: Store, request_: Request, status: RunStatus) -> None:
    run = store.create_run(config())
    store.request(run.id, request_)
    assert store.run(run.id).status is status
    assert not store.claim(run.id, **WORKER)


@pytest.mark.parametrize(
    ("status", "request_", "accepted"),
    [
        (RunStatus.FINISHED, Request.STOP, "queued, running or paused"),
        (RunStatus.STOPPED, Request.STOP, "queued, running or paused"),
        (RunStatus.FAILED, Request.PAUSE, "queued or running"),
        (RunStatus.PAUSED, Request.PAUSE, "queued or running"),
    ],
)
def test_a_run_that_has_ended_takes_no_requests(
    store: Store, status: RunStatus, request_: Request, accepted: str
) -> None:
    run = ended(store, status)
    with pytest.raises(RunStateError, match=f"is {status}; only a {accepted} run"):
        store.request(run.id, request_)


def test_a_paused_run_that_is_to_stop_is_handed_to_a_worker_with_this_wish(store: Store) -> None:
    run = claimed(store)
    store.record(run.id, [bin_of(1, 5)], [epoch_of(1)])
    store.end(run.id, RunStatus.PAUSED, "why")
    store.request(run.id, Request.STOP)
    assert (store.run(run.id).status, store.run(run.id).request) == (RunStatus.QUEUED, Request.STOP)
    assert store.claim(run.id, **WORKER)
    assert store.run(run.id).request is Request.STOP
    store.end(run.id, RunStatus.STOPPED, "measured")
    assert store.run(run.id).request is None


def test_a_paused_run_that_learned_nothing_stops_at_once(store: Store) -> None:
    run = ended(store, RunStatus.PAUSED)
    store.request(run.id, Request.STOP)
    run = store.run(run.id)
    assert (run.status, run.reason) == (RunStatus.STOPPED, "Stopped while it was paused.")
    assert run.ended_at is not None


def test_a_paused_run_that_waits_to_be_measured_can_stop_at_once(store: Store) -> None:
    run = claimed(store)
    store.record(run.id, [bin_of(1, 5)], [epoch_of(1)])
    store.end(run.id, RunStatus.PAUSED, "why")
    store.request(run.id, Request.STOP)
    store.request(run.id, Request.STOP)
    assert (store.run(run.id).status, store.run(run.id).request) == (RunStatus.STOPPED, None)


def test_an_ended_run_has_its_result_and_its_reason(store: Store) -> None:
    run = claimed(store)
    store.end(run.id, RunStatus.FINISHED, "Stopped early.", RESULT)
    run = store.run(run.id)
    assert (run.status, run.reason, run.result) == (RunStatus.FINISHED, "Stopped early.", RESULT)
    assert run.ended_at is not None
    assert run.started_at is not None
    assert run.ended_at >= run.started_at


def test_an_ended_run_does_not_end_again(store: Store) -> None:
    run = ended(store, RunStatus.FINISHED)
    with pytest.raises(RunStateError, match="is finished now"):
        store.end(run.id, RunStatus.FAILED, "worker lost")
    assert store.run(run.id).reason == "why"


def test_no_run_ends_as_running(store: Store) -> None:
    run = claimed(store)
    with pytest.raises(RunStateError, match="ends as paused, finished, stopped or failed"):
        store.end(run.id, RunStatus.RUNNING)


def test_an_ended_run_records_no_more(store: Store) -> None:
    run = ended(store, RunStatus.STOPPED)
    with pytest.raises(RunStateError, match="it is stopped now"):
        store.record(run.id, [bin_of(1, 5)])
    assert store.steps(run.id) == ()


def test_a_lost_run_fails_once_with_a_reason(store: Store) -> None:
    run = claimed(store)
    (lost,) = store.claims()
    assert store.end_lost(lost, "worker lost")
    assert not store.end_lost(lost, "again")
    run = store.run(run.id)
    assert (run.status, run.reason) == (RunStatus.FAILED, "worker lost")
    assert store.claims() == ()


def test_a_run_claimed_anew_is_not_lost_by_an_old_claim(store: Store) -> None:
    run = claimed(store)
    (old,) = store.claims()
    store.end(run.id, RunStatus.PAUSED)
    store.resume(run.id)
    store.claim(run.id, **WORKER)
    assert not store.end_lost(old, "worker lost")
    assert store.run(run.id).status is RunStatus.RUNNING


def test_a_worker_thought_lost_writes_nothing_into_its_successors_run(
    store: Store, store_settings: Settings
) -> None:
    run = claimed(store)
    successor = open_store(store_settings)
    successor.end_lost(*successor.claims(), "worker lost")
    successor.resume(run.id)
    assert successor.claim(run.id, device="cuda:0", host="there")
    with pytest.raises(RunStateError, match="taken from this worker"):
        store.record(run.id, [bin_of(1, 5)])
    with pytest.raises(RunStateError, match="running now"):
        store.end(run.id, RunStatus.FINISHED, result=RESULT)
    successor.record(run.id, [bin_of(1, 6)])
    assert store.steps(run.id) == (bin_of(1, 6),)
    successor.close()


@pytest.mark.parametrize("status", [RunStatus.PAUSED, RunStatus.STOPPED, RunStatus.FAILED])
def test_a_resumed_run_is_queued_with_its_curve_and_its_first_start(store: Store, status: RunStatus) -> None:
    run = claimed(store)
    store.record(run.id, [bin_of(1, 10)], [epoch_of(1)])
    store.end(run.id, status, "why", RESULT)
    resumed = store.resume(run.id)
    assert resumed == store.run(run.id)
    assert (resumed.status, resumed.reason, resumed.result) == (RunStatus.QUEUED, "", None)
    assert (resumed.device, resumed.ended_at) == (None, None)
    assert (resumed.epoch, resumed.step, len(store.steps(run.id))) == (1, 10, 1)
    store.claim(run.id, **WORKER)
    assert store.run(run.id).started_at == run.started_at


@pytest.mark.parametrize("status", [RunStatus.QUEUED, RunStatus.RUNNING, RunStatus.FINISHED])
def test_only_a_halted_run_can_be_resumed(store: Store, status: RunStatus) -> None:
    run = store.create_run(config())
    if status is not RunStatus.QUEUED:
        store.claim(run.id, **WORKER)
    if status is RunStatus.FINISHED:
        store.end(run.id, status)
    with pytest.raises(RunStateError, match=f"is {status}; only a paused, stopped or failed"):
        store.resume(run.id)
