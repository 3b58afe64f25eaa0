"""The training loss of every step, kept at a bounded resolution."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.records import StepMetrics

BINS = 2_000  # of a run, at most


def bin_steps(epochs: int, steps_per_epoch: int) -> int:
    """Steps in a bin. Bins end with their epoch, so that a resumed run has the same ones."""
    return math.ceil(steps_per_epoch / max(1, BINS // epochs))


class Curve:
    """Puts the losses of consecutive steps of an epoch into bins, for each network of a stack."""

    def __init__(self, steps_per_bin: int) -> None:
        self.steps_per_bin = steps_per_bin
        self._losses: NDArray[Any] | None = None  # (steps, K) float64

    def add(
        self, epoch: int, first_step: int, losses: NDArray[Any], rows: Sequence[int]
    ) -> dict[int, list[StepMetrics]]:
        """Take in the losses (steps, K) of the steps from ``first_step`` on.

        Returns the bins that are full now of the networks of ``rows``.
        """
        step = first_step
        if self._losses is not None:
            step -= len(self._losses)
            losses = np.concatenate((self._losses, losses))
        full = len(losses) // self.steps_per_bin
        used = full * self.steps_per_bin
        self._losses = losses[used:] if used < len(losses) else None
        if not full:
            return {row: [] for row in rows}
        return _bins(epoch, step, losses[:used].reshape(full, self.steps_per_bin, -1), rows)

    def rest(self, epoch: int, last_step: int, rows: Sequence[int]) -> dict[int, list[StepMetrics]]:
        """The last bin of an epoch, if it is not full; it is kept until ``clear``."""
        if self._losses is None:
            return {row: [] for row in rows}
        return _bins(epoch, last_step - len(self._losses) + 1, self._losses[None], rows)

    def clear(self) -> None:
        """Forget what is in no full bin."""
        self._losses = None


def _bins(
    epoch: int, first_step: int, losses: NDArray[Any], rows: Sequence[int]
) -> dict[int, list[StepMetrics]]:
    """Records of bins (bins, steps, K)."""
    steps = losses.shape[1]
    figures = np.stack((losses.mean(1), losses.min(1), losses.max(1)), axis=-1)
    return {
        row: [
            StepMetrics(
                epoch=epoch,
                first_step=first_step + index * steps,
                last_step=first_step + (index + 1) * steps - 1,
                loss=mean,
                loss_min=least,
                loss_max=greatest,
            )
            for index, (mean, least, greatest) in enumerate(figures[:, row].tolist())
        ]
        for row in rows
    }
