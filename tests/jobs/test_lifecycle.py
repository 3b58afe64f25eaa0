"""Runner and workers as real processes: what a user and a hard day do to them."""

import itertools
import os
import signal
import subprocess
import sys

import pytest

from explorer.jobs import queue
from explorer.jobs.locks import is_held
from explorer.jobs.runner import (
    attach_dashboard,
    child_environment,
    dashboard_lock,
    ensure_runner,
    runner_lock,
)
from explorer.jobs.status import run_lock
from explorer.records import RunStatus
from explorer.settings import Settings
from explorer.storage.store import Store
from tests.jobs.conftest import (
    close,
    endless,
    processes_of,
    small,
    start,
    wait_for,
    wait_for_epoch,
    wait_for_runs_in_hand,
    wait_for_status,
)

RUNNER, WORKER = "explorer.jobs.runner", "explorer.jobs.worker"


def processes(settings: Settings, module: str) -> list[int]:
    return processes_of(settings, f"-m {module}")


def start_dashboard(settings: Settings) -> subprocess.Popen[bytes]:
    """A process that does with the jobs layer what the dashboard does."""
    dashboard = start(
        settings,
        "from explorer.jobs.runner import attach_dashboard, ensure_runner\n"
        "lock = attach_dashboard(settings)\n"
        "ensure_runner(settings)\n"
        "print('attached', flush=True)\n"
        "sys.stdin.read()\n",
    )
    assert dashboard.stdout is not None
    assert dashboard.stdout.readline() == b"attached\n"
    return dashboard


def worker_pid(settings: Settings) -> int:
    wait_for(lambda: [w for w in queue.workers(settings) if w.state == "busy"], "a busy worker")
    return queue.workers(settings)[0].pid


def wait_until_all_left(settings: Settings) -> None:
    wait_for(lambda: not processes_of(settings, "-m explorer.jobs"), "runner and workers to leave")
    wait_for(lambda: not is_held(runner_lock(settings)), "the runner's lock to go with it")  # a moment later
    assert queue.workers(settings) == ()


def test_a_submitted_run_is_trained_paused_resumed_and_stopped(store: Store, swept: Settings):
    first = queue.submit(store, swept, small(), name="first")
    assert first.status is RunStatus.QUEUED
    finished = wait_for_status(store, first.id, RunStatus.FINISHED)
    assert finished.device == "cpu"
    assert finished.result is not None

    second = queue.submit(store, swept, endless())
    wait_for_epoch(store, second.id)
    wait_for_runs_in_hand(swept, second.id)
    queue.pause(store, swept, second.id)
    paused = wait_for_status(store, second.id, RunStatus.PAUSED)
    assert paused.reason == f"Paused on request. Resume goes on from epoch {paused.epoch}."
    queue.resume(store, swept, second.id)
    wait_for_epoch(store, second.id, paused.epoch + 1)
    queue.stop(store, swept, second.id)
    stopped = wait_for_status(store, second.id, RunStatus.STOPPED)
    assert stopped.result is not None
    assert stopped.result.epochs_run == stopped.epoch
    history = [epoch.epoch for epoch in store.epochs(second.id)]
    assert history == list(range(1, stopped.epoch + 1))
    queue.delete(store, swept, second.id)
    assert [run.id for run in store.runs()] == [first.id]


def test_runs_are_trained_in_their_order_but_for_one_whose_device_nobody_has(store: Store, swept: Settings):
    absent = queue.submit(store, swept, small(training__device="cuda:99"))
    runs = [queue.submit(store, swept, small(network__hidden=[units])) for units in (16, 15, 14)]
    done = [wait_for_status(store, run.id, RunStatus.FINISHED) for run in runs]
    for earlier, later in itertools.pairwise(done):
        assert earlier.ended_at is not None
        assert later.started_at is not None
        assert earlier.ended_at <= later.started_at
    refused = store.run(absent.id)
    assert refused.status is RunStatus.FAILED
    assert "cuda:99" in refused.reason


def test_kill_9_of_a_worker_fails_its_run_and_another_worker_goes_on(store: Store, swept: Settings):
    lost = queue.submit(store, swept, endless())
    waiting = queue.submit(store, swept, small())
    wait_for_epoch(store, lost.id, 2)
    wait_for((swept.runs / str(lost.id) / "state.safetensors").exists, "a saved state")
    killed = worker_pid(swept)
    os.kill(killed, signal.SIGKILL)
    # Nobody but the new worker looks here; a page that looks would know at once.
    failed = wait_for_status(store, lost.id, RunStatus.FAILED)
    assert failed.reason.startswith("worker lost: it was ended by SIGKILL. Resume goes on from epoch")
    wait_for_status(store, waiting.id, RunStatus.FINISHED)
    assert queue.workers(swept)[0].pid != killed

    kept = {epoch.epoch: epoch for epoch in store.epochs(lost.id)}
    queue.resume(store, swept, lost.id)
    wait_for_epoch(store, lost.id, failed.epoch + 1)
    queue.stop(store, swept, lost.id)
    wait_for_status(store, lost.id, RunStatus.STOPPED)
    after = store.epochs(lost.id)
    assert [epoch.epoch for epoch in after] == list(range(1, len(after) + 1))
    assert all(epoch.train_loss == kept[epoch.epoch].train_loss for epoch in after if epoch.epoch in kept)


