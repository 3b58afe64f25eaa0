"""The execution of one run, for workers and the command line alike."""

from collections.abc import Callable

from explorer.config.run import RunConfig
from explorer.jobs.company import Company, ExecutionEvent
from explorer.jobs.devices import find_device
from explorer.jobs.endings import Interruption, created, never
from explorer.jobs.journal import open_journal
from explorer.jobs.loading import Load, load_inputs
from explorer.jobs.stack_execution import execute_stack
from explorer.records import Run
from explorer.settings import Settings
from explorer.storage.store import Store


def train_here(
    store: Store,
    settings: Settings,
    config: RunConfig,
    *,
    name: str | None = None,
    group: str | None = None,
    on_start: Callable[[Run], None] | None = None,
    on_event: Callable[[ExecutionEvent], None] | None = None,
) -> Run:
    """Create a run and train it in this process, in sight of the dashboard but out of the queue.

    ``on_start`` gets the running run (with its steps counted) before the first step. Ctrl-C stops the
    run, measured on what it learned; the returned run's status and reason say how it ended.

    Raises:
        DeviceError: this machine does not have ``config.training.device``; nothing was created.
        RunStateError: a worker of another machine was quicker to take the run.
    """
    device = str(find_device(config.training.device))
    open_journal(settings, "train")
    with created(store, settings, config, device, name=name, group=group) as run:
        return execute(store, settings, run, device, on_start=on_start, on_event=on_event)


def execute(
    store: Store,
    settings: Settings,
    run: Run,
    device: str,
    *,
    interruption: Callable[[], Interruption | None] = never,
    on_start: Callable[[Run], None] | None = None,
    on_event: Callable[[ExecutionEvent], None] | None = None,
    load: Load = load_inputs,
    insists: bool = False,
) -> Run:
    """Train a claimed run from its last checkpoint (or the start) to its end, and record all of it.

    Whatever goes wrong is told in the run's ``reason``, in words, with the stack trace in the log; only a
    store that can no longer be written raises. ``interruption`` is asked between steps, some times a second.
    Whoever ``insists`` holds the run until the store can say how it ended, or an interruption comes: on a
    full disk it would else be told as lost, once there is space to tell anything.

    Returns:
        The run as it ended: finished, paused, stopped or failed.

    Raises:
        StoreError: the store could not say how the run ended.
    """
    company = Company(
        interruption=interruption,
        on_start=lambda runs: on_start(runs[0]) if on_start is not None else None,
        on_event=lambda _run, event: on_event(event) if on_event is not None else None,
    )
    (ended,) = execute_stack(store, settings, [run], device, company, load=load, insists=insists)
    return ended
