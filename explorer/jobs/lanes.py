"""Jobs side by side: each in a thread of its own, as many as the planner lets begin."""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from explorer.jobs.planning import Job

log = logging.getLogger("explorer.execution")


@dataclass(slots=True, eq=False)
class _Lane:
    job: Job
    thread: threading.Thread = field(init=False)
    error: BaseException | None = None


class Lanes:
    """The jobs that this process has in hand.

    torch lets go of Python's lock in every operation, so two networks train side by side on two cores in
    little more than half the time of one after the other. ``changed`` is set whenever a job ends.
    """

    def __init__(self, changed: threading.Event) -> None:
        self._changed = changed
        self._lanes: list[_Lane] = []

    @property
    def jobs(self) -> tuple[Job, ...]:
        """What is in hand, the oldest first."""
        return tuple(lane.job for lane in self._lanes)

    def start(self, job: Job, work: Callable[[], object]) -> None:
        """Do the work of a job in a thread of its own."""
        lane = _Lane(job)

        def run() -> None:
            try:
                work()
            except BaseException as error:  # noqa: BLE001 -- handed to whoever reaps
                lane.error = error
            finally:
                self._changed.set()

        lane.thread = threading.Thread(target=run, name=f"job of run {job.run_ids[0]}", daemon=True)
        self._lanes.append(lane)
        lane.thread.start()

    def reap(self) -> tuple[Job, ...]:
        """Let go of the jobs that have ended; those that there were.

        Raises:
            BaseException: what ended one of them; the others are reaped at the next call.
        """
        ended = []
        for lane in [lane for lane in self._lanes if not lane.thread.is_alive()]:
            self._lanes.remove(lane)
            if lane.error is not None:
                raise lane.error
            ended.append(lane.job)
        return tuple(ended)
