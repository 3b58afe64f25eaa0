"""What a warm worker does: wait for runs that suit its device, train them, and wait again."""

import logging
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import replace
from datetime import datetime
from itertools import islice
from typing import Literal

import torch

from explorer.config.baseline import BaselineConfig
from explorer.config.kinds import wanted_device
from explorer.config.run import RunConfig
from explorer.errors import RunStateError, StoreError
from explorer.jobs.calibration import calibrate
from explorer.jobs.company import Company
from explorer.jobs.cost import measured_stacks, read_calibration, write_calibration
from explorer.jobs.devices import accelerators, find_device, free_bytes, make_current, require_sound
from explorer.jobs.endings import Claims, Interruption
from explorer.jobs.fit_execution import execute_fit
from explorer.jobs.group_cost import is_worth_a_process
from explorer.jobs.lane_process import NEEDED_BYTES, LaneLostError, LaneProcess, LaneProcesses
from explorer.jobs.lanes import Lanes
from explorer.jobs.loading import SplitsInMemory, unheard
from explorer.jobs.locks import hold
from explorer.jobs.orders import Orders
from explorer.jobs.placement import refuses, serves, with_numbers
from explorer.jobs.planning import Job, Place, group_of, has_room, lanes_of, may_begin, plan
from explorer.jobs.punctuality import leave_in_time
from explorer.jobs.reasons import resumption
from explorer.jobs.reconciliation import mark_lost_runs
from explorer.jobs.resumption import load_state
from explorer.jobs.runner import bell
from explorer.jobs.search import continue_searches
from explorer.jobs.stack_execution import execute_stack
from explorer.jobs.status import (
    WorkerState,
    WorkerStatus,
    clear_status,
    now,
    queue_lock,
    read_statuses,
    write_status,
)
from explorer.jobs.threads import allowed_threads
from explorer.records import EpochMetrics, RunStatus
from explorer.settings import Settings
from explorer.storage.checkpoints import Checkpoints
from explorer.storage.stacks import Queued
from explorer.storage.store import Store
from explorer.training.engine import train
from explorer.training.memory import dispensable

BELL_SECONDS = 0.04
LOOK_SECONDS = 1.0  # for runs queued by other machines, which ring no bell here
RECONCILE_SECONDS = 5.0
TROUBLE_SECONDS = 2.0
MOST_LOOKED_AT = 32  # jobs, while the first of them wait for a process
QUEUE_PATIENCE_SECONDS = 0.5
# When an idle worker measures its CPU: beside a busy core, as where a browser opens the first page, a
# convolution with two threads takes twelve times as long.
CALIBRATED_AFTER_SECONDS = (0.0, 10.0, 60.0)

log = logging.getLogger("explorer.worker")


