"""What a sweep amounts to: mean and deviation over the repeats of each value, and the best by validation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf, isfinite
from statistics import fmean, stdev
from typing import Any, Literal, get_args

from explorer.config.fields import value_at
from explorer.config.sweeping import value_key
from explorer.records import EpochMetrics, Run, RunStatus

Score = Literal[
    "validation_accuracy", "validation_loss", "test_accuracy", "test_loss", "train_accuracy", "train_loss"
]
SCORES: tuple[Score, ...] = get_args(Score)
DIVERGED = "The loss became"  # how DivergedError begins
NO_EPOCHS: Mapping[int, Sequence[EpochMetrics]] = {}


@dataclass(frozen=True, slots=True)
class Spread:
    """Mean, sample standard deviation (n − 1; None for one value) and number of values."""

    mean: float
    deviation: float | None
    n: int


@dataclass(frozen=True, slots=True)
class SweepPoint:
    """One value, or pair of values, by dotted field, with its repeats.

    Scores are those of the weights that are kept; of a run that still trains those of its newest epoch
    (``test_*`` only when it has ended). ``n`` counts the runs that have a score, ``failed`` those that
    failed, ``diverged`` those of them whose loss became infinite; ``active`` those that wait or train.
    """

    values: tuple[tuple[str, Any], ...]
    run_ids: tuple[int, ...]
    n: int
    failed: int
    diverged: int
    active: int
    epoch: int
    scores: tuple[tuple[Score, Spread], ...]

    def value(self, field: str) -> Any:
        """What this point's runs have in a swept field."""
        return dict(self.values)[field]

    def score(self, name: Score) -> Spread | None:
        """The mean and deviation of a score; None where no run has it."""
        return dict(self.scores).get(name)


def summarise(
    runs: Sequence[Run],
    fields: Sequence[str],
    epochs: Mapping[int, Sequence[EpochMetrics]] = NO_EPOCHS,
) -> tuple[SweepPoint, ...]:
    """One point for each combination of values of the swept ``fields``, in ascending order; of networks only.

    Values that are no numbers keep the order of the runs. ``epochs`` holds what is known of runs by number.
    """
    found: dict[tuple[str, ...], list[Run]] = {}
    for run in sorted(runs, key=lambda run: run.id):
        found.setdefault(tuple(value_key(value_at(run.network_config, path)) for path in fields), []).append(
            run
        )
    points = [_point(same, fields, epochs) for same in found.values()]
    ranks = [_ranks([point.values[place][1] for point in points]) for place in range(len(fields))]
    order = sorted(range(len(points)), key=lambda index: tuple(rank[index] for rank in ranks))
    return tuple(points[index] for index in order)


def best_point(
    points: Sequence[SweepPoint],
    by: Literal["validation_accuracy", "validation_loss"] = "validation_accuracy",
) -> SweepPoint | None:
    """The point of the greatest mean validation accuracy; of equals, the one of the least validation loss.

    ``by`` the loss it is the other way round. Never chosen by the test set: None where no run has a
    validation score. A point with failed runs is named only where every point has some.
    """
    measured = [point for point in points if point.score(by) is not None]
    whole = [point for point in measured if not point.failed]
    return max(whole or measured, key=lambda point: _merit(point, by), default=None)


def is_diverged(run: Run) -> bool:
    """Whether the run failed because its loss became infinite or not a number."""
    return run.status is RunStatus.FAILED and run.reason.startswith(DIVERGED)


def spread(values: Sequence[float]) -> Spread | None:
    """Mean and sample standard deviation; None of nothing."""
    if not values:
        return None
    return Spread(fmean(values), stdev(values) if len(values) > 1 else None, len(values))


def _merit(point: SweepPoint, by: Score) -> tuple[float, float]:
    accuracy, loss = point.score("validation_accuracy"), point.score("validation_loss")
    merits = accuracy.mean if accuracy else 0.0, -loss.mean if loss else -inf
    return merits if by == "validation_accuracy" else merits[::-1]


def _point(
    runs: Sequence[Run], fields: Sequence[str], epochs: Mapping[int, Sequence[EpochMetrics]]
) -> SweepPoint:
    scored = [_scores(run, epochs.get(run.id, ())) for run in runs]
    spreads = {name: spread([scores[name] for scores in scored if name in scores]) for name in SCORES}
    return SweepPoint(
        values=tuple((path, value_at(runs[0].network_config, path)) for path in fields),
        run_ids=tuple(run.id for run in runs),
        n=sum(bool(scores) for scores in scored),
        failed=sum(run.status is RunStatus.FAILED for run in runs),
        diverged=sum(is_diverged(run) for run in runs),
        active=sum(run.status.is_active for run in runs),
        epoch=max(run.network_result.epochs_run if run.network_result else run.epoch for run in runs),
        scores=tuple((name, value) for name, value in spreads.items() if value is not None),
    )


def _scores(run: Run, epochs: Sequence[EpochMetrics]) -> dict[Score, float]:
    """What is known of one run; a run that failed has no score: what it learned was lost."""
    if run.status is RunStatus.FAILED:
        return {}
    result = run.network_result
    found: dict[Score, float | None] = {}
    if result is not None:
        validation = result.validation
        found = {
            "validation_accuracy": validation.accuracy if validation else None,
            "validation_loss": validation.loss if validation else None,
            "test_accuracy": result.test.accuracy,
            "test_loss": result.test.loss,
            "train_accuracy": result.train.accuracy,
            "train_loss": result.train.loss,
        }
    elif epochs:
        newest = epochs[-1]
        found = {
            "validation_accuracy": newest.validation_accuracy,
            "validation_loss": newest.validation_loss,
            "train_accuracy": newest.train_accuracy,
            "train_loss": newest.train_loss,
        }
    return {name: value for name, value in found.items() if value is not None and isfinite(value)}


def _ranks(values: Sequence[Any]) -> list[float]:
    """Where each value stands: by size where all are numbers, else in the order of their first coming."""
    if all(isinstance(value, int | float) and not isinstance(value, bool) for value in values):
        return [float(value) for value in values]
    first: dict[str, int] = {}
    for value in values:
        first.setdefault(value_key(value), len(first))
    return [float(first[value_key(value)]) for value in values]
