"""The execution of many runs in this process, planned as a worker would and out of the queue."""

import os
import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack, suppress
from datetime import UTC, datetime

from explorer.config.run import RunConfig
from explorer.errors import RunStateError, StoreError
from explorer.jobs.company import Company, ExecutionEvent
from explorer.jobs.cost import measured_stacks
from explorer.jobs.devices import find_device, free_bytes
from explorer.jobs.endings import (
    QUEUE_PATIENCE_SECONDS,
    Claims,
    Interruption,
    Outcome,
    interrupted,
    tell_end,
)
from explorer.jobs.group_cost import is_worth_a_process
from explorer.jobs.journal import open_journal
from explorer.jobs.lane_process import NEEDED_BYTES, LaneLostError, LaneProcess, LaneProcesses
from explorer.jobs.lanes import Lanes
from explorer.jobs.locks import hold
from explorer.jobs.planning import Job, Place, lanes_of, plan, with_all_lanes
from explorer.jobs.reasons import NOTHING_LEARNED
from explorer.jobs.reconciliation import mark_lost_runs
from explorer.jobs.stack_execution import execute_stack
from explorer.jobs.status import queue_lock
from explorer.jobs.threads import allowed_threads
from explorer.records import Run, RunStatus
from explorer.settings import Settings
from explorer.storage.stacks import Entry, Queued
from explorer.storage.store import Store

HEARTBEAT_SECONDS = 3.0  # of runs whose turn has not come, for other machines that share the store


def train_stack_here(
    store: Store,
    settings: Settings,
    configs: Sequence[RunConfig],
    *,
    group: str,
    on_create: Callable[[tuple[Run, ...]], None] = lambda _runs: None,
    on_start: Callable[[tuple[Run, ...]], None] = lambda _runs: None,
    on_event: Callable[[Run, ExecutionEvent], None] = lambda _run, _event: None,
    on_end: Callable[[Run], None] = lambda _run: None,
) -> tuple[Run, ...]:
    """Create runs of one group and train them in this process, in sight of the dashboard.

    Runs of one shape are trained as stacks, others side by side where that is faster. ``on_create`` gets all
    runs in the order of their configs, ``on_start`` those of a stack (with their steps counted) before its
    first step, ``on_event`` what happened in which run, ``on_end`` each run as it ended; one call at a time,
    from any thread. Ctrl-C stops all runs, measured on what they learned; a second one leaves at once, and
    what was saved can be resumed.

    Returns:
        The runs in the order of their configs, as they ended.

    Raises:
        DeviceError: this machine does not have a ``training.device``; nothing was created.
        RunStateError: workers of another machine were quicker to take some of the runs.
        StoreError: the store could not say how a run ended.
    """
    devices = {config.training.device: find_device(config.training.device) for config in configs}
    open_journal(settings, "train")
    with ExitStack() as until_the_end:
        with ExitStack() as until_claimed:
            lock = hold(queue_lock(settings), QUEUE_PATIENCE_SECONDS)
            if lock is not None:  # workers here now leave the queue alone
                until_claimed.enter_context(lock)
            created = store.create_runs(configs, group=group)
            on_create(created)
            # All runs are of one group on one machine: one device's name does for all of them.
            name = str(next(iter(devices.values())))
            claims = until_the_end.enter_context(Claims(store, settings, [run.id for run in created], name))
        if len(claims.runs) < len(created):
            raise RunStateError("Some of the runs were taken by another worker, which trains them now.")
        moment = datetime.now(UTC)
        waiting = [
            Queued(run.id, run.config, str(devices[run.network_config.training.device]), group, 0, moment)
            for run in created
        ]
        cores = allowed_threads(os.environ)
        places = [
            with_all_lanes(Place(str(device), free_bytes(device), cores))
            for device in dict.fromkeys(devices.values())
        ]
        jobs = plan(waiting, places, measured=lambda config, where: measured_stacks(store, config, where))
        several = _Several(
            store, settings, claims, lanes_of(places[0]), on_start=on_start, on_event=on_event, on_end=on_end
        )
        until_the_end.callback(several.close)
        several.execute(jobs)
    return tuple(store.run(run.id) for run in created)


