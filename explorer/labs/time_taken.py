"""How long runs took: the seconds of all jobs added up, and those that passed on the clock."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from explorer.records import Run

# From a run's first step to its end it takes little more than it trains; one that took longer was paused.
PAUSED_FACTOR, PAUSED_SECONDS = 1.2, 10.0


@dataclass(frozen=True, slots=True)
class TimeTaken:
    """Seconds of the runs that have ended.

    ``training`` are those of every job added up, runs that trained together as one stack counted once;
    ``clock`` are those in which at least one of them was in hand.
    """

    training: float
    clock: float


def time_taken(runs: Iterable[Run]) -> TimeTaken:
    """How long these runs took; pauses are left out, and so is what has not ended."""
    jobs: dict[datetime, tuple[datetime, float]] = {}
    for run in runs:
        if run.started_at is None or run.ended_at is None:
            continue
        seconds = _seconds(run, run.started_at, run.ended_at)
        known = jobs.get(run.started_at)  # those of one stack began at one moment
        if known is None or known[1] < seconds:
            jobs[run.started_at] = run.ended_at, seconds
    spans = sorted((end - timedelta(seconds=seconds), end) for end, seconds in jobs.values())
    return TimeTaken(training=sum(seconds for _, seconds in jobs.values()), clock=_union(spans))


def _seconds(run: Run, began: datetime, ended: datetime) -> float:
    passed = (ended - began).total_seconds()
    if run.result is None:
        return passed
    trained = run.result.duration_seconds
    return trained if passed > PAUSED_FACTOR * trained + PAUSED_SECONDS else passed


def _union(spans: Iterable[tuple[datetime, datetime]]) -> float:
    """Seconds in which at least one of the spans, sorted by their beginnings, was open."""
    total, until = 0.0, None
    for begin, end in spans:
        start = begin if until is None else max(begin, until)
        if end > start:
            total += (end - start).total_seconds()
            until = end
    return total
