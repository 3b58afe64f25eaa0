"""The recording of runs: a thread that writes what training hands over, a few times a second."""

import threading
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from explorer.errors import ExplorerError
from explorer.jobs.resumption import save_state
from explorer.records import Change, EpochMetrics, Request, StepMetrics
from explorer.storage.checkpoints import Checkpoints, kept_epochs
from explorer.storage.stacks import Entry
from explorer.storage.store import Store
from explorer.training.engine import TrainingEvent
from explorer.training.state import Tick, TrainingState

WRITE_SECONDS = 0.25
STATE_SECONDS = 1.0
STATE_SHARE = 0.05  # of the time, at most, is spent on saving states to resume from
MOST_EPOCHS_WAITING = 256  # to be written, before training has to wait
MOST_WEIGHTS_WAITING = 8  # beside those of one epoch of a stack
SPEED_SECONDS = 2.0  # over which the shown speed is smoothed


@dataclass(slots=True)
class Recording:
    """One run on record: what is known of it, and what waits to be written."""

    run_id: int
    checkpoints: Checkpoints
    planned_epochs: int
    images_per_step: float
    request: Request | None = None
    error: Exception | None = None
    steps: list[StepMetrics] = field(default_factory=list)
    epochs: list[EpochMetrics] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    weights: list[TrainingState] = field(default_factory=list)
    state: TrainingState | None = None
    best: TrainingState | None = None
    has_point: bool = False
    saved_epochs: set[int] = field(default_factory=set)
    thinned: frozenset[int] = frozenset()
    step: int = 0
    speed_step: int = 0
    speed_at: float = 0.0
    samples_per_second: float = 0.0

    def __post_init__(self) -> None:
        self.thinned = kept_epochs(self.planned_epochs)
        self.begin(0)

    def begin(self, step: int) -> None:
        """Measure the speed from this step and moment on."""
        self.step = self.speed_step = step
        self.speed_at = time.monotonic()

    def speed(self) -> float:
        """Training images a second, smoothed; 0 before the first steps."""
        now, step = time.monotonic(), self.step
        seconds = now - self.speed_at
        if step > self.speed_step and seconds > 0:
            newest = (step - self.speed_step) * self.images_per_step / seconds
            share = 1.0 if not self.samples_per_second else min(1.0, seconds / SPEED_SECONDS)
            self.samples_per_second += share * (newest - self.samples_per_second)
            self.speed_at, self.speed_step = now, step
        return self.samples_per_second


@dataclass(frozen=True, slots=True)
class _Batch:
    """What has come of one run since the last write."""

    of: Recording
    steps: list[StepMetrics]
    epochs: list[EpochMetrics]
    changes: list[Change]
    weights: list[TrainingState]
    state: TrainingState | None
    best: TrainingState | None


