"""How a run is taken in hand, why it is interrupted, and how its end is told; whatever it consists of."""

import logging
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Literal, Self

from explorer.config.kinds import AnyConfig
from explorer.errors import RunNotFoundError, RunStateError, StoreError
from explorer.jobs.locks import hold
from explorer.jobs.status import host, queue_lock, run_lock
from explorer.records import BaselineResult, Request, Run, RunResult, RunStatus
from explorer.settings import Settings
from explorer.storage.store import Store

CLAIM_PATIENCE_SECONDS = 0.1
QUEUE_PATIENCE_SECONDS = 5.0
TROUBLE_SECONDS = 1.0

log = logging.getLogger("explorer.execution")


@dataclass(frozen=True, slots=True)
class Interruption:
    """Why a run must end now: to be resumed later (paused), or to be measured as it is (stopped)."""

    status: Literal[RunStatus.PAUSED, RunStatus.STOPPED]
    reason: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended."""

    status: RunStatus
    reason: str = ""
    result: RunResult | BaselineResult | None = None


REQUESTED = {
    Request.PAUSE: Interruption(RunStatus.PAUSED, "Paused on request."),
    Request.STOP: Interruption(RunStatus.STOPPED, "Stopped on request."),
}


def interrupted(error: KeyboardInterrupt) -> Interruption:
    """What Ctrl-C does; the error may name another signal."""
    return Interruption(RunStatus.STOPPED, f"Stopped by {str(error) or 'Ctrl-C'}.")


def never() -> Interruption | None:
    """No interruption but what the store's requests say."""
    return None


@contextmanager
def claimed(store: Store, settings: Settings, run_id: int, device: str) -> Generator[Run | None, None, None]:
    """The run, claimed for this process and locked while the block lasts; None where another one has it."""
    lock = hold(run_lock(settings, run_id), CLAIM_PATIENCE_SECONDS)
    if lock is None:
        yield None
        return
    with lock:
        # Locked first, then claimed: a running run without a lock is always one whose worker is gone.
        is_ours = store.claim(run_id, device=device, host=host(settings))
        yield store.run(run_id) if is_ours else None


class Claims:
    """Queued runs taken in hand together; each is held until it is let go, or the ``with`` block ends.

    ``runs`` are those that nobody else has.
    """

    def __init__(self, store: Store, settings: Settings, run_ids: Sequence[int], device: str) -> None:
        held = {run_id: hold(run_lock(settings, run_id), CLAIM_PATIENCE_SECONDS) for run_id in run_ids}
        self._locks = {run_id: lock for run_id, lock in held.items() if lock is not None}
        try:
            ours = store.claim_together(list(self._locks), device=device, host=host(settings))
            for run_id in self._locks.keys() - set(ours):
                self.let_go(run_id)
            self.runs = tuple(store.run(run_id) for run_id in ours)
        except BaseException:
            self.release()
            raise

    def let_go(self, run_id: int) -> None:
        """Hold this run no longer."""
        lock = self._locks.pop(run_id, None)
        if lock is not None:
            lock.release()

    def release(self) -> None:
        """Hold nothing any longer."""
        for run_id in list(self._locks):
            self.let_go(run_id)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


@contextmanager
def created(
    store: Store,
    settings: Settings,
    config: AnyConfig,
    device: str,
    *,
    name: str | None = None,
    group: str | None = None,
) -> Generator[Run, None, None]:
    """A new run, in this process's hands while the block lasts and never in the queue of a worker here.

    Raises:
        RunStateError: a worker of another machine was quicker to take the run.
    """
    with ExitStack() as until_the_end:
        with ExitStack() as until_claimed:
            lock = hold(queue_lock(settings), QUEUE_PATIENCE_SECONDS)
            if lock is not None:  # workers here now leave the queue alone
                until_claimed.enter_context(lock)
            queued = store.create_run(config, name=name, group=group)
            run = until_the_end.enter_context(claimed(store, settings, queued.id, device))
        if run is None:
            raise RunStateError(f"Run {queued.id} was taken by another worker, which executes it now.")
        yield run


def tell_end(
    store: Store,
    run: Run,
    outcome: Outcome,
    *,
    interruption: Callable[[], Interruption | None] = never,
    insists: bool = False,
) -> Run:
    """Write down how a run ended; whoever ``insists`` tries again until an interruption comes.

    Raises:
        StoreError: the store could not say how the run ended.
    """
    while True:
        try:
            store.end(run.id, outcome.status, outcome.reason, outcome.result)
        except (RunStateError, RunNotFoundError):
            # Given up as lost, say on a machine that slept, and perhaps deleted: no longer ours to end.
            log.warning("run %d was taken from this process", run.id)
        except StoreError as error:
            if not insists or interruption() is not None:
                raise
            log.error("the end of run %d can't be told yet: %s", run.id, error)
            time.sleep(TROUBLE_SECONDS)  # a full disk or a lost database tells nobody when it is well again
            continue
        break
    log.info("run %d ends: %s %s", run.id, outcome.status, outcome.reason)
    ended = replace(run, status=outcome.status, reason=outcome.reason, result=outcome.result)
    return as_stored(store, ended)


def as_stored(store: Store, run: Run) -> Run:
    """The run as the store has it now; as it is known here where somebody has deleted it meanwhile."""
    try:
        return store.run(run.id)
    except RunNotFoundError:
        return run
