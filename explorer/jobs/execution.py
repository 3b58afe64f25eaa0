"""The execution of one run, from claim to result, for workers and the command line alike."""

import logging
import math
import os
import time
from collections.abc import Callable, Generator
from contextlib import suppress

import torch

from explorer.classical.feature_files import FeatureProgress
from explorer.config.run import RunConfig
from explorer.data.splits import Splits
from explorer.errors import ExplorerError
from explorer.jobs.cost import record_measured
from explorer.jobs.devices import find_device, memory_advice
from explorer.jobs.endings import REQUESTED, Interruption, Outcome, created, interrupted, never, tell_end
from explorer.jobs.journal import journal_path, open_journal
from explorer.jobs.loading import Load, load_inputs
from explorer.jobs.recorder import Recorder
from explorer.jobs.resumption import load_state
from explorer.jobs.threads import allowed_threads, threads_for
from explorer.records import EpochMetrics, Run, RunStatus, StepMetrics
from explorer.scratch import engine as scratch
from explorer.settings import Settings
from explorer.storage.checkpoints import Checkpoints
from explorer.storage.store import Store
from explorer.training.conclusion import conclude
from explorer.training.engine import TrainingEvent, total_steps, train
from explorer.training.state import Tick, TrainingState

STAGE_SECONDS = 0.25
FEATURES_STAGE = "Computing HOG features"
NOTHING_LEARNED = "No epoch was finished, so nothing was learned."

ExecutionEvent = TrainingEvent | FeatureProgress

log = logging.getLogger("explorer.execution")


class _InterruptedError(Exception):
    """The user, or whoever owns this process, wants the run to end while its data is made ready."""

    def __init__(self, ending: Interruption) -> None:
        super().__init__(ending.reason)
        self.ending = ending


def train_here(
    store: Store,
    settings: Settings,
    config: RunConfig,
    *,
    name: str | None = None,
    group: str | None = None,
    on_start: Callable[[Run], None] | None = None,
    on_event: Callable[[ExecutionEvent], None] | None = None,
) -> Run:
    """Create a run and train it in this process, in sight of the dashboard but out of the queue.

    ``on_start`` gets the running run (with its steps counted) before the first step. Ctrl-C stops the
    run, measured on what it learned; the returned run's status and reason say how it ended.

    Raises:
        DeviceError: this machine does not have ``config.training.device``; nothing was created.
        RunStateError: a worker of another machine was quicker to take the run.
    """
    device = str(find_device(config.training.device))
    open_journal(settings, "train")
    with created(store, settings, config, device, name=name, group=group) as run:
        return execute(store, settings, run, device, on_start=on_start, on_event=on_event)


def execute(
    store: Store,
    settings: Settings,
    run: Run,
    device: str,
    *,
    interruption: Callable[[], Interruption | None] = never,
    on_start: Callable[[Run], None] | None = None,
    on_event: Callable[[ExecutionEvent], None] | None = None,
    load: Load = load_inputs,
    insists: bool = False,
) -> Run:
    """Train a claimed run from its last checkpoint (or the start) to its end, and record all of it.

    Whatever goes wrong is told in the run's ``reason``, in words, with the stack trace in the log; only a
    store that can no longer be written raises. ``interruption`` is asked between steps, some times a second.
    Whoever ``insists`` holds the run until the store can say how it ended, or an interruption comes: on a
    full disk it would else be told as lost, once there is space to tell anything.

    Returns:
        The run as it ended: finished, paused, stopped or failed.

    Raises:
        StoreError: the store could not say how the run ended.
    """
    log.info("run %d starts on %s", run.id, device)
    training = _Training(store, settings, run, device)
    try:
        outcome = training.run(interruption, on_start, on_event, load)
    except KeyboardInterrupt as error:
        ending = interrupted(error)
        outcome = Outcome(ending.status, ending.reason)
    except Exception as error:
        log.exception("run %d failed", run.id)
        outcome = Outcome(RunStatus.FAILED, _in_words(error, device))
    if device.startswith("cuda"):
        torch.cuda.empty_cache()
    return tell_end(store, run, outcome, interruption=interruption, insists=insists)


