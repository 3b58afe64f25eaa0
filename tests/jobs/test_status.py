import os
from contextlib import ExitStack
from dataclasses import replace

from explorer.jobs.locks import hold
from explorer.jobs.queue import inspector
from explorer.jobs.status import (
    INSPECTOR,
    WorkerStatus,
    clear_status,
    now,
    read_status,
    read_statuses,
    worker_lock,
    write_status,
)
from explorer.settings import Settings


def test_a_worker_that_holds_its_lock_is_as_it_says(settings: Settings):
    said = WorkerStatus("cuda:0", 4711, "busy", now(), threads=3, run_ids=(7, 8), found=("cuda:0", "cuda:1"))
    lock = hold(worker_lock(settings, "cuda:0"))
    assert lock is not None
    with lock:
        write_status(settings, said)
        assert read_status(settings, "cuda:0") == said
    assert read_status(settings, "cuda:0") == replace(said, state="dead")


def test_workers_are_listed_by_device_and_one_that_left_is_forgotten(settings: Settings):
    for device in ("cuda:0", "cpu"):
        write_status(settings, WorkerStatus(device, 1, "idle", now()))
    assert [status.device for status in read_statuses(settings)] == ["cpu", "cuda:0"]
    clear_status(settings, "cpu")
    assert [status.device for status in read_statuses(settings)] == ["cuda:0"]


def test_a_damaged_or_foreign_file_is_no_worker(settings: Settings):
    folder = settings.home / "workers"
    folder.mkdir(parents=True)
    (folder / "cpu.json").write_text('{"device": "cpu", ')
    (folder / "cuda-0.json").write_text('{"device": "cuda:0", "since": "2026-01-01", "found": [], "new": 1}')
    assert read_statuses(settings) == ()


def test_no_file_is_no_worker(settings: Settings):
    assert read_status(settings, "cpu") is None
    assert read_statuses(settings) == ()


def test_the_inspector_is_no_worker(settings: Settings):
    """A planner that took it for an idle device would leave runs to it for ever."""
    locks = [hold(worker_lock(settings, device)) for device in (INSPECTOR, "cpu")]
    with ExitStack() as held:
        for lock in locks:
            assert lock is not None
            held.enter_context(lock)
        for device in (INSPECTOR, "cpu"):
            write_status(settings, WorkerStatus(device, os.getpid(), "idle", now()))
        assert [status.device for status in read_statuses(settings)] == ["cpu"]
        there = inspector(settings)
        assert there is not None
        assert there.state == "idle"
