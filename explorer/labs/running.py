"""Carrying a lab out: what is missing goes to the queue, what was measured stays."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from difflib import get_close_matches

from explorer.config.kinds import AnyConfig
from explorer.data.catalog import DATASETS, presence
from explorer.errors import DatasetError, ExperimentNotFoundError, LabNotFoundError, RunStateError
from explorer.evaluation.sweeps import is_diverged
from explorer.jobs import queue
from explorer.jobs.locks import hold
from explorer.jobs.outlook import outlook
from explorer.jobs.reconciliation import is_lost, mark_lost_runs
from explorer.jobs.runner import ensure_runner
from explorer.labs.experiment import Experiment, Lab
from explorer.labs.fifth import FIFTH
from explorer.labs.first import FIRST
from explorer.labs.fourth import FOURTH
from explorer.labs.measured import group_of, runs_of
from explorer.labs.second import SECOND
from explorer.labs.third import THIRD
from explorer.records import Run, RunStatus
from explorer.settings import Settings
from explorer.storage.store import Store

START_PATIENCE_SECONDS = 10.0
LABS = {lab.id: lab for lab in (FIRST, SECOND, THIRD, FOURTH, FIFTH)}


Ids = Collection[str] | None
"""Experiments of a lab by their ids, in place of all of them."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a lab has come: its configs by what became of them.

    ``share`` in [0, 1] is that of the work, by the time that it takes on this machine; ``seconds_left`` are
    those until all has ended if nothing else wants the machine, with what is paused or missing counted too.
    None where nothing is left.
    """

    wanted: int
    ended: int
    waiting: int
    training: int
    paused: int
    share: float
    seconds_left: float | None

    @property
    def is_active(self) -> bool:
        """Whether some run of it waits or trains."""
        return bool(self.waiting or self.training)

    @property
    def is_done(self) -> bool:
        """Whether nothing of it is left to do."""
        return self.ended == self.wanted


def find_lab(lab_id: str) -> Lab:
    """The lab of this name.

    Raises:
        LabNotFoundError: there is none; it names those that there are.
    """
    if lab_id not in LABS:
        raise LabNotFoundError(lab_id, tuple(LABS))
    return LABS[lab_id]


def chosen(lab: Lab, experiments: Ids = None) -> tuple[Experiment, ...]:
    """The experiments of these ids in the lab's order; all of them by default.

    Raises:
        ExperimentNotFoundError: the lab has none of that name; it names the closest.
    """
    if experiments is None:
        return lab.experiments
    known = [experiment.id for experiment in lab.experiments]
    for wanted in experiments:
        if wanted not in known:
            near = get_close_matches(wanted, known, n=3, cutoff=0.4)
            raise ExperimentNotFoundError(wanted, lab.id, tuple(near), len(known))
    return tuple(experiment for experiment in lab.experiments if experiment.id in experiments)


def configs_of(lab: Lab, *, quick: bool = False, experiments: Ids = None) -> tuple[AnyConfig, ...]:
    """The configs of these experiments and of those that they are held against, each once.

    Raises:
        ExperimentNotFoundError: the lab has none of that name.
    """
    wanted = [*chosen(lab, experiments)]
    wanted += [lab.find(each.figure.over) for each in wanted if each.figure.over is not None]
    every = (config for experiment in wanted for config in lab.configs_of(experiment, quick=quick))
    return tuple(dict.fromkeys(every))


def command(lab: Lab, *, quick: bool = False, experiments: Ids = None) -> str:
    """What to type to carry it out."""
    some = f" --experiment {' '.join(experiments)}" if experiments is not None else ""
    return f"python -m explorer lab run {lab.id}{' --quick' if quick else ''}{some}"


def start(
    store: Store, settings: Settings, lab: Lab, *, quick: bool = False, experiments: Ids = None
) -> tuple[Run, ...]:
    """Queue every run that is missing, and those again that were paused, stopped or lost; what ended stays.

    Raises:
        DatasetError: a dataset is missing or damaged; nothing was queued.
        ConfigError: a classical method that its images do not allow.
        ExperimentNotFoundError: the lab has none of that name.
    """
    mark_lost_runs(store, settings)
    configs = configs_of(lab, quick=quick, experiments=experiments)
    for name in dict.fromkeys(config.data.dataset for config in configs):
        _check_dataset(name, settings)
    group = group_of(lab, quick=quick)
    # Somebody else may start it at the same moment: nothing is to be queued twice.
    with _alone(settings, group):
        found = runs_of(store, lab, quick=quick)
        runs = [found[config] for config in configs if config in found]
        paused = [run for run in runs if run.status.can_resume and not is_diverged(run)]
        again = tuple(run for run in paused if _is_queued_again(store, settings, run))
        missing = [config for config in configs if config not in found]
        if any(run.status.is_active for run in runs):
            queue.start_workers(settings)  # what waits already may have outlived them
        return (*again, *queue.submit_group(store, settings, missing, group)) if missing else again


def keep_going(
    store: Store,
    settings: Settings,
    lab: Lab,
    before: Collection[int] = (),
    *,
    quick: bool = False,
    experiments: Ids = None,
) -> set[int]:
    """See that there are workers, and queue runs again whose worker is gone, except those of ``before``.

    Returns the numbers of what was queued. Cheap enough to be called every second.

    Raises:
        ExperimentNotFoundError: the lab has none of that name.
    """
    ensure_runner(settings)
    mark_lost_runs(store, settings)
    found = runs_of(store, lab, quick=quick)
    wanted = configs_of(lab, quick=quick, experiments=experiments)
    lost = [found[config] for config in wanted if config in found and is_lost(found[config])]
    left = [run for run in lost if run.id not in before]
    return {run.id for run in left if _is_queued_again(store, settings, run)}


def stop(store: Store, settings: Settings, lab: Lab, *, quick: bool = False, experiments: Ids = None) -> int:
    """Pause what trains and waits, to go on later; how many runs that were.

    Raises:
        ExperimentNotFoundError: the lab has none of that name.
    """
    found = runs_of(store, lab, quick=quick)
    wanted = configs_of(lab, quick=quick, experiments=experiments)
    active = [found[config] for config in wanted if config in found and found[config].status.is_active]
    for run in active:
        with suppress(RunStateError):  # it ended in this moment
            queue.pause(store, settings, run.id)
    return len(active)


def progress(
    store: Store, settings: Settings, lab: Lab, *, quick: bool = False, experiments: Ids = None
) -> Progress:
    """How far a lab, or these experiments of it, have come.

    Raises:
        ExperimentNotFoundError: the lab has none of that name.
    """
    found = runs_of(store, lab, quick=quick)
    return progress_of(store, settings, lab, found, quick=quick, experiments=experiments)


def progress_of(
    store: Store,
    settings: Settings,
    lab: Lab,
    found: Mapping[AnyConfig, Run],
    *,
    quick: bool = False,
    experiments: Ids = None,
) -> Progress:
    """``progress`` where the lab's runs are at hand, as ``runs_of`` has them."""
    configs = configs_of(lab, quick=quick, experiments=experiments)
    runs = [found[config] for config in configs if config in found]
    ended = [run for run in runs if has_ended(run)]
    ahead = outlook(store, settings, configs, found)
    return Progress(
        wanted=len(configs),
        ended=len(ended),
        waiting=sum(run.status is RunStatus.QUEUED for run in runs),
        training=sum(run.status is RunStatus.RUNNING for run in runs),
        paused=sum(run.status.can_resume and not has_ended(run) for run in runs),
        share=ahead.share,
        seconds_left=ahead.seconds if len(ended) < len(configs) else None,
    )


def has_ended(run: Run) -> bool:
    """Whether a run of a lab has come to its end: finished, or diverged, which is a result too."""
    return run.status is RunStatus.FINISHED or is_diverged(run)


def _is_queued_again(store: Store, settings: Settings, run: Run) -> bool:
    try:
        queue.resume(store, settings, run.id)
    except RunStateError:  # somebody else was quicker
        return False
    return True


@contextmanager
def _alone(settings: Settings, group: str) -> Iterator[None]:
    """Wait for whoever else starts these runs on this machine; it takes them less than a second."""
    lock = hold(settings.locks / f"{group.replace(' ', '-')}.lock", START_PATIENCE_SECONDS)
    try:
        yield
    finally:
        if lock is not None:
            lock.release()


def _check_dataset(name: str, settings: Settings) -> None:
    found = presence(name, settings.data)
    if not found.is_ready:
        title = DATASETS[name].title
        raise DatasetError(
            f"This lab needs {title}, which is {found.state} in {settings.data}. Fetch it with "
            f"`python -m explorer data fetch {name}`, or set EXPLORER_DATA to a folder that has it."
        )
