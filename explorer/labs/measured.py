"""What was measured of an experiment: its runs in the store, their mean and deviation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean, stdev
from typing import get_args

from explorer.config.kinds import AnyConfig
from explorer.config.rules import IMAGE_SIDE
from explorer.data.features import inputs_of
from explorer.evaluation.sweeps import is_diverged
from explorer.labs.experiment import Experiment, Figure, Lab
from explorer.labs.reported import Score
from explorer.models.architecture import count_parameters
from explorer.records import BaselineResult, Evaluation, Run, RunResult, RunStatus
from explorer.storage.store import Store

# Of the hidden units, after an epoch.
UNIT_SHARES = ("inactive_share", "dead_share")


@dataclass(frozen=True, slots=True)
class Measured:
    """Mean and sample standard deviation (0 of a single value) in the figure's own unit, over ``n`` runs.

    ``runs`` are those that wait, train or have ended, ``wanted`` how many the experiment asks for,
    ``by_seed`` the value of each seed. A run that diverged has no value and is counted by ``diverged``.
    """

    mean: float | None
    std: float | None
    n: int
    wanted: int
    runs: tuple[Run, ...]
    by_seed: Mapping[int, float] = field(default_factory=dict)

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
    by_seed = _by_seed(store, configs, experiment.figure, found)
    if experiment.figure.over is not None:
        other = lab.configs_of(lab.find(experiment.figure.over), quick=quick)
        below = _by_seed(store, other, experiment.figure, found)
        by_seed = {seed: value - below[seed] for seed, value in by_seed.items() if seed in below}
    values = list(by_seed.values())
    return Measured(
        mean=fmean(values) if values else None,
        std=(stdev(values) if len(values) > 1 else 0.0) if values else None,
        n=len(values),
        wanted=len(configs),
        runs=runs,
        by_seed=by_seed,
    )


def mean_scores(runs: Sequence[Run], score: Score) -> tuple[float, ...] | None:
    """The score of each class on the test images, mean over those runs that have a result; None of none."""
    tests = _tests(runs)
    if not tests:
        return None
    values = [[getattr(each, score) for each in test.per_class] for test in tests]
    return tuple(fmean(column) for column in zip(*values, strict=True))


def mean_confusion(runs: Sequence[Run], *, percent: bool) -> tuple[tuple[float, ...], ...] | None:
    """Test images by true (rows) and answered class, mean over those runs that have a result; None of none.

    With ``percent`` in percent of the row.
    """
    tests = _tests(runs)
    if not tests:
        return None
    rows = []
    for of_class in zip(*(test.confusion for test in tests), strict=True):
        row = [fmean(column) for column in zip(*of_class, strict=True)]
        whole = sum(row) if percent else 100.0
        rows.append(tuple(100 * count / whole if whole else 0.0 for count in row))
    return tuple(rows)


def _tests(runs: Sequence[Run]) -> list[Evaluation]:
    return [run.result.test for run in runs if run.status is RunStatus.FINISHED and run.result is not None]


def _by_seed(
    store: Store, configs: Sequence[AnyConfig], figure: Figure, found: Mapping[AnyConfig, Run]
) -> dict[int, float]:
    values = {
        seed: _value(store, found[config], figure) for seed, config in enumerate(configs) if config in found
    }
    return {seed: value for seed, value in values.items() if value is not None}


def _value(store: Store, run: Run, figure: Figure) -> float | None:
    if figure.metric == "features":
        return float(inputs_of(run.config.data) or IMAGE_SIDE**2)
    if figure.metric == "parameters":
        config = run.network_config
        return float(count_parameters(config.network, inputs=inputs_of(config.data)))
    if figure.epoch is not None or figure.metric in UNIT_SHARES:
        return _after(store, run, figure) if run.status is not RunStatus.FAILED else None
    if run.status is not RunStatus.FINISHED or run.result is None:
        return None
    return float(run.epoch) if figure.metric == "epochs" else _final(run.result, figure)


def _final(result: RunResult | BaselineResult, figure: Figure) -> float | None:
    if figure.metric == "accuracy_gap":
        train, validation = result.train, result.validation
        return None if train is None or validation is None else train.accuracy - validation.accuracy
    if figure.metric == "largest_answer_share":
        return max(map(sum, zip(*result.test.confusion, strict=True))) / result.test.images
    if figure.metric in get_args(Score):
        scores: list[float] = [getattr(each, figure.metric) for each in result.test.per_class]
        return fmean(scores) if figure.digit is None else scores[figure.digit]
    part, _, score = figure.metric.partition("_")
    evaluation = {"test": result.test, "train": result.train, "validation": result.validation}[part]
    if evaluation is None:
        return None
    return evaluation.accuracy if score == "accuracy" else evaluation.loss


def _after(store: Store, run: Run, figure: Figure) -> float | None:
    is_of_units = figure.metric in UNIT_SHARES
    if figure.epoch is None and run.status is not RunStatus.FINISHED:
        return None
    epoch = run.epoch if figure.epoch is None else figure.epoch
    wanted = next(iter(store.epochs(run.id, after=epoch - 1, layers=is_of_units)), None)
    if wanted is None or wanted.epoch != epoch:
        return None
    if not is_of_units:
        value: float | None = getattr(wanted, figure.metric)
        return value
    hidden = [(getattr(layer, figure.metric), layer.units) for layer in wanted.layers[:-1]]
    units = [(share, count) for share, count in hidden if share is not None]
    total = sum(count for _, count in units)
    return sum(share * count for share, count in units) / total if total else None


def _rank(run: Run) -> tuple[int, int, int]:
    order = (RunStatus.FAILED, RunStatus.STOPPED, RunStatus.QUEUED, RunStatus.PAUSED, RunStatus.RUNNING)
    place = len(order) if run.status is RunStatus.FINISHED else order.index(run.status)
    return place, run.epoch, run.id
