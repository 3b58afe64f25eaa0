"""The execution of one baseline: the fit runs in a child process, which can be ended at any moment."""

import json
import logging
import math
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from explorer.config.baseline import BaselineConfig
from explorer.errors import ExplorerError
from explorer.jobs.endings import REQUESTED, Interruption, Outcome, created, interrupted, never, tell_end
from explorer.jobs.journal import journal_path, open_journal
from explorer.jobs.runner import child_environment
from explorer.records import Run, RunStatus
from explorer.settings import Settings
from explorer.storage.fitted import forget_fitted, load_fitted
from explorer.storage.store import Store

DEVICE = "cpu"
LOOK_SECONDS = 0.05
RECORD_SECONDS = 0.3
LEAVING_SECONDS = 12.0  # the process needs less by itself, where it is not stuck
KILLED = -9  # by SIGKILL
STARTING = "Starting"
READING = "Reading the images"
STAGES = {
    "features": "Computing HOG features",
    "fit": "Fitting",
    "train": "Asking about the training images",
    "validation": "Asking about the validation images",
    "test": "Asking about the test images",
}
AGAIN = "Resume starts it again."
NOTHING_KEPT = f"A fit that did not finish leaves nothing behind. {AGAIN}"

log = logging.getLogger("explorer.execution")


@dataclass(frozen=True, slots=True)
class FitProgress:
    """What a fit is doing, in words, and how much of that is done; a total of 0 where that can't be said."""

    stage: str
    done: int
    total: int


def fit_here(
    store: Store,
    settings: Settings,
    config: BaselineConfig,
    *,
    name: str | None = None,
    group: str | None = None,
    interruption: Callable[[], Interruption | None] = never,
    on_start: Callable[[Run], None] | None = None,
    on_progress: Callable[[FitProgress], None] | None = None,
) -> Run:
    """Create a run and fit it from this process, in sight of the dashboard but out of the queue.

    Ctrl-C stops it, and nothing is kept then; the returned run's status and reason say how it ended.

    Raises:
        RunStateError: a worker of another machine was quicker to take the run.
    """
    open_journal(settings, "train")
    with created(store, settings, config, DEVICE, name=name, group=group) as run:
        return execute_fit(
            store, settings, run, interruption=interruption, on_start=on_start, on_progress=on_progress
        )


def execute_fit(
    store: Store,
    settings: Settings,
    run: Run,
    *,
    interruption: Callable[[], Interruption | None] = never,
    on_start: Callable[[Run], None] | None = None,
    on_progress: Callable[[FitProgress], None] | None = None,
    insists: bool = False,
) -> Run:
    """Fit a claimed baseline to its end, from the beginning, and record how far it is.

    A fit can't go on from where it was: pausing ends it as stopping does, and Resume starts it again.
    ``interruption`` and ``on_progress`` are called many times a second. Whatever goes wrong is told in the
    run's ``reason``. ``insists`` as in ``tell_end``.

    Returns:
        The run as it ended: finished, paused, stopped or failed.

    Raises:
        StoreError: the store could not say how the run ended.
    """
    log.info("run %d is fitted", run.id)
    try:
        if on_start is not None:
            on_start(run)
        outcome = _fit(store, settings, run, interruption, on_progress)
    except KeyboardInterrupt as error:
        outcome = _unfinished(interrupted(error))
    except Exception as error:
        log.exception("run %d failed", run.id)
        outcome = Outcome(RunStatus.FAILED, _in_words(error))
    return tell_end(store, run, outcome, interruption=interruption, insists=insists)


