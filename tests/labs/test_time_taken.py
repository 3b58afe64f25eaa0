from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from explorer.labs.time_taken import TimeTaken, time_taken
from explorer.records import Run
from explorer.storage.store import Store
from tests.cli.samples import run_result

from .conftest import SMALL

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.fixture
def run(store: Store) -> Run:
    return store.create_run(SMALL.configs()[0])


def ended(run: Run, begin: float, end: float, trained: float | None = None) -> Run:
    """A run in hand from one second after noon to another."""
    seconds = (end - begin) if trained is None else trained
    return replace(
        run,
        started_at=NOON + timedelta(seconds=begin),
        ended_at=NOON + timedelta(seconds=end),
        result=replace(run_result(), duration_seconds=seconds),
    )


def test_runs_side_by_side_pass_on_one_clock(run: Run):
    taken = time_taken([ended(run, 0, 10), ended(run, 5, 15), ended(run, 100, 101)])
    assert (taken.training, taken.clock) == (21, 16)


def test_a_stack_counts_once(run: Run):
    assert time_taken([ended(run, 0, 10), ended(run, 0, 10.1), ended(run, 0, 9.9)]).training == 10.1


def test_a_pause_is_no_time_taken(run: Run):
    assert time_taken([ended(run, 0, 3_600, trained=20)]) == TimeTaken(20, 20)


def test_what_has_not_ended_is_not_counted(run: Run):
    assert time_taken([run, replace(run, started_at=NOON)]) == TimeTaken(0, 0)
