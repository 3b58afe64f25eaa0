"""A lane: a process that executes jobs for the worker (or command) beside it, and owns nothing itself.

Python lets one thread of a process compute at a time: beside networks whose steps are short a second thread
gains little, and a second process nearly all. The claims and locks of the runs stay with whoever started it.
Jobs and wishes come as lines of JSON on the standard input, what happens goes out the same way. It ends with
its input, at once, as its runs are then lost to their owner: what was saved can be resumed.
"""

import argparse
import json
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import asdict, replace
from queue import SimpleQueue
from typing import Any, NoReturn

from explorer.errors import ExplorerError
from explorer.jobs.company import Company, ExecutionEvent
from explorer.jobs.endings import Interruption
from explorer.jobs.journal import journal_path, open_journal
from explorer.jobs.loading import SplitsInMemory
from explorer.jobs.speaking import Speaker
from explorer.jobs.stack_execution import execute_stack
from explorer.records import EpochMetrics, Run, RunStatus, StepMetrics
from explorer.settings import Settings, read_settings
from explorer.storage.store import Store, open_store
from explorer.training.state import Tick

TELL_SECONDS = 0.1  # between two lines about steps and epochs
STOPPED = Interruption(RunStatus.PAUSED, "The workers were stopped.")

log = logging.getLogger("explorer.worker")


class Lane:
    """Executes one job after the other."""

    def __init__(self, store: Store, settings: Settings, speaker: Speaker) -> None:
        self._store = store
        self._settings = settings
        self._speaker = speaker
        self._splits = SplitsInMemory()
        self._jobs: SimpleQueue[dict[str, Any]] = SimpleQueue()
        self._threads = 1
        self._ending: Interruption | None = None

    def heed_input(self) -> None:
        """Take jobs and wishes from the standard input, in a thread of its own, and end with it."""
        threading.Thread(target=self._read, name="input", daemon=True).start()

    def run(self) -> NoReturn:
        """Execute what comes."""
        self._speaker.say(is_ready=True)
        while True:
            self._do(self._jobs.get())

    def end(self, ending: Interruption) -> None:
        """Have the runs in hand end now."""
        self._ending = ending

    def _read(self) -> None:
        words = b""
        while chunk := os.read(0, 1 << 16):
            *lines, words = (words + chunk).split(b"\n")
            for line in lines:
                self._heed(json.loads(line))
        os._exit(0)

    def _heed(self, said: Mapping[str, Any]) -> None:
        if "threads" in said:
            self._threads = int(said["threads"])
        if "status" in said:
            pauses = said["status"] == RunStatus.PAUSED
            self.end(Interruption(RunStatus.PAUSED if pauses else RunStatus.STOPPED, str(said["reason"])))
        if "run_ids" in said:
            self._ending = None
            self._jobs.put(dict(said))

    def _do(self, job: Mapping[str, Any]) -> None:
        progress = Progress(self._speaker)
        try:
            self._store.take_over({int(run_id): attempt for run_id, attempt in job["attempts"].items()})
            execute_stack(
                self._store,
                self._settings,
                [self._store.run(run_id) for run_id in job["run_ids"]],
                job["device"],
                Company(
                    interruption=lambda: self._ending,
                    on_start=lambda runs: self._speaker.say(started=[run.id for run in runs]),
                    on_event=progress.see if job["is_watched"] else lambda _run, _event: None,
                    on_end=lambda run: self._speaker.say(ended=run.id),
                    threads=lambda: self._threads,
                ),
                load=self._splits.load,
                insists=job["insists"],
            )
        except Exception as error:  # whoever asked is told, and the next job is done
            log.exception("the job of runs %s failed", job["run_ids"])
            is_ours = isinstance(error, ExplorerError)
            words = f"unexpected error: {type(error).__name__}: {error}; the log is at {journal_path()}"
            self._speaker.say(problem=str(error) if is_ours else words)
        progress.tell()
        self._speaker.say(is_done=True)


class Progress:
    """Says a few times a second how far runs are: the newest step and epoch of each."""

    def __init__(self, speaker: Speaker) -> None:
        self._speaker = speaker
        self._newest: dict[int, dict[str, Any]] = {}
        self._told_at = 0.0

    def see(self, run: Run, event: ExecutionEvent) -> None:
        """Take in what happened in a run."""
        newest = self._newest.setdefault(run.id, {})
        if isinstance(event, EpochMetrics):
            newest["epoch"] = without_details(event)
        elif isinstance(event, StepMetrics):
            newest["step"] = event.last_step
        elif isinstance(event, Tick):
            newest["step"] = event.step
        if time.monotonic() - self._told_at >= TELL_SECONDS:
            self.tell()

    def tell(self) -> None:
        """Say what was not yet said."""
        if self._newest:
            self._speaker.say(progress=self._newest)
        self._newest = {}
        self._told_at = time.monotonic()


def without_details(epoch: EpochMetrics) -> dict[str, Any]:
    """An epoch as plain values, without what it says of layers and of single images."""
    return {name: value for name, value in asdict(replace(epoch, layers=())).items() if name != "predictions"}


def main(arguments: list[str] | None = None) -> NoReturn:
    """Be a lane of the process that listens."""
    parser = argparse.ArgumentParser(prog="python -m explorer.jobs.lane", description=__doc__)
    parser.add_argument("--name", default="lane", help="how its log file is called")
    options = parser.parse_args(arguments)
    settings, speaker = read_settings(), Speaker()
    open_journal(settings, options.name)
    lane = Lane(open_store(settings), settings, speaker)
    # The machine is shut down, most likely: whoever listens is told to leave, too, but perhaps later.
    signal.signal(signal.SIGTERM, lambda *_: lane.end(STOPPED))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    lane.heed_input()
    lane.run()


if __name__ == "__main__":
    sys.exit(main())
