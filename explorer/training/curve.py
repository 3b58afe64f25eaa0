"""The training loss of every step, kept at a bounded resolution."""

import math

from explorer.records import StepMetrics

BINS = 2_000  # of a run, at most


def bin_steps(epochs: int, steps_per_epoch: int) -> int:
    """Steps in a bin. Bins end with their epoch, so that a resumed run has the same ones."""
    return math.ceil(steps_per_epoch / max(1, BINS // epochs))


class Curve:
    """Puts the losses of consecutive steps of an epoch into bins."""

    def __init__(self, steps_per_bin: int) -> None:
        self.steps_per_bin = steps_per_bin
        self._losses: list[float] = []

    def add(self, epoch: int, first_step: int, losses: list[float]) -> list[StepMetrics]:
        """Take in the losses of the steps from ``first_step`` on; returns the bins that are full now."""
        step = first_step - len(self._losses)
        self._losses += losses
        bins = []
        while len(self._losses) >= self.steps_per_bin:
            bins.append(_bin(epoch, step, self._losses[: self.steps_per_bin]))
            del self._losses[: self.steps_per_bin]
            step += self.steps_per_bin
        return bins

    def finish(self, epoch: int, last_step: int) -> list[StepMetrics]:
        """The last bin of an epoch, if it is not full."""
        losses, self._losses = self._losses, []
        return [_bin(epoch, last_step - len(losses) + 1, losses)] if losses else []


def _bin(epoch: int, first_step: int, losses: list[float]) -> StepMetrics:
    return StepMetrics(
        epoch=epoch,
        first_step=first_step,
        last_step=first_step + len(losses) - 1,
        loss=math.fsum(losses) / len(losses),
        loss_min=min(losses),
        loss_max=max(losses),
    )
