"""Two groups of repeats compared seed by seed: who is better, by how much, and how surely."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf, sqrt
from statistics import fmean, stdev

# Student's t (1908), two-sided 95 %, by degrees of freedom from 1.
T_95 = (
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131,
    2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042,
)  # fmt: skip
MOST_SEEDS = 50  # more are not asked for: the difference is then too small to matter


@dataclass(frozen=True, slots=True)
class Comparison:
    """Differences A − B over the seeds that both groups have.

    ``half_width`` is that of the 95 % confidence interval of the mean difference (infinite for fewer than
    two seeds), ``wins`` the seeds on which A is greater, ``losses`` those on which B is.
    """

    seeds: int
    difference: float
    half_width: float
    wins: int
    losses: int

    @property
    def is_sure(self) -> bool:
        """Whether the interval leaves zero out."""
        return self.seeds > 1 and abs(self.difference) > self.half_width

    @property
    def more_seeds(self) -> int | None:
        """How many more seeds would settle it, were the differences to go on as they are.

        None where no number up to fifty would, or it is settled.
        """
        if self.is_sure:
            return None
        if self.seeds < 2 or not self.difference:
            return 3 if self.seeds < 3 else None
        deviation = self.half_width * sqrt(self.seeds) / student_t(self.seeds - 1)
        for seeds in range(self.seeds + 1, MOST_SEEDS + 1):
            if abs(self.difference) > student_t(seeds - 1) * deviation / sqrt(seeds):
                return seeds - self.seeds
        return None


def compare_pairs(first: Mapping[int, float], second: Mapping[int, float]) -> Comparison | None:
    """Compare two groups by their values of each seed; None where they share no seed."""
    seeds = sorted(first.keys() & second.keys())
    if not seeds:
        return None
    differences = [first[seed] - second[seed] for seed in seeds]
    n = len(differences)
    half_width = student_t(n - 1) * stdev(differences) / sqrt(n) if n > 1 else inf
    return Comparison(
        seeds=n,
        difference=fmean(differences),
        half_width=half_width,
        wins=sum(difference > 0 for difference in differences),
        losses=sum(difference < 0 for difference in differences),
    )


def in_a_sentence(found: Comparison, first: str, second: str) -> str:
    """What the comparison of accuracies in [0, 1] says: who beats whom by how many points, or what to add."""
    if not found.is_sure:
        more = found.more_seeds
        if more is not None:
            return f"Cannot tell yet: add {more} {'seed' if more == 1 else 'seeds'}."
        if found.seeds == 1:
            return "Cannot tell from one seed: add 3 seeds."
        return (
            f"No difference to be seen: {first} and {second} are within "
            f"{100 * found.half_width:.2f} points of each other."
        )
    winner, loser = (first, second) if found.difference > 0 else (second, first)
    won = found.wins if found.difference > 0 else found.losses
    return (
        f"{winner} beats {loser} by {100 * abs(found.difference):.2f} ± {100 * found.half_width:.2f} points, "
        f"on {won} of {found.seeds} seeds."
    )


def student_t(degrees: int) -> float:
    """The two-sided 95 % quantile of Student's t; beyond the table by its expansion (to 0.001).

    The expansion is Cornish and Fisher's (1938).
    """
    if degrees < 1:
        return inf
    if degrees <= len(T_95):
        return T_95[degrees - 1]
    normal = 1.959964
    second = (5 * normal**5 + 16 * normal**3 + 3 * normal) / (96 * degrees**2)
    return normal + (normal**3 + normal) / (4 * degrees) + second
