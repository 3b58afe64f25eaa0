"""How far a fit is, stage by stage: a bar that redraws itself on a terminal, plain lines elsewhere."""

import shutil
import time
from collections.abc import Callable
from typing import TextIO

from explorer.cli.words import bar, duration
from explorer.jobs.fit_execution import FitProgress

SECONDS_BETWEEN_DRAWS = 0.1
SECONDS_TO_FIRST_LINE, SECONDS_BETWEEN_LINES = 1.0, 5.0
CLEAR_TO_END = "\x1b[K"


class FitReport:
    """Follows one fit on a stream: ``show`` as often as one likes, ``close`` at the end.

    A stage that is over leaves a line with its time; without a terminal a long one tells how far it is after
    a second and then every five. ``clock`` gives seconds.
    """

    def __init__(self, stream: TextIO, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream, self._clock = stream, clock
        self._terminal = stream.isatty()
        self._stage: FitProgress | None = None
        self._since = self._told = 0.0

    def show(self, progress: FitProgress) -> None:
        """Takes in what the fit is doing."""
        now = self._clock()
        if self._stage is None or progress.stage != self._stage.stage:
            self._end_stage(now)
            self._since = now
            self._told = now - SECONDS_BETWEEN_DRAWS
            if not self._terminal:
                self._told = now + SECONDS_TO_FIRST_LINE - SECONDS_BETWEEN_LINES
        self._stage = progress
        if now - self._told >= (SECONDS_BETWEEN_DRAWS if self._terminal else SECONDS_BETWEEN_LINES):
            self._told = now
            self._tell(progress, now - self._since)

    def close(self) -> None:
        """Leaves the last stage readable and the cursor on a line of its own."""
        self._end_stage(self._clock())
        self._stage = None

    def _tell(self, progress: FitProgress, seconds: float) -> None:
        # One unit of work is no measure of how far it is.
        is_counted = progress.total > 1
        share = progress.done / progress.total if is_counted else 0.0
        if self._terminal:
            parts = [progress.stage, f"{bar(share)} {share:4.0%}" if is_counted else "…", duration(seconds)]
            line = "  ".join(parts)
            self._stream.write(f"\r{line[: shutil.get_terminal_size().columns - 1]}{CLEAR_TO_END}")
        else:
            counted = f" {progress.done:,} of {progress.total:,}," if is_counted else ""
            self._stream.write(f"{progress.stage}:{counted} {duration(seconds)} so far\n")
        self._stream.flush()

    def _end_stage(self, now: float) -> None:
        if self._stage is None:
            return
        line = f"{self._stage.stage}: {now - self._since:.1f} s"
        self._stream.write(f"\r{line}{CLEAR_TO_END}\n" if self._terminal else f"{line}\n")
        self._stream.flush()
