"""Whole tables of a report as data: scores of each class, and confusion matrices."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Score = Literal["precision", "recall", "f1"]


@dataclass(frozen=True, slots=True)
class ReportedScores:
    """One score of each class (digits 0 to 9), a row an experiment by what the table calls it.

    ``rows`` hold the experiment and its ten values in [0, 1]. A measured value is the mean over the
    experiment's runs; it counts as reproduced within ``tolerance``.
    """

    title: str
    where: str
    score: Score
    rows: Mapping[str, tuple[str, tuple[float, ...]]]
    tolerance: float


@dataclass(frozen=True, slots=True)
class ReportedConfusion:
    """A confusion matrix, rows = true class, of the mean over an experiment's runs.

    ``unit`` says whether its numbers are images or percent of their row.
    """

    title: str
    where: str
    experiment: str
    rows: tuple[tuple[float, ...], ...]
    unit: Literal["images", "row percent"]


def numbers(text: str) -> tuple[float, ...]:
    """The numbers of a line of a table."""
    return tuple(float(word) for word in text.split())


def matrix(text: str) -> tuple[tuple[float, ...], ...]:
    """The numbers of the lines of a table; empty lines are left out."""
    return tuple(numbers(line) for line in text.splitlines() if line.strip())