class _Several:
    """Jobs in the hands of this process."""

    def __init__(
        self,
        store: Store,
        settings: Settings,
        claims: Claims,
        lanes: int,
        *,
        on_start: Callable[[tuple[Run, ...]], None],
        on_event: Callable[[Run, ExecutionEvent], None],
        on_end: Callable[[Run], None],
    ) -> None:
        self._store = store
        self._settings = settings
        self._claims = claims
        self._runs = {run.id: run for run in claims.runs}
        self._on_start, self._on_event, self._on_end = on_start, on_event, on_end
        self._one_at_a_time = threading.RLock()
        self._changed = threading.Event()
        self._most = lanes
        processes = LaneProcesses(settings, "train-lane", lanes - 1, self._changed)
        self._lanes = Lanes(self._changed, processes)
        self._ending: Interruption | None = None

    def close(self) -> None:
        """Let processes leave that did some of the jobs."""
        self._lanes.close()

    def execute(self, jobs: Iterable[Job]) -> None:
        """Do all jobs, as many at once as there are lanes."""
        left, failure = list(jobs), None
        while self._lanes.jobs or (left and self._ending is None):
            try:
                while left and self._ending is None and len(self._lanes.jobs) < self._most:
                    place = self._lanes.place(lambda: self._is_worth_a_process(left))
                    if place == "later":
                        break
                    self._start(left.pop(0), None if place == "here" else place)
                self._wait(left)
            except KeyboardInterrupt as error:
                if self._ending is not None:
                    raise
                self._ending = interrupted(error)
            except StoreError as error:
                failure = error
                self._ending = Interruption(RunStatus.PAUSED, "The store could not be written.")
        if failure is not None:
            raise failure
        for run_id in (run_id for job in left for run_id in job.run_ids):
            reason = self._ending.reason if self._ending is not None else ""
            outcome = Outcome(RunStatus.STOPPED, f"{reason} {NOTHING_LEARNED}")
            self._let_go(tell_end(self._store, self._runs[run_id], outcome))

    def _is_worth_a_process(self, left: Sequence[Job]) -> bool:
        runs = [self._runs[run_id] for job in left for run_id in job.run_ids]
        if free_bytes(find_device("cpu")) < NEEDED_BYTES:
            return False
        return is_worth_a_process(self._store, self._settings, [run.network_config for run in runs])

    def _start(self, job: Job, process: LaneProcess | None) -> None:
        company = Company(
            interruption=lambda: self._ending,
            on_start=self._tell_start,
            on_event=self._tell_event,
            on_end=self._let_go,
            threads=lambda: max(1, allowed_threads(os.environ) // max(1, len(self._lanes.jobs))),
        )
        runs = [self._runs[run_id] for run_id in job.run_ids]
        self._lanes.start(job, lambda: self._execute(runs, job.device, company, process), process)

    def _execute(
        self, runs: Sequence[Run], device: str, company: Company, process: LaneProcess | None
    ) -> None:
        if process is None:
            execute_stack(self._store, self._settings, runs, device, company)
            return
        try:
            process.execute(self._store, runs, device, company)
        except LaneLostError:
            lost = [run for run in runs if self._store.run(run.id).status is RunStatus.RUNNING]
            for run in lost:
                self._claims.let_go(run.id)
            mark_lost_runs(self._store, self._settings)
            for run in lost:
                self._let_go(self._store.run(run.id))

    def _wait(self, left: Sequence[Job]) -> None:
        self._changed.wait(HEARTBEAT_SECONDS)
        self._changed.clear()
        self._lanes.reap()
        with suppress(StoreError):  # whoever trains will tell
            self._store.record_together([Entry(run_id) for job in left for run_id in job.run_ids])

    def _tell_start(self, runs: tuple[Run, ...]) -> None:
        with self._one_at_a_time:
            self._on_start(runs)

    def _tell_event(self, run: Run, event: ExecutionEvent) -> None:
        with self._one_at_a_time:
            self._on_event(run, event)

    def _let_go(self, run: Run) -> None:
        self._claims.let_go(run.id)
        with self._one_at_a_time:
            self._on_end(run)
