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
NORMAL_95, NORMAL_80 = 1.959964, 0.841621  # quantiles: two-sided 95 %, one-sided 80 %
MOST_SEEDS = 50  # more are not asked for: the difference is then too small to matter
FEW_SEEDS, MORE_SEEDS = (
    5,
    3,
)  # of fewer the deviation is too badly known to give up on; what is then asked for


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
        """How many more seeds would settle it four times in five, were the differences to go on as they are.

        None where no number up to fifty would, or it is settled.
        """
        if self.is_sure:
            return None
        if self.seeds > 1:
            deviation = self.half_width * sqrt(self.seeds) / student_t(self.seeds - 1)
            for seeds in range(self.seeds + 1, MOST_SEEDS + 1):
                wanted = student_t(seeds - 1) + _expanded(NORMAL_80, seeds - 1)
                if abs(self.difference) >= wanted * deviation / sqrt(seeds) > 0:
                    return seeds - self.seeds
        return MORE_SEEDS if self.seeds < FEW_SEEDS else None

    @property
    def at_most(self) -> float:
        """How large the difference may be, either way, by the interval."""
        return abs(self.difference) + self.half_width


def compare_pairs(
    first: Mapping[int, float], second: Mapping[int, float], *, step: float = 0.0
) -> Comparison | None:
    """Compare two groups by their values of each seed; None where they share no seed.

    Values that come in steps (of one image in so many) may agree by chance: their deviation counts as at
    least half a ``step``.
    """
    seeds = sorted(first.keys() & second.keys())
    if not seeds:
        return None
    differences = [first[seed] - second[seed] for seed in seeds]
    n = len(differences)
    half_width = student_t(n - 1) * max(stdev(differences), step / 2) / sqrt(n) if n > 1 else inf
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
        return (
            f"No difference to be seen on {found.seeds} seeds: {first} and {second} are within "
            f"{100 * found.at_most:.2f} points of each other."
        )
    winner, loser = (first, second) if found.difference > 0 else (second, first)
    won = found.wins if found.difference > 0 else found.losses
    return (
        f"{winner} beats {loser} by {100 * abs(found.difference):.2f} ± {100 * found.half_width:.2f} points, "
        f"on {won} of {found.seeds} seeds."
    )


def student_t(degrees: int) -> float:
    """The two-sided 95 % quantile of Student's t; beyond the table by its expansion (to 0.001)."""
    if degrees < 1:
        return inf
    return T_95[degrees - 1] if degrees <= len(T_95) else _expanded(NORMAL_95, degrees)


def _expanded(normal: float, degrees: int) -> float:
    """A quantile of Student's t from that of the normal distribution (Cornish & Fisher, 1938)."""
    second = (5 * normal**5 + 16 * normal**3 + 3 * normal) / (96 * degrees**2)
    return normal + (normal**3 + normal) / (4 * degrees) + second
