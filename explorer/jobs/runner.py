"""The runner: one small process a home that keeps a warm worker for every device."""

import argparse
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from explorer.jobs.locks import Lock, hold_shared, is_held
from explorer.settings import Settings, read_settings

STOP_SECONDS = 20.0

# Out of reach of the dashboard's Ctrl-C and of its end (streamlit has no say in a child of another session).
_DETACHED: dict[str, Any] = (
    {"creationflags": getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)}
    if sys.platform == "win32"
    else {"start_new_session": True}
)

_launched: list[subprocess.Popen[bytes]] = []


def runner_lock(settings: Settings) -> Path:
    """The lock that the one runner of this home holds; the file says its process number."""
    return settings.locks / "runner.lock"


def dashboard_lock(settings: Settings) -> Path:
    """The lock that every dashboard of this home shares."""
    return settings.locks / "dashboard.lock"


def stop_mark(settings: Settings) -> Path:
    """The file that is there from ``stop_runner`` on, until somebody wants the workers back."""
    return settings.locks / "stopped"


def ring(settings: Settings) -> None:
    """Wake the workers: there may be something new in the queue."""
    ring_at(bell(settings))


def ring_at(path: Path) -> None:
    """Give a bell a new time of change."""
    moment = time.time_ns()
    try:
        os.utime(path, ns=(moment, moment))  # the system's own clock of files is too coarse for two rings
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def bell(settings: Settings) -> Path:
    """The file whose time of change says when the queue last changed."""
    return settings.locks / "bell"


def asked_bell(settings: Settings) -> Path:
    """The bell that a page rings when it has asked something about a run."""
    return settings.locks / "asked"


def rung_at(path: Path) -> int:
    """When a bell was last rung (nanoseconds of the file's time); 0 for never."""
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


def attach_dashboard(settings: Settings) -> Lock | None:
    """Say that a dashboard is there, for as long as this process lives or until the lock is released.

    When the last one is gone, the workers pause their runs and leave (or finish the queue, where the
    setting ``keep_running_after_close`` says so).
    """
    stop_mark(settings).unlink(missing_ok=True)
    return hold_shared(dashboard_lock(settings))


def ensure_runner(settings: Settings, *, even_if_stopped: bool = False) -> None:
    """Start the runner, detached, unless it is there already (which takes well under a millisecond to see).

    After ``stop_runner`` only a call with ``even_if_stopped`` starts it again: a page that merely looks
    must not undo what the user asked for.
    """
    _launched[:] = [process for process in _launched if process.poll() is None]
    if even_if_stopped:
        stop_mark(settings).unlink(missing_ok=True)
    elif stop_mark(settings).exists():
        return
    if is_held(runner_lock(settings)):
        return
    settings.logs.mkdir(parents=True, exist_ok=True)
    with (settings.logs / "runner.log").open("ab") as log:
        _launched.append(
            subprocess.Popen(
                [sys.executable, "-m", "explorer.jobs.runner"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=child_environment(settings),
                **_DETACHED,
            )
        )


def stop_runner(settings: Settings) -> bool:
    """Stop runner and workers; what they train is paused with everything kept.

    Returns whether they are gone (after at most ``STOP_SECONDS``). They stay away until a run is submitted
    or resumed, or a new dashboard starts.
    """
    settings.locks.mkdir(parents=True, exist_ok=True)
    stop_mark(settings).touch()
    deadline = time.monotonic() + STOP_SECONDS
    signalled = 0
    while is_held(runner_lock(settings)):
        pid = _runner_pid(settings)
        if pid and pid != signalled:
            with suppress(ProcessLookupError):  # it has just left by itself
                os.kill(pid, signal.SIGTERM)
            signalled = pid
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)  # the runner is no child of ours: it can't be waited for
    return True


def child_environment(settings: Settings) -> dict[str, str]:
    """The environment in which a child process finds this package and these settings."""
    package_home = str(Path(__file__).resolve().parents[2])
    paths = [package_home, *filter(None, [os.environ.get("PYTHONPATH")])]
    return os.environ | {
        "PYTHONPATH": os.pathsep.join(paths),
        "EXPLORER_HOME": str(settings.home),
        "EXPLORER_DATA": str(settings.data),
        "EXPLORER_DATABASE_URL": settings.database_url,
        "EXPLORER_DEVICES": ",".join(settings.devices or ()),
    }


def _runner_pid(settings: Settings) -> int:
    try:
        return int(runner_lock(settings).read_text() or 0)
    except (OSError, ValueError):
        return 0


def main(arguments: list[str] | None = None) -> int:
    """Be the runner; with ``--stop``, stop the one that there is."""
    parser = argparse.ArgumentParser(prog="python -m explorer.jobs.runner", description=__doc__)
    parser.add_argument("--stop", action="store_true", help="stop the runner and its workers")
    settings = read_settings()
    if parser.parse_args(arguments).stop:
        return 0 if stop_runner(settings) else 1
    from explorer.jobs.supervision import Supervisor  # noqa: PLC0415 -- callers of this module need not load it

    return Supervisor(settings).run()


if __name__ == "__main__":
    sys.exit(main())
