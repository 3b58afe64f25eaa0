"""The fetch of a dataset by a process of its own: starting it, and how far it is."""

import json
import os
import subprocess
import sys
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Literal

from explorer.config.run import DatasetName
from explorer.jobs.locks import is_held
from explorer.jobs.runner import child_environment
from explorer.settings import Settings

START_SECONDS = 10.0

FetchState = Literal["running", "done", "failed"]


@dataclass(frozen=True, slots=True)
class FetchStatus:
    """How far the fetch of a dataset is: the file at hand, its bytes so far and in all (0: not known)."""

    state: FetchState
    file: str = ""
    done_bytes: int = 0
    total_bytes: int = 0
    problem: str = ""

    @property
    def share(self) -> float:
        """How much of the file at hand is here, in [0, 1]."""
        return min(self.done_bytes / self.total_bytes, 1.0) if self.total_bytes else 0.0


def start_fetch(settings: Settings, name: DatasetName) -> None:
    """Fetch a dataset into the data folder, detached; nothing happens where that is under way already."""
    if is_held(fetch_lock(settings, name)):
        return
    settings.logs.mkdir(parents=True, exist_ok=True)
    write_fetch_status(settings, name, FetchStatus("running"))
    with (settings.logs / "fetch.log").open("ab") as log:
        subprocess.Popen(  # noqa: S603 -- our own interpreter and module
            [sys.executable, "-m", "explorer.jobs.fetcher", name],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            env=child_environment(settings),
        )


def fetch_status(settings: Settings, name: DatasetName) -> FetchStatus | None:
    """The newest fetch of a dataset, or None if there never was one; a fetch that died has failed."""
    try:
        path = _path(settings, name)
        status = FetchStatus(**json.loads(path.read_text()))
        age_seconds = time.time() - path.stat().st_mtime
    except (OSError, ValueError, TypeError):  # absent, or written by another version
        return None
    # A process that has just been started may not hold its lock yet.
    if status.state == "running" and age_seconds > START_SECONDS and not is_held(fetch_lock(settings, name)):
        return replace(status, state="failed", problem="The fetch was interrupted. Fetch again to go on.")
    return status


def forget_fetch(settings: Settings, name: DatasetName) -> None:
    """Drop what is known of the newest fetch, once its message was read."""
    _path(settings, name).unlink(missing_ok=True)


def write_fetch_status(settings: Settings, name: DatasetName, status: FetchStatus) -> None:
    """Replace what is known of this fetch, in one step."""
    path = _path(settings, name)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(f".{os.getpid()}.tmp")
    temporary.write_text(json.dumps(asdict(status)))
    temporary.replace(path)


def _path(settings: Settings, name: DatasetName) -> Path:
    return settings.home / "fetches" / f"{name}.json"


def fetch_lock(settings: Settings, name: DatasetName) -> Path:
    """The lock that whoever fetches this dataset holds."""
    return settings.locks / f"fetch-{name}.lock"
