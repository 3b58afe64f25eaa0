"""How far a sweep is: one bar over all its runs on a terminal, and a line for each run that ended."""

import shutil
import time
from collections.abc import Callable, Sequence
from typing import TextIO

from explorer.cli.progress import CLEAR_TO_END, SECONDS_BETWEEN_DRAWS
from explorer.cli.words import bar, duration
from explorer.records import EpochMetrics, Run, RunStatus, StepMetrics
from explorer.training.state import Tick


class SweepProgress:
    """Follows runs that train one after the other: ``start``, ``show`` and ``end`` for each, then ``close``.

    ``steps`` are the mini-batches of each run, ``labels`` say what tells it apart; ``clock`` gives seconds.
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
        self._number = 0  # of the run in hand, from 1
        self._step = 0  # of that run
        self._ended_steps = 0
        self._started = clock()
        self._drawn = float("-inf")
        self._latest: EpochMetrics | None = None

    def start(self, total_steps: int, images_a_step: float) -> None:  # noqa: ARG002 -- as any progress
        """Begins the next run."""
        self._number += 1
        self._step, self._latest = 0, None
        self._draw(at_once=True)

    def show(self, record: object) -> None:
        """Takes in what training yields."""
        if isinstance(record, StepMetrics):
            self._step = record.last_step
        elif isinstance(record, Tick):
            self._step = record.step
        elif isinstance(record, EpochMetrics):
            self._step, self._latest = record.step, record
        else:
            return
        self._draw()

    def end(self, number: int, run: Run) -> None:
        """Writes the line of the run with this place (from 1), which has ended."""
        self._ended_steps += self._steps[number - 1]
        self._step = 0
        line = f"{number} of {len(self._labels)}: {self._labels[number - 1]}: {in_short(run)}"
        left = f"; {self._left()} left" if number < len(self._labels) else ""
        self._stream.write(f"\r{line}{CLEAR_TO_END}\n" if self._terminal else f"{line}{left}\n")
        self._stream.flush()

    def close(self) -> None:
        """Nothing is left to do after a run: its line comes with ``end``."""

    def interrupt(self) -> None:
        """Leaves the last state readable and the cursor on a line of its own."""
        if self._terminal:
            self._stream.write("\n")
            self._stream.flush()

    def _draw(self, at_once: bool = False) -> None:
        now = self._clock()
        if not self._terminal or (not at_once and now - self._drawn < SECONDS_BETWEEN_DRAWS):
            return
        self._drawn = now
        share = self._share()
        parts = [
            f"run {self._number}/{len(self._labels)}",
            f"{bar(share)} {share:4.0%}",
            f"{self._left()} left",
            self._labels[self._number - 1],
        ]
        if self._latest is not None:
            accuracy = self._latest.validation_accuracy
            shown = self._latest.train_accuracy if accuracy is None else accuracy
            parts.append(f"{'train' if accuracy is None else 'validation'} {shown:.2%}")
        columns = shutil.get_terminal_size().columns
        self._stream.write(f"\r{'  '.join(parts)[: columns - 1]}{CLEAR_TO_END}")
        self._stream.flush()

    def _share(self) -> float:
        return (self._ended_steps + self._step) / max(sum(self._steps), 1)

    def _left(self) -> str:
        share, seconds = self._share(), self._clock() - self._started
        return "…" if not share or seconds <= 0 else duration(seconds * (1 - share) / share)


def in_short(run: Run) -> str:
    """What a run of a sweep came to, in a few words."""
    result = run.network_result
    if run.status is RunStatus.FAILED or result is None:
        return f"{run.status}: {run.reason}" if run.reason else str(run.status)
    parts = [f"test {result.test.accuracy:.2%}"]
    if result.validation is not None:
        parts.insert(0, f"validation {result.validation.accuracy:.2%}")
    ended = "" if run.status is RunStatus.FINISHED else f" ({run.status})"
    return f"{', '.join(parts)}{ended}"
