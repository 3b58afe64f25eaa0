"""How far training is: a bar that redraws itself on a terminal, plain lines elsewhere."""

import shutil
import time
from collections.abc import Callable
from typing import Protocol, TextIO

from explorer.classical.feature_files import FeatureProgress
from explorer.cli.words import bar, duration
from explorer.records import EpochMetrics, StepMetrics
from explorer.training.state import Tick

SECONDS_BETWEEN_DRAWS = 0.1
SECONDS_BETWEEN_LINES = 1.0
CLEAR_TO_END = "\x1b[K"


class Follows(Protocol):
    """What is told of a run as it trains."""

    def start(self, total_steps: int, images_a_step: float) -> None:
        """Begins with a run; ``images_a_step`` turns steps into samples."""

    def show(self, record: object) -> None:
        """Takes in what training yields."""

    def close(self) -> None:
        """The run is over."""


class Progress:
    """Follows one run on a stream: ``start`` once, ``show`` for every record, ``close`` at the end.

    ``clock`` gives seconds. Without a terminal at most one line a second is written, the first and the
    last epoch always.
    """

    def __init__(
        self, stream: TextIO, epochs: int, label: str = "", clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._stream, self._epochs, self._label, self._clock = stream, epochs, label, clock
        self._terminal = stream.isatty()
        self._total_steps = 0
        self._images_a_step = 0.0
        self._started = self._drawn = float("-inf")
        self._loss: float | None = None
        self._latest: EpochMetrics | None = None
        self._pending = ""

    def start(self, total_steps: int, images_a_step: float) -> None:
        """Begins the clock of the run; ``images_a_step`` turns steps into samples."""
        self._total_steps, self._images_a_step = total_steps, images_a_step
        self._started = self._clock()

    def show(self, record: object) -> None:
        """Takes in what training yields and redraws; states to resume from change nothing."""
        if isinstance(record, StepMetrics):
            self._loss = record.loss
            self._draw(record.last_step)
        elif isinstance(record, Tick):
            self._draw(record.step)
        elif isinstance(record, FeatureProgress):
            self._note_features(record)
        elif isinstance(record, EpochMetrics):
            self._latest = record
            self._note_epoch(record)

    def close(self) -> None:
        """Leaves the last state readable and the cursor on a line of its own."""
        if self._terminal:
            if self._drawn > float("-inf"):
                self._stream.write("\n")
        elif self._pending:
            self._stream.write(f"{self._pending}\n")
            self._pending = ""
        self._stream.flush()

    def _note_epoch(self, epoch: EpochMetrics) -> None:
        if self._terminal:
            self._draw(epoch.step, at_once=True)
            return
        label = f"{self._label}, " if self._label else ""
        line = f"{label}epoch {epoch.epoch} of {self._epochs}: {scores(epoch)}; {self._pace(epoch.step)}"
        now = self._clock()
        if epoch.epoch in (1, self._epochs) or now - self._drawn >= SECONDS_BETWEEN_LINES:
            self._stream.write(f"{line}\n")
            self._stream.flush()
            self._drawn, self._pending = now, ""
        else:
            self._pending = line

    def _note_features(self, progress: FeatureProgress) -> None:
        label = f"{self._label}, " if self._label else ""
        doing = f"{label}computing HOG features of {progress.total:,} images"
        now, is_last = self._clock(), progress.done == progress.total
        if self._terminal:
            if is_last or now - self._drawn >= SECONDS_BETWEEN_DRAWS:
                share = progress.done / progress.total
                self._write_over(f"{doing}  {bar(share)} {share:4.0%}")
                self._drawn = now
        elif self._drawn == float("-inf"):
            self._stream.write(f"{doing} …\n")
            self._stream.flush()
            self._drawn = now

    def _draw(self, step: int, at_once: bool = False) -> None:
        now = self._clock()
        if not self._terminal or (not at_once and now - self._drawn < SECONDS_BETWEEN_DRAWS):
            return
        self._drawn = now
        share = step / self._total_steps if self._total_steps else 0.0
        epoch = min(self._epochs, 1 + int(share * self._epochs))
        parts = [f"epoch {epoch}/{self._epochs}", f"{bar(share)} {share:4.0%}", self._pace(step)]
        if self._loss is not None:
            parts.append(f"loss {self._loss:.4f}")
        if self._latest is not None:
            accuracy = self._latest.validation_accuracy
            name = "validation" if accuracy is not None else "train"
            accuracy = self._latest.train_accuracy if accuracy is None else accuracy
            parts.append(f"{name} {accuracy:.2%}")
        self._write_over("  ".join([self._label, *parts] if self._label else parts))

    def _write_over(self, line: str) -> None:
        columns = shutil.get_terminal_size().columns
        self._stream.write(f"\r{line[: columns - 1]}{CLEAR_TO_END}")
        self._stream.flush()

    def _pace(self, step: int) -> str:
        """Samples a second since the start, and the time left at that pace."""
        seconds = self._clock() - self._started
        if seconds <= 0 or not step:
            return "…"
        left = max(0, self._total_steps - step) * seconds / step
        return f"{step * self._images_a_step / seconds:,.0f} images/s, {duration(left)} left"


def scores(epoch: EpochMetrics) -> str:
    """Loss and accuracy of train and validation, in words."""
    text = f"train loss {epoch.train_loss:.4f}, accuracy {epoch.train_accuracy:.2%}"
    if epoch.validation_loss is not None and epoch.validation_accuracy is not None:
        text += f"; validation loss {epoch.validation_loss:.4f}, accuracy {epoch.validation_accuracy:.2%}"
    return text
