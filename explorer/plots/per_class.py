"""Precision, recall and F1 of each class, with the mistake that it makes most often."""

from collections.abc import Sequence
from dataclasses import dataclass

from explorer.records import Evaluation


@dataclass(frozen=True, slots=True)
class ClassRow:
    """One class. Shares in [0, 1]; ``mistake`` is what its images are most often read as, "" if nothing."""

    name: str
    precision: float
    recall: float
    f1: float
    support: int
    mistake: str


def class_rows(evaluation: Evaluation, names: Sequence[str]) -> tuple[ClassRow, ...]:
    """One row a class, in the order of the classes."""
    return tuple(
        ClassRow(
            name=name,
            precision=metrics.precision,
            recall=metrics.recall,
            f1=metrics.f1,
            support=metrics.support,
            mistake=_commonest_mistake(row, true, names),
        )
        for true, (name, metrics, row) in enumerate(
            zip(names, evaluation.per_class, evaluation.confusion, strict=True)
        )
    )


def _commonest_mistake(row: Sequence[int], true: int, names: Sequence[str]) -> str:
    count, answer = max((count, -answer) for answer, count in enumerate(row) if answer != true)
    return f"{names[-answer]} ({count:,})" if count else ""
