"""What the runner does all its life: keep one worker a device, and leave when nobody needs them."""

import logging
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import replace

from explorer.jobs.locks import hold, is_held
from explorer.jobs.orders import Order
from explorer.jobs.placement import with_numbers
from explorer.jobs.runner import (
    asked_bell,
    bell,
    child_environment,
    dashboard_lock,
    rung_at,
    runner_lock,
    stop_mark,
)
from explorer.jobs.status import INSPECTOR, now, read_status, write_status
from explorer.settings import Settings

TICK_SECONDS = 0.1
IDLE_SECONDS = 20.0
GONE_SECONDS = 0.5  # a dashboard that restarts is not gone
KILL_SECONDS = 15.0  # its worker leaves within 3 s by itself, but on a busy machine others go before it
BACKOFF_SECONDS = (0.0, 1.0, 2.0, 5.0, 10.0, 30.0)
STEADY_SECONDS = 60.0
RECENT_NANOSECONDS = 10_000_000_000
LEAVING_NANOSECONDS = 2_000_000_000

# How a worker's exit code tells the runner what to do next.
LEFT, BROKEN, NO_DEVICE, NO_STORE, LOCK_TAKEN = 0, 1, 3, 4, 5

log = logging.getLogger("explorer.runner")


class Attendant:
    """One device's worker process, or the inspector, started anew when it dies."""

    def __init__(self, settings: Settings, device: str) -> None:
        self.device = device
        self.given_up = False
        self._settings = settings
        self._process: subprocess.Popen[bytes] | None = None
        self._started = 0.0
        self._start_after = 0.0
        self._failures = 0

    @property
    def is_running(self) -> bool:
        """Whether the process was there at the last look."""
        return self._process is not None

    def look(self, order: Order) -> None:
        """Note a death, and start the worker where it should be there."""
        if self._process is not None:
            code = self._process.poll()
            if code is not None:
                self._note_end(code)
        elif not self.given_up and time.monotonic() >= self._start_after and self._is_wanted(order):
            self._start(order)

    def tell(self, order: Order) -> None:
        """Give the worker an order."""
        if self._process is not None and self._process.stdin is not None:
            with suppress(OSError):  # it has just died, which the next look notes
                self._process.stdin.write(f"{order}\n".encode())
                self._process.stdin.flush()

    def let_go(self) -> None:
        """Tell the worker to stop at once, by closing its input."""
        if self._process is not None and self._process.stdin is not None:
            with suppress(OSError):
                self._process.stdin.close()

    def wait(self, deadline: float) -> None:
        """Wait for the end of a worker that was let go; kill it at the deadline (monotonic seconds)."""
        if self._process is None:
            return
        try:
            code = self._process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            log.warning("the worker of %s did not stop in time and is killed", self.device)
            self._process.kill()
            code = self._process.wait()
        self._note_end(code)

    def _is_wanted(self, order: Order) -> bool:
        # While leaving, only a worker that died is replaced: to tell of its run, perhaps to finish the queue.
        return order == "stay" or 0 < self._failures < len(BACKOFF_SECONDS)

    def _program(self) -> tuple[str, ...]:
        return ("explorer.jobs.worker", "--device", self.device, "--supervised")

    def _start(self, order: Order) -> None:
        environment = child_environment(self._settings)
        command = [sys.executable, "-m", *self._program()]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, env=environment)  # noqa: S603 -- our own module
        self._started = time.monotonic()
        log.info("worker of %s started, process %d", self.device, self._process.pid)
        if order != "stay":
            self.tell(order)

    def _note_end(self, code: int) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        if process.stdin is not None:
            with suppress(OSError):
                process.stdin.close()
        log.info("worker of %s ended with code %d", self.device, code)
        self.given_up = code == NO_DEVICE
        if code == LEFT:
            self._failures = 0
            self._start_after = 0.0
            return
        if time.monotonic() - self._started > STEADY_SECONDS:
            self._failures = 0
        self._start_after = time.monotonic() + BACKOFF_SECONDS[min(self._failures, len(BACKOFF_SECONDS) - 1)]
        self._failures += 1
        status = read_status(self._settings, self.device)
        if status is not None and status.pid == process.pid and not status.problem:
            problem = f"it was ended by {_signal_name(-code)}" if code < 0 else f"it ended with code {code}"
            write_status(self._settings, replace(status, state="dead", since=now(), problem=problem))