class Recorder:
    """Takes metrics and states of some runs from the training thread and writes them from its own.

    A transaction an epoch would cost a fast run (100 epochs a second) more than its training, so writes are
    gathered over time and over runs: metrics every 0.25 s, the states to resume from every second (less
    often where that takes long), and everything on ``flush`` and at the end. A write that failed raises its
    error in the training thread, when the next event of its run is taken.
    """

    def __init__(self, store: Store, recordings: Sequence[Recording]) -> None:
        self._store = store
        self._recordings = {recording.run_id: recording for recording in recordings}
        self._changed = threading.Condition()
        self._urgent = self._closing = False
        self._flushing: set[int] = set()
        self._wanted: dict[int, float] = {}
        self._weights_waiting = 0
        self._error: Exception | None = None
        self._saved_at, self._saving_seconds = time.monotonic(), 0.0
        self._thread = threading.Thread(target=self._run, name="recorder", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        self._thread.join()
        if error is None and self._error is not None:
            raise self._error

    def request(self, run_id: int) -> Request | None:
        """What the user asked of this run, as of the last write."""
        return self._recordings[run_id].request

    def error(self, run_id: int) -> Exception | None:
        """Why this run can't be recorded any further."""
        return self._error or self._recordings[run_id].error

    def wanted_rates(self, run_ids: Sequence[int]) -> dict[int, float]:
        """The learning rates that users want, as of the last write, by the places of the runs."""
        wanted = self._wanted
        return {place: wanted[run_id] for place, run_id in enumerate(run_ids) if wanted and run_id in wanted}

    def begin(self, steps: Mapping[int, int]) -> None:
        """Note that runs are about to be trained from these steps on."""
        with self._changed:
            for run_id, step in steps.items():
                self._recordings[run_id].begin(step)

    def take(self, run_id: int, event: TrainingEvent) -> None:
        """Take what happened in a run; a state belongs to the epoch that was taken last."""
        recording = self._recordings[run_id]
        if isinstance(event, Tick):
            recording.step = event.step
            return
        with self._changed:
            while self._is_crowded(recording) and self._error is None:
                self._urgent = True
                self._changed.notify_all()
                self._changed.wait()
            error = self.error(run_id)
            if error is not None:
                raise error
            if isinstance(event, StepMetrics):
                recording.steps.append(event)
                recording.step = event.last_step
                if not recording.has_point:  # the first point is waited for
                    recording.has_point = self._urgent = True
                    self._changed.notify_all()
            elif isinstance(event, EpochMetrics):
                recording.epochs.append(event)
                recording.step = event.step
            elif isinstance(event, Change):
                recording.changes.append(event)
                self._wanted = {wanted: rate for wanted, rate in self._wanted.items() if wanted != run_id}
                self._urgent = True
                self._changed.notify_all()
            else:
                recording.state = event
                if event.is_best:
                    recording.best = event
                if event.epoch in recording.thinned:
                    recording.weights.append(event)
                    self._weights_waiting += 1

    def flush(self, run_ids: Collection[int] | None = None) -> None:
        """Wait until all that was taken (of these runs) is on disk: metrics, state, the newest weights."""
        with self._changed:
            self._flushing |= set(self._recordings if run_ids is None else run_ids) & self._recordings.keys()
            self._changed.notify_all()
            while self._flushing and self._error is None:
                self._changed.wait()
            if self._error is not None:
                raise self._error

    def release(self, run_id: int) -> None:
        """Record nothing more of a run that is about to end."""
        with self._changed:
            self._recordings.pop(run_id, None)

    def _is_crowded(self, recording: Recording) -> bool:
        most_weights = MOST_WEIGHTS_WAITING + 2 * len(self._recordings) - 2
        return len(recording.epochs) >= MOST_EPOCHS_WAITING or self._weights_waiting >= most_weights

    def _run(self) -> None:
        try:
            while self._write():
                with self._changed:
                    self._changed.wait_for(
                        lambda: self._closing or self._flushing or self._urgent, WRITE_SECONDS
                    )
        except Exception as error:  # noqa: BLE001 -- raised again in the training thread
            with self._changed:
                self._error = error
                self._changed.notify_all()

    def _write(self) -> bool:
        """Write what has come since the last time; False after the last time."""
        with self._changed:
            closing, flushing = self._closing, set(self._flushing)
            batches = [self._batch(recording) for recording in self._recordings.values()]
            self._weights_waiting = 0
            self._urgent = False
            self._changed.notify_all()
        # Metrics first: a state whose epochs are not recorded would leave a hole in the resumed curve.
        answers = self._store.record_together(
            [
                Entry(batch.of.run_id, batch.steps, batch.epochs, batch.of.speed(), batch.changes)
                for batch in batches
            ]
        )
        # A wish that was met since may come once more, and then changes nothing.
        self._wanted = self._store.wanted_rates([batch.of.run_id for batch in batches])
        for batch in batches:
            answer = answers[batch.of.run_id]
            if isinstance(answer, ExplorerError):
                batch.of.error = answer
            else:
                batch.of.request = answer or batch.of.request
        started = time.monotonic()
        pause = max(STATE_SECONDS, self._saving_seconds / STATE_SHARE)
        is_time = closing or started - self._saved_at >= pause
        for batch in batches:
            is_last = closing or batch.of.run_id in flushing
            self._save(batch, is_due=is_time or is_last, is_last=is_last)
        if is_time:
            self._saved_at = time.monotonic()
            self._saving_seconds = self._saved_at - started
        with self._changed:
            self._flushing -= flushing
            self._changed.notify_all()
        return not closing

    def _batch(self, recording: Recording) -> _Batch:
        batch = _Batch(
            recording,
            recording.steps,
            recording.epochs,
            recording.changes,
            recording.weights,
            recording.state,
            recording.best,
        )
        recording.steps, recording.epochs, recording.changes, recording.weights = [], [], [], []
        return batch

    def _save(self, batch: _Batch, *, is_due: bool, is_last: bool) -> None:
        """Write weights and state; what fails is this run's trouble alone."""
        if batch.of.error is not None:
            return
        try:
            wanted = [*batch.weights, batch.state if is_last else None, batch.best if is_due else None]
            self._save_weights(batch.of, [state for state in wanted if state is not None])
            if is_due and batch.state is not None:
                save_state(batch.of.checkpoints, batch.state)
                with self._changed:
                    if batch.of.state is batch.state:
                        batch.of.state = None
        except ExplorerError as error:
            batch.of.error = error

    def _save_weights(self, recording: Recording, states: Sequence[TrainingState]) -> None:
        for state in sorted(states, key=lambda state: state.epoch):
            if state.epoch not in recording.saved_epochs:
                best_epoch = int(state.progress.get("best_epoch", 0)) or None
                recording.checkpoints.save_epoch(state.epoch, state.weights, best_epoch=best_epoch)
                recording.saved_epochs.add(state.epoch)
