"""Fixtures of the jobs layer: a store, a home that is swept of processes, and waiting for a state."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from explorer.config.parsing import config_from_paths
from explorer.config.run import RunConfig
from explorer.jobs import queue
from explorer.jobs.runner import child_environment, stop_runner
from explorer.records import Run, RunStatus
from explorer.settings import Settings
from explorer.storage.store import Store, open_store

LIMIT_SECONDS = 120.0  # generous: a worker, which others go before, loads torch on a busy machine


def small(**changes: object) -> RunConfig:
    """A run of a second or less on the bundled digits."""
    values = {"network.hidden": [16], "training.epochs": 3, "training.batch_size": 64}
    return config_from_paths(values | {path.replace("__", "."): value for path, value in changes.items()})


def endless(**changes: object) -> RunConfig:
    """A run that outlasts every test, with short epochs."""
    return small(network__hidden=[64], training__epochs=1000, training__batch_size=4, **changes)


def wait_for(condition: Callable[[], object], what: str, seconds: float = LIMIT_SECONDS) -> None:
    """Returns once the condition holds; fails the test at the deadline."""
    pause, deadline = threading.Event(), time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"waited {seconds:g} s in vain for: {what}"
        pause.wait(0.02)


def wait_for_status(store: Store, run_id: int, *statuses: RunStatus) -> Run:
    wait_for(lambda: store.run(run_id).status in statuses, f"run {run_id} to be {' or '.join(statuses)}")
    return store.run(run_id)


def wait_for_epoch(store: Store, run_id: int, epoch: int = 1) -> None:
    wait_for(lambda: store.run(run_id).epoch >= epoch, f"epoch {epoch} of run {run_id}")


def wait_for_runs_in_hand(settings: Settings, *run_ids: int) -> None:
    """The worker says what it has in hand after it has begun."""
    wait_for(lambda: queue.workers(settings)[0].run_ids == run_ids, f"runs {run_ids} in the worker's hands")


def processes_of(settings: Settings, module: str = "") -> list[int]:
    """The processes whose environment names this home, by their module."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            environment = (folder / "environ").read_bytes().split(b"\0")
            command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
        is_ours = f"EXPLORER_HOME={settings.home}".encode() in environment
        if is_ours and int(folder.name) != os.getpid() and module in command:
            found.append(int(folder.name))
    return found


def start(settings: Settings, program: str) -> subprocess.Popen[bytes]:
    preamble = "import sys\nfrom explorer.settings import read_settings\nsettings = read_settings()\n"
    return subprocess.Popen(
        [sys.executable, "-c", preamble + program],
        env=child_environment(settings),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )


def close(process: subprocess.Popen[bytes]) -> None:
    process.communicate()
    assert process.returncode is not None


@pytest.fixture
def store(settings: Settings) -> Iterator[Store]:
    opened = open_store(settings)
    yield opened
    opened.close()


@pytest.fixture
def swept(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """Settings whose runner and workers are stopped after the test; nothing else of it is left either."""
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    yield settings
    stop_runner(settings)
    for left in processes_of(settings, "-c"):  # a test that failed left its dashboards
        with suppress(ProcessLookupError):
            os.kill(left, signal.SIGKILL)
    wait_for(lambda: not processes_of(settings), "all processes of this test to end")
