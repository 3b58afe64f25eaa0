"""Fetching a dataset in a process of its own, and how far it is: torchvision stays out of the dashboard."""

import argparse
import json
import os
import subprocess
import sys
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Literal, get_args

from explorer.config.run import DatasetName
from explorer.errors import ExplorerError
from explorer.jobs.locks import hold, is_held
from explorer.settings import Settings, read_settings

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
    if is_held(_lock(settings, name)):
        return
    settings.logs.mkdir(parents=True, exist_ok=True)
    _write(settings, name, FetchStatus("running"))
    with (settings.logs / "fetch.log").open("ab") as log:
        subprocess.Popen(  # noqa: S603 -- our own interpreter and module
            [sys.executable, "-m", "explorer.jobs.fetching", name],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            env=os.environ
            | {
                "EXPLORER_HOME": str(settings.home),
                "EXPLORER_DATA": str(settings.data),
                "EXPLORER_DATABASE_URL": settings.database_url,
                "EXPLORER_DEVICES": ",".join(settings.devices or ()),
            },
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
    if status.state == "running" and age_seconds > START_SECONDS and not is_held(_lock(settings, name)):
        return replace(status, state="failed", problem="The fetch was interrupted. Fetch again to go on.")
    return status


def forget_fetch(settings: Settings, name: DatasetName) -> None:
    """Drop what is known of the newest fetch, once its message was read."""
    _path(settings, name).unlink(missing_ok=True)


def main(arguments: list[str] | None = None) -> int:
    """Fetch one dataset, writing how far it is; 0 when it is there, 1 when it could not be had."""
    parser = argparse.ArgumentParser(prog="python -m explorer.jobs.fetching", description=__doc__)
    parser.add_argument("name", choices=get_args(DatasetName))
    name: DatasetName = parser.parse_args(arguments).name
    return fetch_and_report(read_settings(), name)


def fetch_and_report(settings: Settings, name: DatasetName) -> int:
    """Fetch one dataset in this process, as ``main`` does."""
    from explorer.data.fetch import Progress, fetch  # noqa: PLC0415 -- pages import this module, not torchvision

    def report(progress: Progress) -> None:
        _write(
            settings,
            name,
            FetchStatus("running", progress.file, progress.done_bytes, progress.total_bytes or 0),
        )

    lock = hold(_lock(settings, name), patience_seconds=0.2)
    if lock is None:
        return 0
    with lock:
        _write(settings, name, FetchStatus("running"))
        try:
            fetch(name, settings.data, report)
        except (ExplorerError, OSError) as error:
            _write(settings, name, FetchStatus("failed", problem=str(error)))
            print(error, file=sys.stderr)  # noqa: T201 -- stderr of this process is its log
            return 1
        _write(settings, name, FetchStatus("done"))
    return 0


def _write(settings: Settings, name: DatasetName, status: FetchStatus) -> None:
    path = _path(settings, name)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(f".{os.getpid()}.tmp")
    temporary.write_text(json.dumps(asdict(status)))
    temporary.replace(path)


def _path(settings: Settings, name: DatasetName) -> Path:
    return settings.home / "fetches" / f"{name}.json"


def _lock(settings: Settings, name: DatasetName) -> Path:
    return settings.locks / f"fetch-{name}.lock"


if __name__ == "__main__":
    sys.exit(main())
