"""How far a group of runs is: one bar over all of them on a terminal, and a line for each that ended."""

import shutil
import time
from collections.abc import Callable, Sequence
from typing import TextIO

from explorer.cli.progress import CLEAR_TO_END, SECONDS_BETWEEN_DRAWS, SECONDS_BETWEEN_LINES
from explorer.cli.words import bar, counted, duration, reason_of
from explorer.records import EpochMetrics, Run, RunStatus, StepMetrics
from explorer.training.state import Tick


class GroupProgress:
    """Follows runs that train together or one after the other, each known by its place, from 1.

    ``steps`` are the mini-batches of each run, ``labels`` say what tells it apart; ``clock`` gives seconds.
    Without a terminal, beside the lines of ended runs, at most one line a second says how far all are.
    """

    def __init__(
        self,
        stream: TextIO,
        labels: Sequence[str],
        steps: Sequence[int],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._stream, self._labels, self._steps, self._clock = stream, labels, steps, clock
        self._terminal = stream.isatty()
        self._done = [0] * len(labels)
        self._latest: dict[int, EpochMetrics] = {}  # of the runs that train
        self._ended = 0
        self._started = clock()
        self._drawn = float("-inf")

    def show(self, number: int, record: object) -> None:
        """Takes in what training yields for a run."""
        if isinstance(record, StepMetrics):
            self._done[number - 1] = record.last_step
        elif isinstance(record, Tick):
            self._done[number - 1] = record.step
        elif isinstance(record, EpochMetrics):
            self._done[number - 1] = record.step
            self._latest[number] = record
        else:
            return
        pause = SECONDS_BETWEEN_DRAWS if self._terminal else SECONDS_BETWEEN_LINES
        if self._clock() - self._drawn >= pause and (self._terminal or self._latest):
            self._drawn = self._clock()
            self._write(f"{self._state()}", lasts=False)

    def end(self, number: int, run: Run) -> None:
        """Writes the line of a run that has ended."""
        self._ended += 1
        self._done[number - 1] = self._steps[number - 1]
        self._latest.pop(number, None)
        left = f"; {self._left()} left" if self._ended < len(self._labels) and not self._terminal else ""
        line = f"{self._ended} of {len(self._labels)}: {self._labels[number - 1]}: {in_short(run)}{left}"
        self._write(line, lasts=True)

    def interrupt(self) -> None:
        """Leaves the last state readable and the cursor on a line of its own."""
        if self._terminal:
            self._stream.write("\n")
            self._stream.flush()

    def _state(self) -> str:
        share = self._share()
        parts = [f"{bar(share)} {share:4.0%}"] if self._terminal else []
        if self._latest:
            parts.append(f"epoch {max(epoch.epoch for epoch in self._latest.values())}")
            accuracies = [
                epoch.train_accuracy if epoch.validation_accuracy is None else epoch.validation_accuracy
                for epoch in self._latest.values()
            ]
            kind = "train" if next(iter(self._latest.values())).validation_accuracy is None else "validation"
            parts.append(f"{kind} accuracy {_span(accuracies)}")
        training = max(1, len(self._latest))
        waiting = len(self._labels) - self._ended - training
        parts.append(f"{counted(training, 'run')} training" + (f", {waiting} to come" if waiting else ""))
        return "  ".join([*parts, f"{self._left()} left"])

    def _write(self, line: str, *, lasts: bool) -> None:
        if self._terminal:
            columns = shutil.get_terminal_size().columns
            text = line if lasts else line[: columns - 1]
            self._stream.write(f"\r{text}{CLEAR_TO_END}" + ("\n" if lasts else ""))
        else:
            self._stream.write(f"{line}\n")
        self._stream.flush()

    def _share(self) -> float:
        return sum(self._done) / max(sum(self._steps), 1)

    def _left(self) -> str:
        share, seconds = self._share(), self._clock() - self._started
        return "…" if not share or seconds <= 0 else duration(seconds * (1 - share) / share)


def in_short(run: Run) -> str:
    """What a run of a group came to, in a few words."""
    result = run.network_result
    if run.status is RunStatus.FAILED or result is None:
        return f"{run.status}: {reason_of(run)}" if run.reason else str(run.status)
    parts = [f"test {result.test.accuracy:.2%}"]
    if result.validation is not None:
        parts.insert(0, f"validation {result.validation.accuracy:.2%}")
    ended = "" if run.status is RunStatus.FINISHED else f" ({run.status})"
    return f"{', '.join(parts)}{ended}"


def _span(accuracies: Sequence[float]) -> str:
    least, greatest = f"{min(accuracies):.2%}", f"{max(accuracies):.2%}"
    return least if least == greatest else f"{least} to {greatest}"