def _fit(
    store: Store,
    settings: Settings,
    run: Run,
    interruption: Callable[[], Interruption | None],
    on_progress: Callable[[FitProgress], None] | None,
) -> Outcome:
    store.record_stage(run.id, STARTING, 0, 0)
    forget_fitted(settings, run.id)
    if on_progress is not None:
        on_progress(FitProgress(STARTING, 0, 0))
    recorded_at = -math.inf
    with _Child(settings, run) as child:
        while not child.ended.wait(LOOK_SECONDS):
            progress = child.progress
            if on_progress is not None:
                on_progress(progress)
            ending = interruption()
            if time.monotonic() - recorded_at >= RECORD_SECONDS:
                recorded_at = time.monotonic()
                request = store.record_stage(run.id, progress.stage, progress.done, progress.total)
                ending = ending or (REQUESTED[request] if request is not None else None)
            if ending is not None:
                return _unfinished(ending)
        if on_progress is not None:
            on_progress(child.progress)
        problem = child.problem()
    if problem:
        return Outcome(RunStatus.FAILED, problem)
    store.record_stage(run.id, child.progress.stage, child.progress.done, child.progress.total)
    return Outcome(RunStatus.FINISHED, "", load_fitted(settings, run.id).result)


def _unfinished(ending: Interruption) -> Outcome:
    kept = AGAIN if ending.status is RunStatus.PAUSED else NOTHING_KEPT
    return Outcome(ending.status, f"{ending.reason} {kept}")


def _in_words(error: Exception) -> str:
    if isinstance(error, ExplorerError):
        return str(error)
    place = journal_path() or "the standard error output"
    return f"unexpected error: {type(error).__name__}: {error}; the log is at {place}"


class _Child:
    """The process that fits; at the end of the ``with`` block it is gone, whatever it was doing."""

    def __init__(self, settings: Settings, run: Run) -> None:
        self.progress = FitProgress(STARTING, 0, 0)
        self.ended = threading.Event()
        self._is_done = False
        self._problem = ""
        self._logs = settings.logs
        self._sees_pixels = run.config.data.features == "pixels"
        self._request = f"{run.config.model_dump_json()}\n".encode()
        self._process = subprocess.Popen(  # noqa: S603 -- our own interpreter and module
            [sys.executable, "-m", "explorer.jobs.fitter", str(run.id)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=child_environment(settings),
            start_new_session=True,  # Ctrl-C is for the process that asked
        )

    def __enter__(self) -> Self:
        threading.Thread(target=self._read, name="fit", daemon=True).start()
        with suppress(OSError):  # it has died already, which is noticed by the end of its output
            assert self._process.stdin is not None  # noqa: S101 -- a pipe
            self._process.stdin.write(self._request)
            self._process.stdin.flush()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(OSError):
            assert self._process.stdin is not None  # noqa: S101 -- a pipe
            self._process.stdin.close()  # it takes its unfinished files away, if it can
        try:
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(LEAVING_SECONDS)
        finally:
            self._process.kill()  # nothing happens to one that has left
            self._process.wait()

    def problem(self) -> str:
        """Why there is no result, in words; empty where there is one. For a process whose output ended."""
        if self._is_done or self._problem:
            return self._problem
        code = self._process.wait()
        if code == KILLED:
            return (
                "The process that fitted it was killed, as the system does where memory runs out. Lower "
                "data.train_size, or choose another method."
            )
        how = f"signal {-code}" if code < 0 else f"code {code}"
        return f"The process that fitted it ended with {how}; what it wrote is in {self._logs}."

    def _read(self) -> None:
        assert self._process.stdout is not None  # noqa: S101 -- a pipe
        try:
            for line in self._process.stdout:
                self._heed(json.loads(line))
        finally:
            self.ended.set()

    def _heed(self, said: dict[str, object]) -> None:
        if "stage" in said:
            stage = STAGES.get(str(said["stage"]), str(said["stage"]))
            if said["stage"] == "features" and self._sees_pixels:
                stage = READING
            self.progress = FitProgress(stage, int(str(said["done"])), int(str(said["total"])))
        self._problem = str(said.get("problem", ""))
        self._is_done = self._is_done or bool(said.get("is_done"))
        if self._is_done or self._problem:
            self.ended.set()  # all is said; the process itself may still wait for threads of the library
