"""Who looks on while a job is executed, and may interfere."""

import os
from collections.abc import Callable
from dataclasses import dataclass

from explorer.classical.feature_files import FeatureProgress
from explorer.jobs.endings import Interruption, never
from explorer.jobs.threads import allowed_threads
from explorer.records import Run
from explorer.training.engine import TrainingEvent

ExecutionEvent = TrainingEvent | FeatureProgress


def usable_threads() -> int:
    """The CPU threads that a job may take where it has the machine to itself."""
    return allowed_threads(os.environ)


@dataclass(frozen=True, slots=True)
class Company:
    """Who looks on and may interfere; every function is called between steps, some times a second.

    ``on_start`` gets the running runs (with their steps counted) before the first step, ``on_event`` what
    happened in which run, ``on_end`` each run as it ended. ``threads`` are those that the job may take now.
    """

    interruption: Callable[[], Interruption | None] = never
    on_start: Callable[[tuple[Run, ...]], None] = lambda _runs: None
    on_event: Callable[[Run, ExecutionEvent], None] = lambda _run, _event: None
    on_end: Callable[[Run], None] = lambda _run: None
    threads: Callable[[], int] = usable_threads


ALONE = Company()
