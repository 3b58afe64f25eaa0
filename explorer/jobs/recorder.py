"""The recording of a run: a thread that writes what training hands over, a few times a second."""

import threading
import time
from types import TracebackType
from typing import Self

from explorer.jobs.resumption import save_state
from explorer.records import EpochMetrics, Request, StepMetrics
from explorer.storage.checkpoints import Checkpoints, kept_epochs
from explorer.storage.store import Store
from explorer.training.state import TrainingState

WRITE_SECONDS = 0.25
STATE_SECONDS = 1.0
MOST_EPOCHS_WAITING = 256  # to be written, before training has to wait
MOST_WEIGHTS_WAITING = 8
SPEED_SECONDS = 2.0  # over which the shown speed is smoothed


class Recorder:
    """Takes metrics and states from the training thread and writes them from its own.

    A transaction an epoch would cost a fast run (100 epochs a second) more than its training, so writes are
    gathered: metrics every 0.25 s, the state to resume from every second, and everything on ``flush`` and at
    the end. A write that failed raises its error in the training thread, at the next call.
    """

    def __init__(
        self,
        store: Store,
        checkpoints: Checkpoints,
        run_id: int,
        *,
        first_step: int,
        planned_epochs: int,
        images_per_step: float,
    ) -> None:
        self._store = store
        self._checkpoints = checkpoints
        self._run_id = run_id
        self._images_per_step = images_per_step
        self._thinned = kept_epochs(planned_epochs)
        self._changed = threading.Condition()
        self._steps: list[StepMetrics] = []
        self._epochs: list[EpochMetrics] = []
        self._weights: list[TrainingState] = []
        self._state: TrainingState | None = None
        self._best: TrainingState | None = None
        self._has_point = self._urgent = self._flushing = self._closing = False
        self._error: Exception | None = None
        self._request: Request | None = None
        self._saved_at = time.monotonic()
        self._saved_epochs: set[int] = set()
        self._step = self._speed_step = first_step
        self._speed_at = time.monotonic()
        self._samples_per_second = 0.0
        self._thread = threading.Thread(target=self._run, name=f"recorder of run {run_id}", daemon=True)

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
        if error is None:
            self._raise_error()

    @property
    def request(self) -> Request | None:
        """What the user asked of this run, as of the last write."""
        return self._request

    def see_step(self, step: int) -> None:
        """Note how far the run is, for its speed."""
        self._step = step

    def add_steps(self, metrics: StepMetrics) -> None:
        """Take a bin of the curve."""
        with self._changed:
            self._raise_error()
            self._steps.append(metrics)
            self._step = metrics.last_step
            if not self._has_point:  # the first point is waited for
                self._has_point = self._urgent = True
                self._changed.notify_all()

    def add_epoch(self, metrics: EpochMetrics) -> None:
        """Take an epoch."""
        with self._changed:
            while len(self._epochs) >= MOST_EPOCHS_WAITING and self._error is None:
                self._urgent = True
                self._changed.notify_all()
                self._changed.wait()
            self._raise_error()
            self._epochs.append(metrics)
            self._step = metrics.step

    def add_state(self, state: TrainingState) -> None:
        """Take the state at the end of the epoch that was added last."""
        with self._changed:
            while len(self._weights) >= MOST_WEIGHTS_WAITING and self._error is None:
                self._urgent = True
                self._changed.notify_all()
                self._changed.wait()
            self._raise_error()
            self._state = state
            if state.is_best:
                self._best = state
            if state.epoch in self._thinned:
                self._weights.append(state)

    def flush(self) -> None:
        """Wait until all that was taken is on disk: metrics, state, the weights of the newest epoch."""
        with self._changed:
            self._flushing = True
            self._changed.notify_all()
            while self._flushing and self._error is None:
                self._changed.wait()
            self._raise_error()

    def _raise_error(self) -> None:
        if self._error is not None:
            raise self._error

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
            closing, flushing = self._closing, self._flushing
            steps, self._steps = self._steps, []
            epochs, self._epochs = self._epochs, []
            weights, self._weights = self._weights, []
            state, best = self._state, self._best
            self._urgent = False
            self._changed.notify_all()
        # Metrics first: a state whose epochs are not recorded would leave a hole in the resumed curve.
        request = self._store.record(self._run_id, steps, epochs, self._speed())
        self._request = request or self._request
        due = closing or flushing or time.monotonic() - self._saved_at >= STATE_SECONDS
        self._save_weights(weights, state if closing or flushing else None, best if due else None)
        if due and state is not None:
            save_state(self._checkpoints, state)
            self._saved_at = time.monotonic()
            with self._changed:
                self._state = None if self._state is state else self._state
        with self._changed:
            self._flushing = self._flushing and not flushing
            self._changed.notify_all()
        return not closing

    def _save_weights(
        self, thinned: list[TrainingState], newest: TrainingState | None, best: TrainingState | None
    ) -> None:
        wanted = {state.epoch: state for state in (*thinned, newest, best) if state is not None}
        for epoch, state in sorted(wanted.items()):
            if epoch not in self._saved_epochs:
                best_epoch = int(state.progress.get("best_epoch", 0)) or None
                self._checkpoints.save_epoch(epoch, state.weights, best_epoch=best_epoch)
                self._saved_epochs.add(epoch)

    def _speed(self) -> float:
        """Training images a second, smoothed; 0 before the first steps."""
        now, step = time.monotonic(), self._step
        seconds = now - self._speed_at
        if step > self._speed_step and seconds > 0:
            newest = (step - self._speed_step) * self._images_per_step / seconds
            share = 1.0 if not self._samples_per_second else min(1.0, seconds / SPEED_SECONDS)
            self._samples_per_second += share * (newest - self._samples_per_second)
            self._speed_at, self._speed_step = now, step
        return self._samples_per_second
