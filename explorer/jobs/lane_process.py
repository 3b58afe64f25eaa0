"""Lanes, seen by those who start them: child processes that execute claimed runs, kept warm for a while."""

import json
import logging
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Any, Literal

from explorer.errors import ExplorerError, StoreError
from explorer.jobs.company import Company
from explorer.jobs.endings import Interruption, as_stored
from explorer.jobs.runner import child_environment
from explorer.records import EpochMetrics, Run
from explorer.settings import Settings
from explorer.storage.store import Store
from explorer.training.state import Tick

LOOK_SECONDS = 0.1  # between two looks at whether the runs are to end, and at how many threads they may take
START_SECONDS = 120.0  # that a lane may take to load torch, on a machine where others go before it
IDLE_SECONDS = 180.0
DISAPPOINTED_SECONDS = 60.0  # until another one is started where one did not come up
LEAVING_SECONDS = 0.5
NEEDED_BYTES = 2**30  # of free memory, for torch and a dataset once more

log = logging.getLogger("explorer.worker")


class LaneLostError(ExplorerError):
    """The process that executed runs is gone; whoever claimed them must let go of them."""


class LaneProcess:
    """One lane. It ends when its input does: with the process that started it, however that ends.

    ``changed`` is set once it can take a job (``is_ready``), or is gone (``is_gone``).
    """

    def __init__(self, settings: Settings, name: str, changed: threading.Event) -> None:
        self.is_ready = self.is_gone = False
        self.since = time.monotonic()  # it was started, or ended its last job
        self._changed = changed
        self._said: SimpleQueue[dict[str, Any]] = SimpleQueue()
        self._process = subprocess.Popen(  # noqa: S603 -- our own interpreter and module
            [sys.executable, "-m", "explorer.jobs.lane", "--name", name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=child_environment(settings),
            start_new_session=True,  # Ctrl-C is for the process that asked
        )
        threading.Thread(target=self._read, name=name, daemon=True).start()

    def execute(
        self,
        store: Store,
        runs: Sequence[Run],
        device: str,
        company: Company,
        *,
        insists: bool = False,
        is_watched: bool = True,
    ) -> None:
        """As ``execute_stack``, of runs that the caller has claimed and goes on to hold.

        The company hears of steps and epochs a few times a second, of the newest only, and without what they
        say of layers and single images; of none unless it ``is_watched``.

        Raises:
            LaneLostError: the process died.
            StoreError: the store could not say how a run ended.
        """
        known = {run.id: run for run in runs}
        run_ids = list(known)
        threads, is_told, problem = company.threads(), False, ""
        attempts = store.attempts_at(run_ids)
        self._say(
            run_ids=run_ids, attempts=attempts, device=device, insists=insists, is_watched=is_watched,
            threads=threads,
        )  # fmt: skip
        while True:
            with suppress(Empty):
                said = self._said.get(timeout=LOOK_SECONDS)
                if said.get("is_gone"):
                    raise LaneLostError(f"The process that trained runs {run_ids} is gone.")
                problem = said.get("problem", problem)
                if said.get("is_done"):
                    break
                _pass_on(said, store, known, company)
            if threads != (threads := company.threads()):
                self._say(threads=threads)
            ending = company.interruption()
            if ending is not None and not is_told:
                is_told = True
                self._tell(ending)
        self.since = time.monotonic()
        if problem:
            raise StoreError(problem)

    def close(self) -> None:
        """Let it end, by closing its input."""
        with suppress(OSError):
            assert self._process.stdin is not None  # noqa: S101 -- a pipe
            self._process.stdin.close()
        try:
            self._process.wait(LEAVING_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _tell(self, ending: Interruption) -> None:
        self._say(status=ending.status, reason=ending.reason)

    def _say(self, **values: Any) -> None:
        with suppress(OSError):  # it has just died, which is noticed by the end of its output
            assert self._process.stdin is not None  # noqa: S101 -- a pipe
            self._process.stdin.write(f"{json.dumps(values)}\n".encode())
            self._process.stdin.flush()

    def _read(self) -> None:
        assert self._process.stdout is not None  # noqa: S101 -- a pipe
        for line in self._process.stdout:
            said = json.loads(line)
            if "is_ready" in said:
                self.since = time.monotonic()
                self.is_ready = True
                self._changed.set()
            else:
                self._said.put(said)
        self.is_ready, self.is_gone = False, True
        self._said.put({"is_gone": True})
        self._changed.set()


class LaneProcesses:
    """The lanes that one process has started: at most so many, from the first need on until long idle."""

    def __init__(self, settings: Settings, name: str, most: int, changed: threading.Event) -> None:
        self._settings, self._name, self._most, self._changed = settings, name, most, changed
        self._lanes: dict[int, LaneProcess] = {}  # by their numbers, from 1
        self._not_before = 0.0

    def find(
        self, busy: Collection[LaneProcess | None], is_worth_starting: Callable[[], bool]
    ) -> LaneProcess | Literal["here", "later"]:
        """The one that takes a job now.

        ``later`` while one starts for it, of which ``changed`` will tell; ``here`` where none can have it, or
        its start would take longer than it saves: whoever asks does it in a thread.
        """
        self._forget_lost()
        idle = [lane for lane in self._lanes.values() if lane not in busy]
        ready = next((lane for lane in idle if lane.is_ready), None)
        if ready is not None:
            return ready
        may_start = len(self._lanes) < self._most and time.monotonic() >= self._not_before
        if not (idle or may_start) or not is_worth_starting():
            return "here"
        return "later" if idle or self._start() else "here"

    def tidy(self, busy: Collection[LaneProcess | None]) -> None:
        """Let those leave that have long had nothing to do."""
        for number, lane in list(self._lanes.items()):
            if lane.is_ready and lane not in busy and time.monotonic() - lane.since > IDLE_SECONDS:
                del self._lanes[number]
                lane.close()

    def close(self) -> None:
        """Let all leave."""
        for lane in self._lanes.values():
            lane.close()
        self._lanes = {}

    def _start(self) -> bool:
        number = min(set(range(1, self._most + 1)) - self._lanes.keys())
        try:
            self._lanes[number] = LaneProcess(self._settings, f"{self._name}-{number}", self._changed)
        except OSError as error:
            self._be_disappointed(str(error))
            return False
        return True

    def _forget_lost(self) -> None:
        for number, lane in list(self._lanes.items()):
            is_late = not lane.is_ready and time.monotonic() - lane.since > START_SECONDS
            if lane.is_gone or is_late:
                del self._lanes[number]
                lane.close()
                self._be_disappointed("it ended" if lane.is_gone else "it does not get ready")

    def _be_disappointed(self, why: str) -> None:
        log.warning("a lane can't be had, so jobs share this process: %s", why)
        self._not_before = time.monotonic() + DISAPPOINTED_SECONDS


def _pass_on(said: dict[str, Any], store: Store, known: Mapping[int, Run], company: Company) -> None:
    if "started" in said:
        company.on_start(tuple(store.run(run_id) for run_id in said["started"]))
    if "ended" in said:
        company.on_end(as_stored(store, known[said["ended"]]))
    for number, newest in said.get("progress", {}).items():
        run = known[int(number)]
        if "step" in newest:
            company.on_event(run, Tick(newest["step"]))
        if "epoch" in newest:
            company.on_event(run, EpochMetrics(**newest["epoch"] | {"layers": ()}))
