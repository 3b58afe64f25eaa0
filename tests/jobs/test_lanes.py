import threading
from datetime import UTC, datetime

import pytest

from explorer.jobs.lanes import Lanes
from explorer.jobs.planning import Job
from tests.jobs.conftest import wait_for


def job(number: int) -> Job:
    return Job("cpu", (number,), frozenset({f"run {number}"}), datetime(2026, 1, 1, tzinfo=UTC))


def test_jobs_run_side_by_side_and_are_reaped_once_they_ended():
    changed = threading.Event()
    lanes = Lanes(changed)
    meeting = threading.Barrier(3)
    go = threading.Event()

    def meet() -> None:
        meeting.wait(30)  # both are in hand at once, or this never returns
        go.wait(30)

    for number in (1, 2):
        lanes.start(job(number), meet)
    meeting.wait(30)
    assert [each.run_ids for each in lanes.jobs] == [(1,), (2,)]
    assert lanes.reap() == ()
    assert not changed.is_set()
    go.set()
    assert changed.wait(30)
    ended: list[Job] = []
    wait_for(lambda: ended.extend(lanes.reap()) or len(ended) == 2, "both jobs to end")
    assert lanes.jobs == ()


def test_what_ended_a_job_is_raised_to_whoever_reaps_and_the_others_are_kept():
    lanes = Lanes(threading.Event())
    go = threading.Event()

    def fail() -> None:
        raise ZeroDivisionError

    lanes.start(job(1), fail)
    lanes.start(job(2), lambda: go.wait(30))

    def reap_until_it_fails() -> None:
        wait_for(lanes.reap, "the first job to end")

    with pytest.raises(ZeroDivisionError):
        reap_until_it_fails()
    assert [each.run_ids for each in lanes.jobs] == [(2,)]
    go.set()
    wait_for(lanes.reap, "the second job to end")