class _Training:
    """One attempt at one run."""

    def __init__(self, store: Store, settings: Settings, run: Run, device: str) -> None:
        self._store = store
        self._settings = settings
        self._run = run
        self._config = run.network_config
        self._device = device
        self._checkpoints = Checkpoints(settings, run.id)
        self._state: TrainingState | None = None

    def run(
        self,
        interruption: Callable[[], Interruption | None],
        on_start: Callable[[Run], None] | None,
        on_event: Callable[[ExecutionEvent], None] | None,
        load: Load,
    ) -> Outcome:
        device = find_device(self._device)
        start = self._state = load_state(self._checkpoints)
        try:
            splits = self._load(load, interruption, on_event)
        except _InterruptedError as error:
            return self._end_unprepared(error.ending)
        if device.type == "cpu":
            threads = threads_for(self._config, len(splits.train_labels), allowed_threads(os.environ))
            torch.set_num_threads(threads)
        self._store.forget_after(self._run.id, start.epoch if start else 0)
        self._checkpoints.forget_after(start.epoch if start else 0)
        steps = total_steps(self._config, splits)
        self._store.set_total_steps(self._run.id, steps)
        if on_start is not None:
            on_start(self._store.run(self._run.id))
        epochs = self._config.training.epochs
        recorder = Recorder(
            self._store,
            self._checkpoints,
            self._run.id,
            first_step=start.step if start else 0,
            planned_epochs=epochs,
            images_per_step=len(splits.train_labels) * epochs / steps,
        )
        with recorder:
            is_scratch = self._config.training.engine == "numpy"
            events = (scratch.train if is_scratch else train)(self._config, splits, device, start)
            ending = self._follow(events, recorder, interruption, on_event)
            recorder.flush()
            self._measure_speed(start, len(splits.train_labels))
            if ending is not None and ending.status is RunStatus.PAUSED:
                return Outcome(RunStatus.PAUSED, f"{ending.reason} {resumption(self._state)}")
            return self._conclude(splits, device, ending)

    def _load(
        self,
        load: Load,
        interruption: Callable[[], Interruption | None],
        on_event: Callable[[ExecutionEvent], None] | None,
    ) -> Splits:
        """The run's data; while features are computed for it, the store says how far that is."""
        told_at = -math.inf

        def tell(progress: FeatureProgress) -> None:
            nonlocal told_at
            if on_event is not None:
                on_event(progress)
            if time.monotonic() - told_at < STAGE_SECONDS:
                return
            told_at = time.monotonic()
            request = self._store.record_stage(self._run.id, FEATURES_STAGE, progress.done, progress.total)
            ending = interruption() or (REQUESTED[request] if request is not None else None)
            if ending is not None:
                raise _InterruptedError(ending)

        try:
            return load(self._config.data, self._settings, tell)
        finally:
            if math.isfinite(told_at):
                with suppress(ExplorerError):  # what went wrong is told by whoever raised it first
                    self._store.record_stage(self._run.id, "", self._run.step, self._run.total_steps)

    def _end_unprepared(self, ending: Interruption) -> Outcome:
        if self._state is None and ending.status is RunStatus.STOPPED:
            return Outcome(RunStatus.STOPPED, f"{ending.reason} {NOTHING_LEARNED}")
        return Outcome(ending.status, f"{ending.reason} {resumption(self._state)}")

    def _follow(
        self,
        events: Generator[TrainingEvent, None, None],
        recorder: Recorder,
        interruption: Callable[[], Interruption | None],
        on_event: Callable[[ExecutionEvent], None] | None,
    ) -> Interruption | None:
        """Record events until the last one, or until something interrupts the run."""
        try:
            for event in events:
                match event:
                    case StepMetrics():
                        recorder.add_steps(event)
                    case EpochMetrics():
                        recorder.add_epoch(event)
                    case TrainingState():
                        recorder.add_state(event)
                        self._state = event
                    case Tick():
                        recorder.see_step(event.step)
                if on_event is not None:
                    on_event(event)
                if isinstance(event, EpochMetrics):
                    continue  # its state comes next, and must not be lost
                request = recorder.request
                ending = interruption() or (REQUESTED[request] if request is not None else None)
                if ending is not None:
                    return ending
        except KeyboardInterrupt as error:
            return interrupted(error)
        finally:
            events.close()
        return None

    def _conclude(self, splits: Splits, device: torch.device, ending: Interruption | None) -> Outcome:
        state = self._state
        if state is None:
            reason = ending.reason if ending else "Stopped."
            return Outcome(RunStatus.STOPPED, f"{reason} {NOTHING_LEARNED}")
        result = conclude(
            self._config,
            splits,
            device,
            state,
            self._store.epochs(self._run.id),
            state.progress["seconds"],
            torch.get_num_threads(),
        )
        if ending is not None:
            return Outcome(RunStatus.STOPPED, f"{ending.reason} {resumption(state)}", result)
        return Outcome(RunStatus.FINISHED, self._why_early(state), result)

    def _why_early(self, state: TrainingState) -> str:
        """Why the run ended before its last epoch, in words; empty if it did not."""
        training = self._config.training
        if state.epoch >= training.epochs:
            return ""
        if training.patience is not None and state.progress.get("stale_epochs", 0) >= training.patience:
            watched = training.monitor.replace("_", " ")
            return f"Ended early: {watched} had not improved for {training.patience} epochs."
        return f"Ended after epoch {state.epoch} of {training.epochs}: the time limit was reached."

    def _measure_speed(self, start: TrainingState | None, images: int) -> None:
        epochs = (self._state.epoch if self._state else 0) - (start.epoch if start else 0)
        if self._state is not None and epochs > 0:
            seconds = self._state.progress["seconds"] - (start.progress["seconds"] if start else 0.0)
            record_measured(self._store, self._config, self._device, seconds / epochs, images)


def resumption(state: TrainingState | None) -> str:
    """What Resume would do, in words."""
    return "Resume starts it again." if state is None else f"Resume goes on from epoch {state.epoch}."


def _in_words(error: Exception, device: str) -> str:
    if isinstance(error, ExplorerError):
        return str(error)
    out_of_memory = isinstance(error, MemoryError | torch.OutOfMemoryError)
    if out_of_memory or "can't allocate memory" in str(error) or "out of memory" in str(error):
        return memory_advice(device)
    place = journal_path() or "the standard error output"
    return f"unexpected error: {type(error).__name__}: {error}; the log is at {place}"
