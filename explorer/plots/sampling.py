"""Fewer points for long curves, with every peak and every valley kept."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from explorer.records import StepMetrics

MOST_POINTS = 500


def keep_extremes(values: NDArray[np.floating], most: int = MOST_POINTS) -> NDArray[np.int64]:
    """Ascending indices of at most ``most`` values: the first, the last, least and greatest of each stretch.

    NaN counts as a missing value and is never an extreme of a stretch that has others.

    Raises:
        ValueError: ``most`` is below 4.
    """
    if most < 4:
        raise ValueError(f"most must be at least 4, got {most}")
    count = len(values)
    if count <= most:
        return np.arange(count)
    stretches = np.array_split(np.arange(count), (most - 2) // 2)
    low = [int(part[np.argmin(np.where(np.isnan(values[part]), np.inf, values[part]))]) for part in stretches]
    high = [
        int(part[np.argmax(np.where(np.isnan(values[part]), -np.inf, values[part]))]) for part in stretches
    ]
    return np.unique(np.array([0, count - 1, *low, *high], dtype=np.int64))


def merge_bins(steps: Sequence[StepMetrics], most: int = MOST_POINTS) -> tuple[StepMetrics, ...]:
    """At most ``most`` bins: neighbours joined, their mean weighted by steps, least and greatest kept."""
    size = -(-len(steps) // most)
    if size <= 1:
        return tuple(steps)
    return tuple(_join(steps[start : start + size]) for start in range(0, len(steps), size))


def _join(group: Sequence[StepMetrics]) -> StepMetrics:
    counts = [step.last_step - step.first_step + 1 for step in group]
    mean = sum(step.loss * count for step, count in zip(group, counts, strict=True)) / sum(counts)
    return replace(
        group[-1],
        first_step=group[0].first_step,
        loss=mean,
        loss_min=min(step.loss_min for step in group),
        loss_max=max(step.loss_max for step in group),
    )