class Service:
    """Serves the queue with one device until its orders say to leave."""

    def __init__(self, store: Store, settings: Settings, status: WorkerStatus, orders: Orders) -> None:
        self._store = store
        self._settings = settings
        self._status = status
        self._orders = orders
        self._splits = SplitsInMemory()
        self._devices: tuple[str, ...] = ()
        self._kept_running: tuple[float, bool] = (0.0, False)
        self._calibrations: list[float] = []  # when they are due
        beside = max(0, lanes_of(Place(status.device, 0, allowed_threads(os.environ))) - 1)
        name = f"lane-{status.device.replace(':', '-')}"
        self._lanes = Lanes(orders.changed, LaneProcesses(settings, name, beside, orders.changed))
        self._served: dict[str, datetime] = {}

    def run(self) -> None:
        """Warm up, then serve.

        Raises:
            DeviceError: this machine does not have the worker's device.
        """
        device = find_device(self._status.device)
        make_current(device)
        found = accelerators()
        self._devices = with_numbers(self._settings.devices or (*found, "cpu"))
        self._say("starting", found=found)
        leave_in_time(self._must_leave, self._give_up)
        self._warm_up(device)
        moments = CALIBRATED_AFTER_SECONDS if device.type == "cpu" else CALIBRATED_AFTER_SECONDS[:1]
        self._calibrations = [time.monotonic() + seconds for seconds in moments]
        try:
            self._serve(device)
        finally:
            self._lanes.close()

    def _serve(self, device: torch.device) -> None:
        self._say("idle")
        heard, look_at, reconcile_at = -1, 0.0, 0.0
        while not self._must_leave():
            rung = self._bell()
            if rung != heard or time.monotonic() >= look_at:
                try:
                    if time.monotonic() >= reconcile_at:
                        mark_lost_runs(self._store, self._settings)
                        reconcile_at = time.monotonic() + RECONCILE_SECONDS
                    self._reap()
                    self._lanes.tidy()
                    if self._begin_next(device) or continue_searches(self._store, self._settings):
                        continue
                    if not self._lanes.jobs:
                        self._calibrate(device)
                except StoreError as error:
                    log.error("the store can't be used: %s", error)
                    self._orders.changed.wait(TROUBLE_SECONDS)
                # Heard before the look, so a bell during the look brings another one.
                heard, look_at = rung, time.monotonic() + LOOK_SECONDS
                if self._orders.current in ("finish", "close") and not self._lanes.jobs:
                    return
            if self._orders.changed.wait(BELL_SECONDS):
                self._orders.changed.clear()
                look_at = 0.0
        while self._lanes.jobs:  # they are told to end, too
            self._orders.changed.wait(BELL_SECONDS)
            with suppress(StoreError):
                self._reap()

    def _reap(self) -> None:
        if self._lanes.reap():
            self._say_what_is_in_hand()

    def _begin_next(self, device: torch.device) -> bool:
        """Begin the next job that suits this worker, beside what it has in hand; whether there was one."""
        lock = hold(queue_lock(self._settings), QUEUE_PATIENCE_SECONDS)
        if lock is None:
            return False
        with lock:
            waiting = self._store.waiting(self._takes)
            found = self._next_job(waiting, device) if waiting else None
            if found is None:
                return False
            job, process = found
            claims = Claims(self._store, self._settings, job.run_ids, self._status.device)
        if claims.runs:
            self._served.update(dict.fromkeys(job.groups, now()))
            self._lanes.start(job, lambda: self._execute(claims, process), process)
            self._say_what_is_in_hand()
        return True

    def _next_job(
        self, waiting: Sequence[Queued], device: torch.device
    ) -> tuple[Job, LaneProcess | None] | None:
        """The job that may begin now, if any, and the process that does it, or None for this one.

        While one waits for a process to start, others' short ones pass it by.
        """
        postponed: set[str] = set()
        for job in islice(self._jobs(waiting, device), MOST_LOOKED_AT):
            if not job.groups & postponed:
                place = self._place(job, waiting)
                if place != "later":
                    return job, None if place == "here" else place
                postponed |= job.groups
        return None

    def _place(self, job: Job, waiting: Sequence[Queued]) -> LaneProcess | Literal["here", "later"]:
        """Where the job is done; baselines have a process of their own anyway."""
        configs = [run.config for run in waiting if run.run_id in job.run_ids]
        networks = [config for config in configs if isinstance(config, RunConfig)]
        if not networks or not serves(self._status.device, wanted_device(networks[0]), self._devices):
            return "here"
        return self._lanes.place(
            lambda: (
                free_bytes(find_device("cpu")) >= NEEDED_BYTES
                and is_worth_a_process(self._store, self._settings, networks)
            )
        )

    def _jobs(self, waiting: Sequence[Queued], device: torch.device) -> Iterator[Job]:
        """The jobs that may begin now, in the order in which they should."""
        name = self._status.device
        for run in waiting:
            if not serves(name, run.wanted, self._devices):  # it is refused by name, in words
                yield Job(name, (run.run_id,), frozenset({group_of(run)}), run.queued_at)
                return
        here = Place(name, free_bytes(device), allowed_threads(os.environ))
        others = [
            replace(here, device=status.device)
            for status in read_statuses(self._settings)
            if status.state == "idle" and status.device != name
        ]
        in_hand, lanes = self._lanes.jobs, lanes_of(here)
        here = replace(here, idle_lanes=lanes - len(in_hand))
        if not has_room(in_hand, waiting, lanes):
            return
        jobs = plan(
            waiting,
            [here, *others],
            served=self._served,
            measured=lambda config, where: measured_stacks(self._store, config, where),
        )
        for job in jobs:
            if job.device == name and may_begin(job, in_hand, waiting, now(), lanes):
                yield job

    def _execute(self, claims: Claims, process: LaneProcess | None) -> None:
        try:
            with claims:
                self._execute_claimed(claims, process)
        except LaneLostError:  # its runs are held by nobody now
            mark_lost_runs(self._store, self._settings)
        require_sound(torch.device(self._status.device))  # else this worker ends, and another one follows

    def _execute_claimed(self, claims: Claims, process: LaneProcess | None) -> None:
        first = claims.runs[0]
        if isinstance(first.config, BaselineConfig):
            execute_fit(self._store, self._settings, first, interruption=self._interruption, insists=True)
            return
        company = Company(
            interruption=self._interruption,
            on_end=lambda run: claims.let_go(run.id),
            threads=lambda: max(1, allowed_threads(os.environ) // max(1, len(self._lanes.jobs))),
        )
        device, wanted = self._status.device, wanted_device(first.config)
        if process is not None:
            process.execute(self._store, claims.runs, device, company, insists=True, is_watched=False)
            return
        execute_stack(
            self._store,
            self._settings,
            claims.runs,
            device if serves(device, wanted, self._devices) else wanted,
            company,
            load=self._splits.load,
            insists=True,
        )

    def _say_what_is_in_hand(self) -> None:
        run_ids = tuple(run_id for job in self._lanes.jobs for run_id in job.run_ids)
        self._say("busy" if run_ids else "idle", run_ids=run_ids)

    def _takes(self, wanted: str) -> bool:
        device = self._status.device
        if serves(device, wanted, self._devices):
            return True
        # Another machine may have what this one has not, where several share a store.
        is_alone = self._settings.database_url.startswith("sqlite")
        return is_alone and refuses(device, wanted, self._devices)

    def _interruption(self) -> Interruption | None:
        if not self._must_leave():
            return None
        closed = self._orders.current == "close"
        who = "The dashboard was closed." if closed else "The workers were stopped."
        return Interruption(RunStatus.PAUSED, who)

    def _give_up(self) -> None:
        """Pause the runs in hand from outside, with what was saved of them, and say that the worker left."""
        ending = self._interruption()
        if ending is not None:
            for run_id in self._status.run_ids:
                with suppress(RunStateError):  # it ended before the others
                    state = load_state(Checkpoints(self._settings, run_id))
                    self._store.end(run_id, ending.status, f"{ending.reason} {resumption(state)}")
        clear_status(self._settings, self._status.device)

    def _must_leave(self) -> bool:
        return self._orders.current == "stop" or (self._orders.current == "close" and not self._goes_on())

    def _goes_on(self) -> bool:
        """Whether the user wants the queue finished without a dashboard; asked at most once a second."""
        asked_at, answer = self._kept_running
        if time.monotonic() - asked_at > LOOK_SECONDS or not asked_at:
            with suppress(StoreError):
                answer = bool(self._store.setting("keep_running_after_close", False))
            self._kept_running = (time.monotonic(), answer)
        return answer

    def _warm_up(self, device: torch.device) -> None:
        """Load the bundled digits and train for a moment."""
        config = RunConfig()
        digits = self._splits.load(config.data, self._settings, unheard)
        with dispensable("the first training", device), closing(train(config, digits, device)) as events:
            for event in events:
                if isinstance(event, EpochMetrics) or self._has_work():
                    break

    def _calibrate(self, device: torch.device) -> None:
        """Measure the device, where that is due and nobody waits; a GPU only once for all."""
        name = self._status.device
        if not self._calibrations or time.monotonic() < self._calibrations[0] or self._has_work():
            return
        if device.type == "cpu" or read_calibration(self._store, name) is None:
            digits = self._splits.load(RunConfig().data, self._settings, unheard)
            with dispensable("the calibration", device):
                calibration = calibrate(digits, device, self._has_work)
                if calibration is None:
                    return
                write_calibration(self._store, name, calibration)
        del self._calibrations[0]

    def _has_work(self) -> bool:
        return self._orders.current != "stay" or self._store.next_queued(self._takes) is not None

    def _bell(self) -> int:
        try:
            return bell(self._settings).stat().st_mtime_ns
        except OSError:
            return 0

    def _say(self, state: WorkerState, *, run_ids: tuple[int, ...] = (), found: tuple[str, ...] = ()) -> None:
        self._status = replace(
            self._status, state=state, since=now(), run_ids=run_ids, found=found or self._status.found
        )
        try:
            write_status(self._settings, self._status)
        except OSError as error:  # a full disk must not end the worker
            log.error("the worker's state can't be written: %s", error)
