"""Ctrl-C, as a terminal sends it, to the program itself."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Generator
from pathlib import Path

import pytest

from explorer.cli.bench.first_point import wait_until
from explorer.config.parsing import parse_config
from explorer.jobs.queue import workers
from explorer.records import RunStatus
from explorer.settings import Settings
from explorer.storage.store import open_store

LONG = ("--set", "training.epochs=1000", "--set", "network.hidden=[64]")
Started = subprocess.Popen[str]


@pytest.fixture
def start(environment: dict[str, str], tmp_path: Path) -> Generator[Callable[..., Started], None, None]:
    """Starts ``python -m explorer``; whatever still runs at the end is killed."""
    started: list[Started] = []

    def call(*words: str) -> Started:
        process = subprocess.Popen(
            [sys.executable, "-m", "explorer", *words],
            env=environment,
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield call
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()


def wait_for_line(process: Started, beginning: str) -> None:
    """Reads the program's stderr until a line begins so; fails where the program ends first."""
    assert process.stderr is not None
    for line in process.stderr:
        if line.startswith(beginning):
            return
    pytest.fail(f"the program ended before it said {beginning!r}")


def test_ctrl_c_keeps_what_was_learned(start, settings: Settings):
    process = start("train", *LONG, "--json", "-")
    wait_for_line(process, "epoch 1 of 1000")
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in err
    assert "Run 1 stopped: " in err
    assert "Ctrl-C" in err
    written = json.loads(out)
    assert written["status"] == "stopped"
    assert 1 <= written["epochs_run"] < 1000
    assert len(written["history"]) == written["epochs_run"]
    assert written["test"]["accuracy"] > 0.5
    run = open_store(settings).run(1)
    assert run.status is RunStatus.STOPPED
    assert run.result is not None
    assert run.result.test.accuracy == written["test"]["accuracy"]


def test_ctrl_c_in_repeats_stops_them_all_with_what_they_learned(start, settings: Settings, tmp_path: Path):
    target = tmp_path / "repeats.json"
    process = start("train", *LONG, "--repeats", "3", "--json", str(target))
    wait_for_line(process, "epoch ")
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode == 130
    written = json.loads(target.read_text())
    assert [run["status"] for run in written["runs"]] == ["stopped"] * 3
    assert len({run["epochs_run"] for run in written["runs"]}) == 1
    assert all(run["test"]["accuracy"] > 0.5 for run in written["runs"])
    assert written["summary"][0]["finished"] == 0
    assert [run.status for run in open_store(settings).runs()] == [RunStatus.STOPPED] * 3


def test_a_run_that_is_killed_is_told_as_lost_and_can_be_resumed(start, settings: Settings, explorer):
    process = start("train", *LONG)
    wait_for_line(process, "epoch 1 of 1000")
    process.kill()
    process.communicate(timeout=60)
    shown = explorer("runs", "show", "1")
    assert "Run 1 failed. worker lost" in shown.out
    assert "Resume on the dashboard (/run?run=1) " in shown.out
    assert open_store(settings).run(1).status.can_resume


def test_a_foreground_worker_trains_what_is_queued_and_leaves_properly_on_ctrl_c(start, settings: Settings):
    store = open_store(settings)
    run = store.create_run(parse_config({"training": {"epochs": 1000}}))
    process = start("worker", "--device", "cpu")
    wait_for_line(process, "Worker of cpu")
    wait_until(lambda: bool(store.epochs(run.id)), "no epoch was recorded")
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode == 0
    assert store.run(run.id).status is RunStatus.PAUSED


def test_a_second_worker_of_a_device_is_refused(start, settings: Settings, explorer):
    process = start("worker", "--device", "cpu")
    wait_for_line(process, "Worker of cpu")
    wait_until(lambda: bool(workers(settings)), "no worker came up")
    ended = start("worker", "--device", "cpu")
    _, err = ended.communicate(timeout=60)
    assert ended.returncode == 2
    assert "Another worker has cpu" in err


@pytest.mark.parametrize("device", ["tpu", "cuda:77", ""])
def test_a_worker_of_no_such_device_is_refused(explorer, device: str):
    ended = explorer("worker", "--device", device)
    assert ended.code == 2
    assert repr(device) in ended.err


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_run_whose_end_another_program_asks_for_is_stopped_with_what_it_learned(
    start, settings: Settings, number: signal.Signals
):
    process = start("train", *LONG)
    wait_for_line(process, "epoch 1 of 1000")
    process.send_signal(number)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in err
    run = open_store(settings).run(1)
    assert run.status is RunStatus.STOPPED
    assert run.reason.startswith(f"Stopped by {number.name}.")
    assert run.result is not None
    assert run.result.epochs_run == run.epoch >= 1
