"""What each worker says of itself, in a small file that pages and the runner read."""

import json
import os
import socket
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from explorer.jobs.locks import is_held
from explorer.settings import Settings

WorkerState = Literal["starting", "idle", "busy", "dead"]

INSPECTOR = "inspector"  # stands where a device's name stands; it answers questions, and trains nothing


@dataclass(frozen=True, slots=True)
class WorkerStatus:
    """One worker: the process that trains on one device.

    ``since`` is when it came into this state (UTC), ``run_ids`` the runs it trains while busy (or trained
    when it died), ``found`` the devices that it saw on this machine, ``problem`` why it is dead, in words.
    """

    device: str
    pid: int
    state: WorkerState
    since: datetime
    threads: int = 1
    run_ids: tuple[int, ...] = ()
    found: tuple[str, ...] = ()
    problem: str = ""


def worker_lock(settings: Settings, device: str) -> Path:
    """The lock that the one worker of this device holds."""
    return settings.locks / f"worker-{_plain(device)}.lock"


def run_lock(settings: Settings, run_id: int) -> Path:
    """The lock that whoever executes or changes this run holds."""
    return settings.locks / f"run-{run_id}.lock"


def queue_lock(settings: Settings) -> Path:
    """The lock under which a run is taken from the queue, so that nobody takes one just being made."""
    return settings.locks / "queue.lock"


def host(settings: Settings) -> str:
    """Where this installation runs: only under the same host and home do locks tell who is alive."""
    return f"{socket.gethostname()}:{settings.home}"


def write_status(settings: Settings, status: WorkerStatus) -> None:
    """Replace what is known of this worker, in one step."""
    path = _path(settings, status.device)
    path.parent.mkdir(parents=True, exist_ok=True)
    values = asdict(status) | {"since": status.since.isoformat()}
    temporary = path.with_suffix(f".{os.getpid()}.tmp")
    temporary.write_text(json.dumps(values))
    temporary.replace(path)


def clear_status(settings: Settings, device: str) -> None:
    """Forget a worker that has left as it was told to."""
    _path(settings, device).unlink(missing_ok=True)


def read_status(settings: Settings, device: str) -> WorkerStatus | None:
    """What this device's worker last said, or None; state ``dead`` where its process is gone."""
    return _read(settings, _path(settings, device))


def read_statuses(settings: Settings) -> tuple[WorkerStatus, ...]:
    """All workers that this home has had, by device; dead ones too. The inspector is none of them."""
    paths = sorted((settings.home / "workers").glob("*.json"))
    found = (_read(settings, path) for path in paths)
    return tuple(status for status in found if status is not None and status.device != INSPECTOR)


def _read(settings: Settings, path: Path) -> WorkerStatus | None:
    try:
        values = json.loads(path.read_text())
        status = WorkerStatus(
            **values
            | {
                "since": datetime.fromisoformat(values["since"]),
                "run_ids": tuple(values["run_ids"]),
                "found": tuple(values["found"]),
            }
        )
    except (OSError, ValueError, TypeError, KeyError):  # absent, or written by another version
        return None
    if status.state != "dead" and not is_held(worker_lock(settings, status.device)):
        return replace(status, state="dead")
    return status


def now() -> datetime:
    """This moment in UTC."""
    return datetime.now(UTC)


def _path(settings: Settings, device: str) -> Path:
    return settings.home / "workers" / f"{_plain(device)}.json"


def _plain(device: str) -> str:
    return device.replace(":", "-")