def test_queued_runs_of_one_shape_are_trained_as_one_job(store: Store, swept: Settings):
    configs = [endless(optimizer__learning_rate=0.001 * (n + 1)) for n in range(6)]
    runs = queue.submit_group(store, swept, configs, "sweep")
    ids = tuple(run.id for run in runs)
    for run_id in ids:
        wait_for_epoch(store, run_id)
    wait_for_runs_in_hand(swept, *ids)
    queue.stop(store, swept, ids[0])
    stopped = wait_for_status(store, ids[0], RunStatus.STOPPED)
    assert stopped.result is not None
    queue.pause(store, swept, ids[1])
    paused = wait_for_status(store, ids[1], RunStatus.PAUSED)
    wait_for_epoch(store, ids[5], paused.epoch + 2)
    assert {store.run(run_id).status for run_id in ids[2:]} == {RunStatus.RUNNING}
    assert queue.stop_group(store, swept, "sweep") == 4
    for run_id in ids[2:]:
        assert wait_for_status(store, run_id, RunStatus.STOPPED).result is not None


def test_kill_9_in_mid_stack_loses_no_run(store: Store, swept: Settings):
    configs = [endless(optimizer__learning_rate=0.001 * (n + 1)) for n in range(3)]
    ids = [run.id for run in queue.submit_group(store, swept, configs, "sweep")]
    for run_id in ids:
        wait_for((swept.runs / str(run_id) / "state.safetensors").exists, "a saved state")
    os.kill(worker_pid(swept), signal.SIGKILL)
    lost = [wait_for_status(store, run_id, RunStatus.FAILED) for run_id in ids]
    for run in lost:
        assert run.reason.startswith("worker lost: it was ended by SIGKILL. Resume goes on from epoch")
    for run in lost:
        queue.resume(store, swept, run.id)
    waiting = {run.id: run.epoch + 1 for run in lost}

    def that_went_on() -> list[int]:
        return [run_id for run_id, epoch in waiting.items() if store.run(run_id).epoch >= epoch]

    while waiting:  # killed between an epoch of one and of another, they go on one after the other
        wait_for(that_went_on, f"one of the runs {list(waiting)} to go on")
        for run_id in that_went_on():
            queue.pause(store, swept, run_id)
            del waiting[run_id]
    for run_id in ids:
        paused = wait_for_status(store, run_id, RunStatus.PAUSED)
        assert paused.result is None
        history = [epoch.epoch for epoch in store.epochs(run_id)]
        assert history == list(range(1, paused.epoch + 1))


def test_a_sweep_makes_room_for_a_run_of_somebody_else(store: Store, swept: Settings):
    sweep = [endless(optimizer__learning_rate=0.001 * (n + 1)) for n in range(4)]
    ids = [run.id for run in queue.submit_group(store, swept, sweep, "sweep")]
    wait_for_epoch(store, ids[0])
    wait_for_status(store, queue.submit(store, swept, small()).id, RunStatus.FINISHED)
    before = store.run(ids[0])
    assert before.status is RunStatus.RUNNING
    wait_for_epoch(store, ids[0], before.epoch + 1)


def test_whoever_looks_sees_a_killed_worker_at_once(store: Store, swept: Settings):
    run = queue.submit(store, swept, endless())
    wait_for_epoch(store, run.id)
    pid = worker_pid(swept)
    runner_pid = processes(swept, RUNNER)[0]
    os.kill(runner_pid, signal.SIGSTOP)  # so that nobody else can have said it
    try:
        os.kill(pid, signal.SIGKILL)
        wait_for(lambda: queue.workers(swept)[0].state == "dead", "the worker to be seen dead")
        wait_for(lambda: not is_held(run_lock(swept, run.id)), "the run's lock to go with it")
        with pytest.raises(Exception, match="failed"):
            queue.pause(store, swept, run.id)
        assert store.run(run.id).status is RunStatus.FAILED
    finally:
        os.kill(runner_pid, signal.SIGCONT)


