"""The queue of runs, as pages and the command line use it: submit, pause, stop, resume, delete."""

from collections.abc import Sequence

from explorer.classical.problems import problems
from explorer.config.baseline import BaselineConfig
from explorer.config.fields import values_by_path
from explorer.config.kinds import AnyConfig
from explorer.config.parsing import config_from_paths
from explorer.config.run import RunConfig
from explorer.errors import ConfigError, RunStateError
from explorer.jobs.forking import make_branch
from explorer.jobs.reconciliation import mark_lost_runs
from explorer.jobs.runner import ensure_runner, ring, stop_runner
from explorer.jobs.status import INSPECTOR, WorkerStatus, read_status, read_statuses
from explorer.records import Request, Run, RunStatus
from explorer.settings import Settings
from explorer.storage.checkpoints import Checkpoints
from explorer.storage.names import default_name
from explorer.storage.store import Store


def submit(
    store: Store, settings: Settings, config: AnyConfig, name: str | None = None, group: str | None = None
) -> Run:
    """A new run, queued, and the runner started if it is not there.

    Raises:
        ConfigError: a baseline that its images do not allow, with every problem; nothing was queued.
        DatasetError: the baseline's dataset is missing or damaged.
    """
    _check_baselines(settings, [config])
    run = store.create_run(config, name=name, group=group)
    ring(settings)
    ensure_runner(settings, even_if_stopped=True)
    return run


def submit_group(
    store: Store, settings: Settings, configs: Sequence[AnyConfig], group: str
) -> tuple[Run, ...]:
    """New runs of one group, queued together, and the runner started if it is not there.

    Raises:
        ConfigError, DatasetError: as for ``submit``; nothing was queued.
    """
    _check_baselines(settings, configs)
    runs = store.create_runs(configs, group=group)
    ring(settings)
    ensure_runner(settings, even_if_stopped=True)
    return runs


def submit_fork(
    store: Store,
    settings: Settings,
    config: RunConfig,
    parent_id: int,
    epoch: int,
    *,
    name: str | None = None,
) -> Run:
    """A new run, queued, that goes on from the weights that another had at the end of an epoch.

    Its epochs count on from there: ``config.training.epochs`` are those of the whole curve. It has its own
    copy of all it needs, so the parent may train on, change or be deleted.

    Raises:
        RunNotFoundError: there is no such parent.
        RunStateError, ConfigError, CheckpointError: as ``make_branch``; nothing was queued.
        StoreError: the weights could not be copied; nothing was queued.
    """
    branch = make_branch(store, settings, store.run(parent_id), epoch, config)
    run = store.create_run(
        config,
        name=name or f"{default_name(config)} · from run {parent_id}",
        parent=branch.parent,
        prepare=lambda run_id: branch.prepare(Checkpoints(settings, run_id)),
    )
    ring(settings)
    ensure_runner(settings, even_if_stopped=True)
    return run


def change_rate(store: Store, settings: Settings, run_id: int, rate: float) -> None:
    """Ask a running run to go on with another learning rate, from its next step on.

    Raises:
        ConfigError: no learning rate.
        RunNotFoundError, RunStateError: it does not train, or is a baseline.
    """
    mark_lost_runs(store, settings)
    run = store.run(run_id)
    if not isinstance(run.config, RunConfig):
        raise RunStateError(f"Run {run_id} is a baseline: it has no learning rate.")
    config_from_paths(values_by_path(run.config) | {"optimizer.learning_rate": rate})
    store.want_rate(run_id, rate)


def pause(store: Store, settings: Settings, run_id: int) -> Run:
    """Ask a running run to pause (it answers within about half a second); a queued one pauses at once.

    Raises:
        RunNotFoundError, RunStateError: it neither waits nor runs.
    """
    mark_lost_runs(store, settings)
    store.request(run_id, Request.PAUSE)
    return store.run(run_id)


def stop(store: Store, settings: Settings, run_id: int) -> Run:
    """Ask a running or paused run to stop and be measured on what it learned; a queued one stops at once.

    Raises:
        RunNotFoundError, RunStateError: it has ended.
    """
    mark_lost_runs(store, settings)
    store.request(run_id, Request.STOP)
    run = store.run(run_id)
    if run.status is RunStatus.QUEUED:  # it was paused, and waits for a worker that measures it
        ring(settings)
        ensure_runner(settings, even_if_stopped=True)
    return run


def stop_group(store: Store, settings: Settings, group: str) -> int:
    """Ask all runs of a group that wait or run to stop, as ``stop`` does; how many there were."""
    mark_lost_runs(store, settings)
    active = store.runs(group=group, statuses=(RunStatus.QUEUED, RunStatus.RUNNING))
    return store.request_all([run.id for run in active], Request.STOP)


def resume(store: Store, settings: Settings, run_id: int) -> Run:
    """Put a paused, stopped or failed run back into the queue; it goes on from its last checkpoint.

    Raises:
        RunNotFoundError, RunStateError: it is active, or finished.
    """
    mark_lost_runs(store, settings)
    run = store.resume(run_id)
    ring(settings)
    ensure_runner(settings, even_if_stopped=True)
    return run


def delete(store: Store, settings: Settings, run_id: int) -> None:
    """Forget a run and its checkpoints.

    Raises:
        RunNotFoundError, RunStateError: it is being trained; it is asked to stop, and can be deleted then.
    """
    mark_lost_runs(store, settings)
    store.delete(run_id)


def workers(settings: Settings) -> tuple[WorkerStatus, ...]:
    """Every worker that this home has had, by device; those whose process is gone have the state ``dead``."""
    return read_statuses(settings)


def inspector(settings: Settings) -> WorkerStatus | None:
    """The process that answers questions about runs; None while there is none."""
    return read_status(settings, INSPECTOR)


def stop_workers(settings: Settings) -> bool:
    """Stop runner and workers; running runs are paused with everything kept. True when they are gone.

    They stay away until a run is submitted or resumed, ``start_workers`` is called, or a dashboard starts.
    """
    return stop_runner(settings)


def start_workers(settings: Settings) -> None:
    """Start the runner and its workers again after ``stop_workers``."""
    ensure_runner(settings, even_if_stopped=True)


def _check_baselines(settings: Settings, configs: Sequence[AnyConfig]) -> None:
    baselines = [config for config in configs if isinstance(config, BaselineConfig)]
    # What images allow depends on the images and on k.
    distinct = {
        f"{config.data.model_dump_json()} {config.baseline.model} {config.baseline.k}": config
        for config in baselines
    }
    found = [problem for config in distinct.values() for problem in problems(config, settings.data)]
    if found:
        raise ConfigError(tuple(dict.fromkeys(found)))
