"""Running the command line: in this process, or as a program of its own."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from explorer.cli.program import main
from explorer.config.parsing import parse_config
from explorer.records import Run, RunStatus
from explorer.settings import Settings
from explorer.storage.store import open_store
from tests.cli.samples import epoch_metrics, run_result

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@pytest.fixture
def environment(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The variables that point a command at this test's own home; set in this process too."""
    values = {
        "EXPLORER_HOME": str(settings.home),
        "EXPLORER_DATA": str(settings.data),
        "EXPLORER_DATABASE_URL": settings.database_url,
        "EXPLORER_DEVICES": "cpu",
        "OMP_NUM_THREADS": "1",
    }
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    return {**os.environ, **values, "PYTHONPATH": str(ROOT)}


@pytest.fixture
def explorer(environment: dict[str, str], capsys: pytest.CaptureFixture[str]) -> Callable[..., Ended]:
    """Calls the command line in this process."""

    def call(*words: str) -> Ended:
        capsys.readouterr()
        code = main(words)
        captured = capsys.readouterr()
        return Ended(code, captured.out, captured.err)

    return call


@pytest.fixture
def program(environment: dict[str, str], tmp_path: Path) -> Callable[..., Ended]:
    """Calls ``python -m explorer`` as a program of its own, in an empty folder."""

    def call(*words: str) -> Ended:
        done = subprocess.run(
            [sys.executable, "-m", "explorer", *words],
            env=environment,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        return Ended(done.returncode, done.stdout, done.stderr)

    return call


@pytest.fixture
def recorded_run(settings: Settings, environment: dict[str, str]) -> Run:
    """A finished run of two epochs in the store, made without training."""
    store = open_store(settings)
    config = parse_config({"optimizer": {"learning_rate": 0.01}, "training": {"epochs": 2}})
    run = store.create_run(config)
    assert store.claim(run.id, device="cpu", host="here")
    store.record(run.id, (), (epoch_metrics(1), epoch_metrics(2)), 1_724.0)
    store.end(run.id, RunStatus.FINISHED, result=run_result())
    ended = store.run(run.id)
    store.close()
    return ended