def test_kill_9_of_the_runner_pauses_the_run_and_the_next_look_starts_over(store: Store, swept: Settings):
    run = queue.submit(store, swept, endless())
    wait_for_epoch(store, run.id)
    os.kill(processes(swept, RUNNER)[0], signal.SIGKILL)
    paused = wait_for_status(store, run.id, RunStatus.PAUSED)
    assert paused.reason == f"The workers were stopped. Resume goes on from epoch {paused.epoch}."
    wait_until_all_left(swept)
    waiting = store.create_run(small())
    ensure_runner(swept)
    wait_for_status(store, waiting.id, RunStatus.FINISHED)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_the_end_of_the_dashboard_pauses_the_run_with_every_epoch_kept(
    store: Store, swept: Settings, number: signal.Signals
):
    dashboard = start_dashboard(swept)
    run = queue.submit(store, swept, endless())
    wait_for_epoch(store, run.id)
    dashboard.send_signal(number)
    paused = wait_for_status(store, run.id, RunStatus.PAUSED)
    assert paused.reason == f"The dashboard was closed. Resume goes on from epoch {paused.epoch}."
    assert len(store.epochs(run.id)) == paused.epoch >= 1
    wait_until_all_left(swept)
    close(dashboard)


def test_by_choice_the_queue_is_finished_after_the_dashboard_is_gone(store: Store, swept: Settings):
    store.set_setting("keep_running_after_close", True)
    dashboard = start_dashboard(swept)
    first = queue.submit(store, swept, small(training__epochs=200))
    second = queue.submit(store, swept, small())
    wait_for_epoch(store, first.id)
    dashboard.kill()
    wait_for_status(store, first.id, RunStatus.FINISHED)
    wait_for_status(store, second.id, RunStatus.FINISHED)
    wait_until_all_left(swept)
    close(dashboard)


def test_a_dashboard_beside_another_keeps_the_workers_when_that_one_is_gone(store: Store, swept: Settings):
    first, second = start_dashboard(swept), start_dashboard(swept)
    run = queue.submit(store, swept, endless())
    wait_for_epoch(store, run.id)
    first.kill()
    close(first)
    wait_for_epoch(store, run.id, store.run(run.id).epoch + 20)
    assert is_held(dashboard_lock(swept))
    second.kill()
    wait_for_status(store, run.id, RunStatus.PAUSED)
    close(second)


def test_many_processes_that_ask_at_once_get_one_runner_and_one_worker(store: Store, swept: Settings):
    racers = [
        start(
            swept,
            "from explorer.jobs.runner import attach_dashboard, ensure_runner\n"
            "lock = attach_dashboard(settings)\n"
            "sys.stdin.readline()\n"
            "for _ in range(40):\n"
            "    ensure_runner(settings)\n"
            "print('done', flush=True)\n"
            "sys.stdin.read()\n",
        )
        for _ in range(4)
    ]
    wait_for(lambda: len(processes_of(swept)) == 4, "all racers to start")
    for racer in racers:
        assert racer.stdin is not None
        racer.stdin.write(b"go\n")
        racer.stdin.flush()
    for racer in racers:
        assert racer.stdout is not None
        assert racer.stdout.readline() == b"done\n"
    run = queue.submit(store, swept, endless())
    wait_for_epoch(store, run.id)
    wait_for(lambda: len(processes(swept, RUNNER)) == 1, "all runners but one to leave")
    assert len(processes(swept, WORKER)) == 1
    for racer in racers:
        close(racer)
    wait_for_status(store, run.id, RunStatus.PAUSED)
    wait_until_all_left(swept)


def test_stopped_workers_stay_away_until_somebody_wants_a_run_trained(store: Store, swept: Settings):
    dashboard = attach_dashboard(swept)
    assert dashboard is not None
    with dashboard:
        run = queue.submit(store, swept, endless())
        wait_for_epoch(store, run.id)
        assert queue.stop_workers(swept)
        assert store.run(run.id).status is RunStatus.PAUSED
        assert not processes(swept, WORKER)
        ensure_runner(swept)  # as a page that merely looks
        assert not processes(swept, RUNNER)
        queue.resume(store, swept, run.id)
        wait_for_epoch(store, run.id, store.run(run.id).epoch + 1)
        command = [sys.executable, "-m", RUNNER, "--stop"]  # as ``make stop``
        assert subprocess.run(command, env=child_environment(swept), check=False).returncode == 0
        assert not processes(swept, RUNNER)


def test_a_runner_without_a_dashboard_leaves_when_there_is_nothing_to_do(store: Store, swept: Settings):
    run = store.create_run(small())
    idle = start(
        swept,
        "from explorer.jobs.supervision import Supervisor\n"
        "sys.exit(Supervisor(settings, idle_seconds=0.5).run())\n",
    )
    wait_for_status(store, run.id, RunStatus.FINISHED)
    close(idle)
    assert idle.returncode == 0
    wait_until_all_left(swept)


def test_a_runner_that_was_stopped_before_it_had_begun_leaves_at_once(store: Store, swept: Settings):
    run = store.create_run(small())
    assert queue.stop_workers(swept)
    # As ``ensure_runner`` had started it a moment before.
    late = subprocess.run([sys.executable, "-m", RUNNER], env=child_environment(swept), check=False)
    assert late.returncode == 0
    assert store.run(run.id).status is RunStatus.QUEUED
