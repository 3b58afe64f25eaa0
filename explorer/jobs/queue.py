"""The queue of runs, as pages and the command line use it: submit, pause, stop, resume, delete."""

from explorer.config.run import RunConfig
from explorer.errors import RunStateError
from explorer.jobs.locks import Lock, hold
from explorer.jobs.runner import ensure_runner, ring, stop_runner
from explorer.jobs.status import WorkerStatus, read_statuses, run_lock
from explorer.records import Request, Run, RunStatus
from explorer.settings import Settings
from explorer.storage.checkpoints import Checkpoints
from explorer.storage.store import Store

PATIENCE_SECONDS = 0.2


def submit(
    store: Store, settings: Settings, config: RunConfig, name: str | None = None, group: str | None = None
) -> Run:
    """A new run, queued, and the runner started if it is not there."""
    run = store.create_run(config, name=name, group=group)
    ensure_runner(settings, even_if_stopped=True)
    return run


def pause(store: Store, settings: Settings, run_id: int) -> Run:
    """Ask a running run to pause (its worker answers within about half a second); a queued one pauses at once.

    Raises:
        RunNotFoundError, RunStateError: it neither waits nor runs.
    """
    return _interrupt(store, settings, run_id, Request.PAUSE)


def stop(store: Store, settings: Settings, run_id: int) -> Run:
    """Ask a running run to stop and be evaluated on what it learned; a waiting or paused one stops at once.

    Raises:
        RunNotFoundError, RunStateError: it has ended already.
    """
    return _interrupt(store, settings, run_id, Request.STOP)


def resume(store: Store, settings: Settings, run_id: int) -> Run:
    """Put a paused, stopped or failed run back into the queue; it goes on from its last checkpoint.

    Raises:
        RunNotFoundError, RunStateError: it is active, or finished.
    """
    run = store.resume(run_id)
    ensure_runner(settings, even_if_stopped=True)
    return run


def delete(store: Store, settings: Settings, run_id: int) -> None:
    """Forget a run and its checkpoints.

    Raises:
        RunNotFoundError, RunStateError: it is being trained; stop it first.
    """
    with _held(settings, run_id):
        store.delete(run_id)
        Checkpoints(settings, run_id).delete()


def workers(settings: Settings) -> tuple[WorkerStatus, ...]:
    """Every worker that this home has had, by device; those whose process is gone have the state ``dead``."""
    return read_statuses(settings)


def stop_workers(settings: Settings) -> bool:
    """Stop runner and workers; running runs are paused with everything kept. True when they are gone.

    They stay away until a run is submitted or resumed, ``start_workers`` is called, or a dashboard starts.
    """
    return stop_runner(settings)


def start_workers(settings: Settings) -> None:
    """Start the runner and its workers again after ``stop_workers``."""
    ensure_runner(settings, even_if_stopped=True)


def _held(settings: Settings, run_id: int) -> Lock:
    lock = hold(run_lock(settings, run_id), PATIENCE_SECONDS)
    if lock is None:
        raise RunStateError(f"Run {run_id} is being trained. Stop it first, then delete it.")
    return lock


def _interrupt(store: Store, settings: Settings, run_id: int, request: Request) -> Run:
    run = store.run(run_id)
    while run.status is not RunStatus.RUNNING:
        at_once = {RunStatus.QUEUED} | ({RunStatus.PAUSED} if request is Request.STOP else set())
        if run.status not in at_once:
            raise RunStateError(f"Run {run_id} is {run.status}: there is nothing to {request}.")
        lock = hold(run_lock(settings, run_id), PATIENCE_SECONDS)
        if lock is None:  # a worker is about to claim it
            run = store.run(run_id)
            continue
        with lock:
            run = store.run(run_id)
            if run.status in at_once:
                ended = RunStatus.PAUSED if request is Request.PAUSE else RunStatus.STOPPED
                store.end(run_id, ended, f"{ended.capitalize()} before a worker took it.")
                return store.run(run_id)
    store.request(run_id, request)
    ring(settings)
    return store.run(run_id)
