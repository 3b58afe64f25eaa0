"""What was measured of an experiment: its runs in the store, their mean and deviation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, stdev

from explorer.config.kinds import AnyConfig
from explorer.data.features import inputs_of
from explorer.evaluation.sweeps import is_diverged
from explorer.labs.experiment import Experiment, Figure, Lab
from explorer.models.architecture import count_parameters
from explorer.records import EpochMetrics, Run, RunStatus
from explorer.storage.store import Store


@dataclass(frozen=True, slots=True)
class Measured:
    """Mean and sample standard deviation (0 of a single value) in the figure's own unit, over ``n`` runs.

    ``runs`` are those that wait, train or have ended, ``wanted`` how many the experiment asks for. A run that
    diverged has no value and is counted by ``diverged``.
    """

    mean: float | None
    std: float | None
    n: int
    wanted: int
    runs: tuple[Run, ...]

    @property
    def is_whole(self) -> bool:
        """Whether every repeat has its value, or has diverged."""
        return self.n + self.diverged >= self.wanted

    @property
    def diverged(self) -> int:
        """How many runs have diverged, which is a result too."""
        return sum(map(is_diverged, self.runs))


def group_of(lab: Lab, *, quick: bool) -> str:
    """The group that holds all runs of a lab."""
    return f"lab {lab.id}{' quick' if quick else ''}"


def runs_of(store: Store, lab: Lab, *, quick: bool) -> dict[AnyConfig, Run]:
    """The run of each config of the lab that has one; of several the one that has come farthest."""
    found: dict[AnyConfig, Run] = {}
    for run in store.runs(group=group_of(lab, quick=quick)):
        known = found.get(run.config)
        if known is None or _rank(run) > _rank(known):
            found[run.config] = run
    return found


def measure(
    store: Store, lab: Lab, experiment: Experiment, found: Mapping[AnyConfig, Run], *, quick: bool
) -> Measured:
    """What the runs of an experiment amount to so far."""
    configs = lab.configs_of(experiment, quick=quick)
    runs = tuple(found[config] for config in configs if config in found)
    values = [value for run in runs if (value := _value(store, run, experiment.figure)) is not None]
    return Measured(
        mean=fmean(values) if values else None,
        std=(stdev(values) if len(values) > 1 else 0.0) if values else None,
        n=len(values),
        wanted=len(configs),
        runs=runs,
    )


def _value(store: Store, run: Run, figure: Figure) -> float | None:
    if figure.metric == "parameters":
        config = run.network_config
        return float(count_parameters(config.network, inputs=inputs_of(config.data)))
    if figure.epoch is not None or figure.metric == "inactive_share":
        epochs = store.epochs(run.id)
        return _after(epochs, figure) if run.status is not RunStatus.FAILED else None
    if run.status is not RunStatus.FINISHED or run.result is None:
        return None
    if figure.metric == "epochs":
        return float(run.epoch)
    part, _, score = figure.metric.partition("_")
    evaluation = {"test": run.result.test, "train": run.result.train, "validation": run.result.validation}[
        part
    ]
    if evaluation is None:
        return None
    return evaluation.accuracy if score == "accuracy" else evaluation.loss


def _after(epochs: Sequence[EpochMetrics], figure: Figure) -> float | None:
    wanted = next((epoch for epoch in epochs if epoch.epoch == figure.epoch), None)
    if wanted is None:
        return None
    if figure.metric != "inactive_share":
        value: float | None = getattr(wanted, figure.metric)
        return value
    units = [
        (layer.inactive_share, layer.units)
        for layer in wanted.layers[:-1]
        if layer.inactive_share is not None
    ]
    total = sum(count for _, count in units)
    return sum(share * count for share, count in units) / total if total else None


def _rank(run: Run) -> tuple[int, int, int]:
    order = (RunStatus.FAILED, RunStatus.STOPPED, RunStatus.QUEUED, RunStatus.PAUSED, RunStatus.RUNNING)
    place = len(order) if run.status is RunStatus.FINISHED else order.index(run.status)
    return place, run.epoch, run.id
