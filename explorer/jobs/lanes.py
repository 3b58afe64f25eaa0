"""Jobs side by side: one in this process, others in processes beside it, as the planner lets them begin."""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from explorer.jobs.lane_process import LaneProcess, LaneProcesses
from explorer.jobs.planning import Job

log = logging.getLogger("explorer.execution")


@dataclass(slots=True, eq=False)
class _Lane:
    job: Job
    process: LaneProcess | None
    thread: threading.Thread = field(init=False)
    error: BaseException | None = None


class Lanes:
    """The jobs that this process has in hand, each with a thread of its own that does it or waits for it.

    torch lets go of Python's lock in every operation, so large networks train side by side in threads as
    well as in processes; small ones spend half their time in Python, and do better in ``processes``.
    ``changed`` is set whenever a job ends.
    """

    def __init__(self, changed: threading.Event, processes: LaneProcesses | None = None) -> None:
        self._changed = changed
        self._processes = processes
        self._lanes: list[_Lane] = []

    @property
    def jobs(self) -> tuple[Job, ...]:
        """What is in hand, the oldest first."""
        return tuple(lane.job for lane in self._lanes)

    def place(self, is_worth_starting: Callable[[], bool]) -> LaneProcess | Literal["here", "later"]:
        """Where the next job is to be done: by a process, here, or later, when a process has started for it.

        ``is_worth_starting`` says whether the job lasts so long that a process should start for it.
        """
        busy = [lane.process for lane in self._lanes]
        if self._processes is None or None not in busy:
            return "here"
        return self._processes.find(busy, is_worth_starting)

    def tidy(self) -> None:
        """Let processes leave that have long had nothing to do."""
        if self._processes is not None:
            self._processes.tidy([lane.process for lane in self._lanes])

    def close(self) -> None:
        """Let all processes leave, at once."""
        if self._processes is not None:
            self._processes.close()

    def start(self, job: Job, work: Callable[[], object], process: LaneProcess | None = None) -> None:
        """Do the work of a job in a thread of its own, which waits where a process does it."""
        lane = _Lane(job, process)

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
