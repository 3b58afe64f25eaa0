"""Carrying a lab out: what is missing goes to the queue, what was measured stays."""

from dataclasses import dataclass

from explorer.config.kinds import AnyConfig
from explorer.data.catalog import DATASETS, presence
from explorer.errors import DatasetError, LabNotFoundError
from explorer.evaluation.sweeps import is_diverged
from explorer.jobs import queue
from explorer.jobs.reconciliation import mark_lost_runs
from explorer.labs.experiment import Lab
from explorer.labs.fifth import FIFTH
from explorer.labs.first import FIRST
from explorer.labs.fourth import FOURTH
from explorer.labs.measured import group_of, runs_of
from explorer.labs.second import SECOND
from explorer.labs.third import THIRD
from explorer.records import Run, RunStatus
from explorer.settings import Settings
from explorer.storage.store import Store

LABS = {lab.id: lab for lab in (FIRST, SECOND, THIRD, FOURTH, FIFTH)}


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a lab has come: its configs by what became of them; ``share`` in [0, 1] counts epochs."""

    wanted: int
    ended: int
    waiting: int
    training: int
    paused: int
    share: float

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


def start(store: Store, settings: Settings, lab: Lab, *, quick: bool = False) -> tuple[Run, ...]:
    """Queue every run that is missing, and those again that were paused, stopped or lost; what ended stays.

    Raises:
        DatasetError: a dataset is missing or damaged; nothing was queued.
        ConfigError: a classical method that its images do not allow.
    """
    mark_lost_runs(store, settings)
    configs = lab.configs(quick=quick)
    for name in dict.fromkeys(config.data.dataset for config in configs):
        _check_dataset(name, settings)
    found = runs_of(store, lab, quick=quick)
    again = [run for run in found.values() if run.status.can_resume and not is_diverged(run)]
    for run in again:
        queue.resume(store, settings, run.id)
    missing = [config for config in configs if config not in found]
    if not missing:
        return tuple(again)
    return (*again, *queue.submit_group(store, settings, missing, group_of(lab, quick=quick)))


def stop(store: Store, settings: Settings, lab: Lab, *, quick: bool = False) -> int:
    """Pause what trains and waits, to go on later; how many runs that were."""
    active = [run for run in runs_of(store, lab, quick=quick).values() if run.status.is_active]
    for run in active:
        queue.pause(store, settings, run.id)
    return len(active)


def progress(store: Store, lab: Lab, *, quick: bool = False) -> Progress:
    """How far a lab has come."""
    configs, found = lab.configs(quick=quick), runs_of(store, lab, quick=quick)
    runs = [found[config] for config in configs if config in found]
    ended = [run for run in runs if has_ended(run)]
    return Progress(
        wanted=len(configs),
        ended=len(ended),
        waiting=sum(run.status is RunStatus.QUEUED for run in runs),
        training=sum(run.status is RunStatus.RUNNING for run in runs),
        paused=sum(run.status.can_resume and not has_ended(run) for run in runs),
        share=sum(_share(config, found.get(config)) for config in configs) / sum(map(_epochs, configs)),
    )


def has_ended(run: Run) -> bool:
    """Whether a run of a lab has come to its end: finished, or diverged, which is a result too."""
    return run.status is RunStatus.FINISHED or is_diverged(run)


def _share(config: AnyConfig, run: Run | None) -> float:
    if run is None:
        return 0.0
    if has_ended(run):
        return _epochs(config)
    return _epochs(config) * run.step / run.total_steps if run.total_steps else 0.0


def _epochs(config: AnyConfig) -> float:
    training = getattr(config, "training", None)
    return float(training.epochs) if training is not None else 1.0


def _check_dataset(name: str, settings: Settings) -> None:
    found = presence(name, settings.data)
    if not found.is_ready:
        title = DATASETS[name].title
        raise DatasetError(
            f"This lab needs {title}, which is {found.state} in {settings.data}. Fetch it with "
            f"`python -m explorer data fetch {name}`, or set EXPLORER_DATA to a folder that has it."
        )
