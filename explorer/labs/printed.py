"""The tables that a report prints of an experiment, beside what its runs come to on the average."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from explorer.labs.experiment import Experiment, Lab
from explorer.labs.reported import ReportedConfusion, ReportedScores, Score
from explorer.records import Evaluation, Run

Counts = tuple[tuple[int, ...], ...]
FINE = 100  # percent are kept to the hundredth


@dataclass(frozen=True, slots=True)
class ConfusionPair:
    """A printed confusion matrix and the mean of the runs', as counts; rows = true class.

    Where the report prints percent of a row, counts are hundredths of a percent (``as_shares``).
    """

    printed: ReportedConfusion
    reported: Counts
    measured: Counts
    as_shares: bool


@dataclass(frozen=True, slots=True)
class ScorePair:
    """The printed scores of the ten classes and the mean of the runs', in [0, 1]."""

    printed: ReportedScores
    score: Score
    reported: tuple[float, ...]
    measured: tuple[float, ...]

    @property
    def off(self) -> int:
        """For how many classes the measured score is further off than the tolerance."""
        pairs = zip(self.reported, self.measured, strict=True)
        return sum(abs(here - there) > self.printed.tolerance + 1e-12 for there, here in pairs)


def has_printed(lab: Lab, experiment: Experiment) -> bool:
    """Whether the report prints a table of this experiment."""
    return any(each.experiment == experiment.id for each in lab.confusions) or any(
        name == experiment.id for table in lab.tables for name, _ in table.rows.values()
    )


def confusion_pairs(lab: Lab, experiment: Experiment, runs: Sequence[Run]) -> tuple[ConfusionPair, ...]:
    """The printed matrices of an experiment; none before a run of it has ended."""
    found = _evaluations(runs)
    wanted = [each for each in lab.confusions if each.experiment == experiment.id]
    return tuple(_confusion_pair(printed, found) for printed in wanted if found)


def score_pairs(lab: Lab, experiment: Experiment, runs: Sequence[Run]) -> tuple[ScorePair, ...]:
    """The printed scores of an experiment; none before a run of it has ended."""
    found = _evaluations(runs)
    return tuple(
        ScorePair(table, table.score, reported, _mean_scores(found, table.score))
        for table in lab.tables
        for name, reported in table.rows.values()
        if name == experiment.id and found
    )


def _evaluations(runs: Sequence[Run]) -> list[Evaluation]:
    return [run.result.test for run in runs if run.result is not None]


def _confusion_pair(printed: ReportedConfusion, found: Sequence[Evaluation]) -> ConfusionPair:
    counts = np.array([evaluation.confusion for evaluation in found], float)
    reported = np.array(printed.rows)
    as_shares = printed.unit == "row percent"
    if as_shares:
        counts = 100 * FINE * counts / np.maximum(counts.sum(axis=2, keepdims=True), 1)
        reported = FINE * reported
    return ConfusionPair(printed, _counts(reported), _counts(counts.mean(axis=0)), as_shares)


def _counts(values: np.ndarray) -> Counts:
    return tuple(tuple(int(value) for value in row) for row in np.rint(values))


def _mean_scores(found: Sequence[Evaluation], score: Score) -> tuple[float, ...]:
    values = [[getattr(each, score) for each in evaluation.per_class] for evaluation in found]
    return tuple(np.mean(values, axis=0).tolist())
