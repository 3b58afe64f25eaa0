"""What the inspector does: take the newest question, work its answer out part by part, and look again."""

import logging
import os
import time
from collections.abc import Mapping
from contextlib import suppress

import torch

from explorer.errors import ExplorerError, StoreError
from explorer.jobs.answers import ANSWERERS, Answerer
from explorer.jobs.journal import journal_path
from explorer.jobs.loading import SplitsInMemory
from explorer.jobs.looking import Looking
from explorer.jobs.orders import Orders
from explorer.jobs.previewing import preview
from explorer.jobs.previews import KIND as PREVIEW
from explorer.jobs.range_testing import range_tested
from explorer.jobs.range_tests import KIND as RANGE_TEST
from explorer.jobs.runner import asked_bell, rung_at
from explorer.jobs.squared_errors import squared_errors
from explorer.jobs.status import INSPECTOR, WorkerStatus, now, write_status
from explorer.records import Analysis
from explorer.settings import Settings
from explorer.storage.arrays import pack
from explorer.storage.store import Store

BELL_SECONDS = 0.01
LOOK_SECONDS = 1.0
REPORT_SECONDS = 0.1
IDLE_SECONDS = 300.0
TROUBLE_SECONDS = 2.0
DEEPEST = 3  # questions that wait, half answered, for a newer one

KNOWN: dict[str, Answerer] = {
    **ANSWERERS,
    PREVIEW: preview,
    RANGE_TEST: range_tested,
    "squared_errors": squared_errors,
}

log = logging.getLogger("explorer.inspector")


class Answering:
    """The inspector's loop."""

    def __init__(
        self,
        store: Store,
        settings: Settings,
        orders: Orders,
        threads: int,
        known: Mapping[str, Answerer] = KNOWN,
    ) -> None:
        self._store = store
        self._settings = settings
        self._orders = orders
        self._looking = Looking(store, settings, SplitsInMemory().load)
        self._answerers = known
        self._status = WorkerStatus(INSPECTOR, os.getpid(), "starting", now(), threads)
        self._heard = -1
        torch.set_num_threads(threads)

    def run(self, idle_seconds: float = IDLE_SECONDS) -> None:
        """Answer until told to leave, or until nothing was asked for so long."""
        self._say("idle")
        look_at, idle_since, is_troubled = 0.0, time.monotonic(), False
        while self._orders.current == "stay" and time.monotonic() - idle_since < idle_seconds:
            if self._rang() or time.monotonic() >= look_at:
                try:
                    if is_troubled:
                        self._store.analyses.give_back()  # what was in hand when the store failed
                        is_troubled = False
                    if self._answer_next(depth=0):
                        idle_since = time.monotonic()
                        continue
                except StoreError as error:
                    log.error("the store can't be used: %s", error)
                    is_troubled = True
                    self._orders.changed.wait(TROUBLE_SECONDS)
                look_at = time.monotonic() + LOOK_SECONDS
            if self._orders.changed.wait(BELL_SECONDS):
                self._orders.changed.clear()

    def _answer_next(self, depth: int) -> bool:
        """Answer the question asked last; whether there was one."""
        taken = self._store.analyses.take()
        if taken is None:
            return False
        if depth == 0:
            self._say("busy")
        try:
            self._answer(taken, depth)
        except ExplorerError as error:
            self._store.analyses.fail(taken, str(error))
        except (MemoryError, torch.OutOfMemoryError):
            log.exception("question %s ran out of memory", taken.kind)
            self._store.analyses.fail(taken, "There was not enough memory. Ask for fewer images.")
        except Exception:  # whatever it was, the page is told and the next question is answered
            log.exception("question %s %s failed", taken.kind, taken.request)
            reason = f"This went wrong inside the program. The log at {journal_path()} says where."
            self._store.analyses.fail(taken, reason)
        finally:
            if depth == 0:
                self._say("idle")
        return True

    def _answer(self, taken: Analysis, depth: int) -> None:
        answerer = self._answerers.get(taken.kind)
        if answerer is None:
            self._store.analyses.fail(taken, f"This version does not know the question {taken.kind!r}.")
            return
        answer = answerer(taken.request, self._looking)
        reported, unsent = 0.0, None
        try:
            while True:
                try:
                    part = next(answer)
                except StopIteration as end:
                    self._store.analyses.end(taken, pack(end.value))
                    return
                if self._orders.current != "stay":
                    self._store.analyses.put_back(taken)
                    return
                unsent = part.arrays if part.arrays is not None else unsent
                if time.monotonic() - reported >= REPORT_SECONDS:
                    packed = None if unsent is None else pack(unsent)
                    if not self._store.analyses.report(taken, part.progress, packed):
                        return
                    reported, unsent = time.monotonic(), None
                while depth < DEEPEST and self._rang() and self._answer_next(depth + 1):
                    pass
        finally:
            answer.close()

    def _rang(self) -> bool:
        """Whether somebody has asked since the last look."""
        rung = rung_at(asked_bell(self._settings))
        rang, self._heard = rung != self._heard, rung
        return rang

    def _say(self, state: str) -> None:
        self._status = WorkerStatus(
            INSPECTOR, self._status.pid, "busy" if state == "busy" else "idle", now(), self._status.threads
        )
        with suppress(OSError):  # a full disk must not end the inspector
            write_status(self._settings, self._status)
