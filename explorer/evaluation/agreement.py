"""Where the answers of two runs to the same images agree, and whether chance alone would set them apart."""

from dataclasses import dataclass
from math import comb

import numpy as np
from numpy.typing import NDArray

Answers = NDArray[np.uint8]
Indices = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Agreement:
    """Ascending indices of images by who classified them correctly.

    Of ``both_wrong`` those come first on which the two wrong answers differ; ``differ_wrongly`` is how many
    those are.
    """

    both_right: Indices
    only_first: Indices
    only_second: Indices
    both_wrong: Indices
    differ_wrongly: int

    @property
    def disagreements(self) -> int:
        """How many images were given two different answers."""
        return len(self.only_first) + len(self.only_second) + self.differ_wrongly


def agreement(labels: Answers, first: Answers, second: Answers) -> Agreement:
    """Who is right about each image.

    Raises:
        ValueError: there are not as many answers as labels.
    """
    if not len(labels) == len(first) == len(second):
        raise ValueError(
            f"{len(labels)} labels, {len(first)} and {len(second)} answers: they must be as many"
        )
    is_first, is_second = first == labels, second == labels
    neither = np.flatnonzero(~is_first & ~is_second)
    differs = first[neither] != second[neither]
    return Agreement(
        both_right=np.flatnonzero(is_first & is_second),
        only_first=np.flatnonzero(is_first & ~is_second),
        only_second=np.flatnonzero(is_second & ~is_first),
        both_wrong=np.concatenate([neither[differs], neither[~differs]]),
        differ_wrongly=int(differs.sum()),
    )


def chance_of(only_first: int, only_second: int) -> float:
    """The exact two-sided p-value of McNemar's test (1947).

    How probable it is that images which only one of two runs gets right fall at least as unevenly, were
    each as likely to fall to the one as to the other.
    """
    total, fewer = only_first + only_second, min(only_first, only_second)
    tail = sum(comb(total, count) for count in range(fewer + 1))
    return min(1.0, float(2 * tail / (1 << total)))
