"""Lanes as real processes: what they train, and what is left when they or their owners are killed."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest

from explorer.jobs import group_cost, lane_process, queue
from explorer.jobs.company import Company, ExecutionEvent
from explorer.jobs.endings import Claims, Interruption
from explorer.jobs.execution import train_here
from explorer.jobs.lane_process import LaneProcess, LaneProcesses
from explorer.jobs.locks import is_held
from explorer.jobs.plan_execution import train_stack_here
from explorer.jobs.status import run_lock
from explorer.records import EpochMetrics, Request, Run, RunStatus
from explorer.settings import Settings
from explorer.storage.store import Store
from tests.jobs.conftest import (
    LIMIT_SECONDS,
    endless,
    processes_of,
    small,
    wait_for,
    wait_for_epoch,
    wait_for_runs_in_hand,
    wait_for_status,
)

LANE, WORKER = "-m explorer.jobs.lane", "-m explorer.jobs.worker"


@pytest.fixture
def lane(settings: Settings) -> Iterator[LaneProcess]:
    changed = threading.Event()
    process = LaneProcess(settings, "lane-1", changed)
    assert changed.wait(LIMIT_SECONDS)
    assert process.is_ready
    yield process
    process.close()
    assert processes_of(settings, LANE) == []


@pytest.fixture
def on_two_cores(swept: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    return swept


def two_side_by_side(store: Store, settings: Settings) -> tuple[Run, Run]:
    """The first in the worker, the second in its lane, both with an epoch and a saved state."""
    first = queue.submit(store, settings, endless())
    wait_for_epoch(store, first.id)
    second = queue.submit(store, settings, endless(data__train_size=1000))
    for run in (first, second):
        wait_for((settings.runs / str(run.id) / "state.safetensors").exists, "a saved state")
    assert len(processes_of(settings, LANE)) == 1
    wait_for_runs_in_hand(settings, first.id, second.id)
    return first, second


def test_a_lane_trains_what_its_owner_claimed_and_tells_of_it(
    store: Store, settings: Settings, lane: LaneProcess
):
    runs = store.create_runs([small(), small(training__seed=1)], group="seeds")
    started: list[tuple[int, int]] = []
    ended: list[tuple[int, RunStatus]] = []
    epochs: dict[int, EpochMetrics] = {}

    def see(run: Run, event: ExecutionEvent) -> None:
        if isinstance(event, EpochMetrics):
            epochs[run.id] = event

    company = Company(
        on_start=lambda runs: started.extend((run.id, run.total_steps) for run in runs),
        on_event=see,
        on_end=lambda run: ended.append((run.id, run.status)),
    )
    ids = [run.id for run in runs]
    with Claims(store, settings, ids, "cpu") as claims:
        lane.execute(store, claims.runs, "cpu", company)
    assert started == [(run_id, 63) for run_id in ids]  # 3 epochs of 1,293 images by 64
    assert sorted(ended) == [(run_id, RunStatus.FINISHED) for run_id in ids]
    assert {run_id: epoch.epoch for run_id, epoch in epochs.items()} == dict.fromkeys(ids, 3)
    for run_id in ids:
        recorded = store.epochs(run_id)[-1]
        assert (epochs[run_id].train_loss, epochs[run_id].layers) == (recorded.train_loss, ())
        alone = train_here(store, settings, store.run(run_id).network_config)
        assert recorded.train_loss == pytest.approx(store.epochs(alone.id)[-1].train_loss, rel=1e-4)

    by_itself = store.create_run(small())  # the same process, once more
    with Claims(store, settings, [by_itself.id], "cpu") as claims:
        lane.execute(store, claims.runs, "cpu", Company())
    ours, theirs = (
        [epoch.train_loss for epoch in store.epochs(run.id)]
        for run in (by_itself, train_here(store, settings, small()))
    )
    assert ours == theirs  # to the bit

    run = store.create_run(endless())
    with Claims(store, settings, [run.id], "cpu") as claims:
        pause = Interruption(RunStatus.PAUSED, "Enough.")
        company = Company(interruption=lambda: pause if store.run(run.id).epoch else None)
        lane.execute(store, claims.runs, "cpu", company, is_watched=False)
    paused = store.run(run.id)
    assert (paused.status, paused.reason) == (
        RunStatus.PAUSED,
        f"Enough. Resume goes on from epoch {paused.epoch}.",
    )


def test_requests_reach_a_lane_and_its_end_is_no_other_runs_end(store: Store, on_two_cores: Settings):
    first, second = two_side_by_side(store, on_two_cores)
    queue.pause(store, on_two_cores, second.id)
    paused = wait_for_status(store, second.id, RunStatus.PAUSED)
    queue.resume(store, on_two_cores, second.id)
    wait_for_epoch(store, second.id, paused.epoch + 1)
    (pid,) = processes_of(on_two_cores, LANE)  # the same: it was kept warm
    os.kill(pid, signal.SIGKILL)
    lost = wait_for_status(store, second.id, RunStatus.FAILED)
    assert lost.reason.startswith("worker lost: its process is gone. Resume goes on from epoch")
    wait_for_epoch(store, first.id, store.run(first.id).epoch + 2)
    queue.resume(store, on_two_cores, second.id)  # in a thread of the worker, as the lane disappointed
    wait_for_epoch(store, second.id, lost.epoch + 1)
    assert processes_of(on_two_cores, LANE) == []
    assert queue.stop_workers(on_two_cores)
    for run in (first, second):
        ended = store.run(run.id)
        assert ended.status is RunStatus.PAUSED
        assert [epoch.epoch for epoch in store.epochs(run.id)] == list(range(1, ended.epoch + 1))


def test_kill_9_of_a_worker_ends_its_lane_and_leaving_pauses_both(store: Store, on_two_cores: Settings):
    runs = two_side_by_side(store, on_two_cores)
    os.kill(queue.workers(on_two_cores)[0].pid, signal.SIGKILL)
    wait_for(lambda: not processes_of(on_two_cores, LANE), "the lane to end")
    for run in runs:
        lost = wait_for_status(store, run.id, RunStatus.FAILED)
        assert lost.reason.startswith("worker lost: it was ended by SIGKILL. Resume goes on from epoch")
    for run in runs:
        queue.resume(store, on_two_cores, run.id)
    for run in runs:
        wait_for_epoch(store, run.id, store.run(run.id).epoch + 1)
    wait_for(lambda: len(processes_of(on_two_cores, LANE)) == 1, "a lane of the new worker")
    assert queue.stop_workers(on_two_cores)
    assert processes_of(on_two_cores, "-m explorer.jobs") == []
    for run in runs:
        paused = store.run(run.id)
        assert paused.reason == f"The workers were stopped. Resume goes on from epoch {paused.epoch}."


def test_a_command_trains_in_two_processes_where_that_is_worth_it(
    store: Store, settings: Settings, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    monkeypatch.setattr(group_cost, "WORTH_A_PROCESS_SECONDS", 0.0)
    seen: set[int] = set()
    created: list[int] = []
    ended: list[int] = []

    def end(run: Run) -> None:
        ended.append(run.id)
        if len(ended) == 2:  # the first would go on for long
            store.request(created[0], Request.STOP)

    runs = train_stack_here(
        store, settings, [endless(), small(), small(network__hidden=[15])], group="shapes", on_end=end,
        on_create=lambda runs: created.extend(run.id for run in runs),
        on_event=lambda run, _event: seen.add(run.id),
    )  # fmt: skip
    assert [run.status for run in runs] == [RunStatus.STOPPED, RunStatus.FINISHED, RunStatus.FINISHED]
    assert seen == {run.id for run in runs}
    assert ended == [*created[1:], created[0]]
    assert not any(is_held(run_lock(settings, run.id)) for run in runs)
    lane_log = (settings.logs / "train-lane-1.log").read_text()
    assert [f"run {run.id} ends" in lane_log for run in runs] == [False, True, True]
    assert processes_of(settings, LANE) == []


def test_a_lane_of_a_command_that_is_killed_fails_its_run_alone(store: Store, on_two_cores: Settings):
    program = (
        "from explorer.jobs.plan_execution import train_stack_here\n"
        "from explorer.settings import read_settings\n"
        "from explorer.storage.store import open_store\n"
        "from tests.jobs.conftest import endless\n"
        "settings = read_settings()\n"
        "shapes = [endless(), endless(data__train_size=1000)]\n"
        "runs = train_stack_here(open_store(settings), settings, shapes, group='g')\n"
        "print(*(run.status for run in runs))\n"
    )
    environment = lane_process.child_environment(on_two_cores)
    command = subprocess.Popen([sys.executable, "-c", program], env=environment, stdout=subprocess.PIPE)
    wait_for(lambda: len(store.runs()) == 2 and all(run.epoch for run in store.runs()), "both to train")
    second, first = store.runs()
    (pid,) = processes_of(on_two_cores, LANE)
    os.kill(pid, signal.SIGKILL)
    lost = wait_for_status(store, second.id, RunStatus.FAILED)
    assert lost.reason.startswith("worker lost: its process is gone.")
    wait_for_epoch(store, first.id, store.run(first.id).epoch + 1)
    command.send_signal(signal.SIGINT)
    output, _ = command.communicate()
    assert output.split() == [b"stopped", b"failed"]


@pytest.mark.parametrize("python", ["/absent/python", "/bin/true"])
def test_where_no_lane_can_be_had_jobs_stay_here(
    python: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(sys, "executable", python)
    lanes = LaneProcesses(settings, "lane", 1, threading.Event())
    assert lanes.find([None], lambda: False) == "here"
    wait_for(lambda: lanes.find([None], lambda: True) == "here", "the lane to be given up")
    lanes.close()


def test_a_lane_that_was_long_idle_leaves(settings: Settings, monkeypatch: pytest.MonkeyPatch):
    changed = threading.Event()
    lanes = LaneProcesses(settings, "lane", 1, changed)
    assert lanes.find([None], lambda: True) == "later"
    assert changed.wait(LIMIT_SECONDS)
    lane = lanes.find([None], lambda: False)
    assert isinstance(lane, LaneProcess)
    assert lanes.find([None, lane], lambda: True) == "here"  # there is no other
    lanes.tidy([None])
    assert not lane.is_gone
    monkeypatch.setattr(lane_process, "IDLE_SECONDS", 0.0)
    lanes.tidy([lane])
    assert not lane.is_gone
    lanes.tidy([None])
    wait_for(lambda: lane.is_gone, "the lane to leave")