class InspectorAttendant(Attendant):
    """The process that answers questions about runs: there from the first question on, until none comes."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings, INSPECTOR)
        self._heard = time.time_ns() - RECENT_NANOSECONDS  # whoever asks may have to start this runner first

    def _program(self) -> tuple[str, ...]:
        return ("explorer.jobs.inspector", "--supervised")

    def _is_wanted(self, order: Order) -> bool:
        return order == "stay" and (self._failures > 0 or rung_at(asked_bell(self._settings)) > self._heard)

    def _start(self, order: Order) -> None:
        self._heard = rung_at(asked_bell(self._settings))
        super()._start(order)

    def _note_end(self, code: int) -> None:
        super()._note_end(code)
        # It leaves when long nobody has asked: only who asked in that moment wants it back.
        self._heard = max(self._heard, time.time_ns() - LEAVING_NANOSECONDS)


class Supervisor:
    """The life of one runner."""

    def __init__(self, settings: Settings, idle_seconds: float = IDLE_SECONDS) -> None:
        self._settings = settings
        self._idle_seconds = idle_seconds
        self._attendants: list[Attendant] = []
        self._must_stop = False

    def run(self) -> int:
        """Hold the runner's lock and look after the workers until nobody needs them; 0 as exit code."""
        logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(levelname)s %(message)s")
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_signal)
        while True:
            lock = hold(runner_lock(self._settings), patience_seconds=0.2)
            if lock is None:
                return 0
            if stop_mark(self._settings).exists():  # stopped before it had begun
                return 0
            lock.write(str(os.getpid()))
            log.info("runner started, process %d", os.getpid())
            left_at = self._attend()
            if self._must_stop:
                # The lock goes with the process, so that whoever waits for the one finds the other gone.
                log.info("runner leaves")
                return 0
            lock.release()
            # Whoever came while this runner was leaving saw its lock held, and started none.
            if not self._is_wanted_since(left_at):
                log.info("runner leaves")
                return 0

    def _on_signal(self, *_: object) -> None:
        self._must_stop = True

    def _attend(self) -> float:
        """Look after the workers until they may all leave; the time (as file times) when that was decided."""
        had_dashboard = False
        gone_since: float | None = None
        order: Order = "stay"
        decided_at = 0.0
        self._attendants = []
        while not self._must_stop:
            if is_held(dashboard_lock(self._settings)):
                had_dashboard, gone_since = True, None
                wanted: Order = "stay"
            elif had_dashboard:
                gone_since = time.monotonic() if gone_since is None else gone_since
                wanted = "close" if time.monotonic() - gone_since >= GONE_SECONDS else order
            elif order == "finish":  # until somebody rings; workers that leave are no longer idle
                wanted = "stay" if self._is_wanted_since(decided_at) else "finish"
            else:
                wanted = "finish" if self._idle_for(self._idle_seconds) else "stay"
            if wanted != order:
                log.info("order to all workers: %s", wanted)
                decided_at = time.time()
                for attendant in self._attendants:
                    attendant.tell(wanted)
                order = wanted
            self._engage()
            for attendant in self._attendants:
                attendant.look(order)
            if order != "stay" and not any(attendant.is_running for attendant in self._attendants):
                return decided_at
            time.sleep(TICK_SECONDS)  # locks and files of other processes change without a word
        self._stop_all()
        return decided_at

    def _engage(self) -> None:
        """Have an attendant for every device that is to have a worker, the CPU's first."""
        known = {attendant.device for attendant in self._attendants}
        wanted = with_numbers(self._settings.devices or ("cpu", *self._found()))
        for device in wanted:
            if device not in known:
                self._attendants.append(Attendant(self._settings, device))
        if INSPECTOR not in known:
            self._attendants.append(InspectorAttendant(self._settings))

    def _found(self) -> tuple[str, ...]:
        """The accelerators that the CPU's worker saw; it has torch, this process has not."""
        if not self._attendants or not self._attendants[0].is_running:
            return tuple(
                attendant.device for attendant in self._attendants[1:] if attendant.device != INSPECTOR
            )
        status = read_status(self._settings, "cpu")
        return status.found if status is not None and status.state != "dead" else ()

    def _idle_for(self, seconds: float) -> bool:
        """Whether every worker has had nothing to do for this long."""
        try:
            quiet = time.time() - bell(self._settings).stat().st_mtime >= seconds
        except OSError:
            quiet = True
        if not quiet or not self._attendants:
            return False
        for attendant in self._attendants:
            status = read_status(self._settings, attendant.device)
            if attendant.given_up or (attendant.device == INSPECTOR and not attendant.is_running):
                continue
            if status is None or status.state != "idle" or (now() - status.since).total_seconds() < seconds:
                return False
        return True

    def _is_wanted_since(self, moment: float) -> bool:
        try:
            rung = bell(self._settings).stat().st_mtime >= moment
        except OSError:
            rung = False
        return rung or is_held(dashboard_lock(self._settings))

    def _stop_all(self) -> None:
        deadline = time.monotonic() + KILL_SECONDS
        for attendant in self._attendants:
            attendant.let_go()
        for attendant in self._attendants:
            attendant.wait(deadline)


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
