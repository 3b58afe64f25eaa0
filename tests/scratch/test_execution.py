"""NumPy runs in the queue and the store, from the command line and in a worker."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from explorer.config.parsing import config_from_paths
from explorer.config.run import RunConfig
from explorer.jobs.endings import Interruption, claimed
from explorer.jobs.execution import execute
from explorer.jobs.resumption import load_state
from explorer.records import Run, RunStatus
from explorer.settings import Settings
from explorer.storage.checkpoints import Checkpoints
from explorer.storage.store import Store, open_store
from explorer.training.engine import TrainingEvent
from explorer.training.state import TrainingState
from tests.jobs.conftest import LIMIT_SECONDS, wait_for_status

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def store(settings: Settings) -> Iterator[Store]:
    opened = open_store(settings)
    yield opened
    opened.close()


def small(engine: str = "numpy") -> RunConfig:
    return config_from_paths(
        {"network.hidden": [16], "training.epochs": 4, "training.engine": engine, "training.device": "cpu"}
    )


def carried_out(store: Store, settings: Settings, run_id: int, pause_after: int | None = None) -> Run:
    seen = [0]

    def see(event: TrainingEvent) -> None:
        if isinstance(event, TrainingState):
            seen[0] = event.epoch

    def interruption() -> Interruption | None:
        return Interruption(RunStatus.PAUSED, "Enough.") if seen[0] == pause_after else None

    with claimed(store, settings, run_id, "cpu") as run:
        assert run is not None
        return execute(store, settings, run, "cpu", interruption=interruption, on_event=see)


def test_a_paused_run_goes_on_to_what_an_uninterrupted_one_learns(store: Store, settings: Settings):
    whole, halted = (store.create_run(small()).id for _ in range(2))
    assert carried_out(store, settings, whole).status is RunStatus.FINISHED
    assert carried_out(store, settings, halted, pause_after=2).status is RunStatus.PAUSED
    store.resume(halted)
    assert carried_out(store, settings, halted).status is RunStatus.FINISHED
    one, other = (load_state(Checkpoints(settings, run_id)) for run_id in (whole, halted))
    assert one is not None
    assert other is not None
    assert all(np.array_equal(array, other.weights[name]) for name, array in one.weights.items())
    assert [epoch.train_loss for epoch in store.epochs(whole)] == [
        epoch.train_loss for epoch in store.epochs(halted)
    ]


def test_both_engines_leave_the_same_behind(store: Store, settings: Settings):
    runs = [carried_out(store, settings, store.create_run(small(engine)).id) for engine in ("numpy", "torch")]
    numpy, torch = (run.result for run in runs)
    assert numpy is not None
    assert torch is not None
    assert numpy.test.loss == pytest.approx(torch.test.loss, rel=1e-4)
    assert numpy.test.accuracy == pytest.approx(torch.test.accuracy, abs=2 / 360)
    assert [layer.name for layer in numpy.layers] == [layer.name for layer in torch.layers]
    assert store.steps(runs[0].id)[-1].last_step == store.steps(runs[1].id)[-1].last_step
    assert runs[0].total_steps == runs[1].total_steps == runs[0].step


def test_it_trains_from_the_command_line_and_in_the_queues_worker(settings: Settings, tmp_path: Path):
    environment = {
        **os.environ,
        "EXPLORER_HOME": str(settings.home),
        "EXPLORER_DEVICES": "cpu",
        "OMP_NUM_THREADS": "1",
        "PYTHONPATH": str(ROOT),
    }
    words = ["--set", "training.engine=numpy", "--set", "training.epochs=2", "--json", "-", "--quiet"]
    done = subprocess.run(
        [sys.executable, "-m", "explorer", "train", *words],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["config"]["training"]["engine"] == "numpy"
    assert answer["test"]["accuracy"] > 0.5

    store = open_store(settings)
    queued = store.create_run(small())
    worker = subprocess.Popen(
        [sys.executable, "-m", "explorer", "worker", "--device", "cpu"], env=environment, cwd=tmp_path
    )
    try:
        wait_for_status(store, queued.id, RunStatus.FINISHED, RunStatus.FAILED)
    finally:
        worker.send_signal(signal.SIGINT)
        worker.wait(LIMIT_SECONDS)
    assert store.run(queued.id).status is RunStatus.FINISHED
    store.close()
