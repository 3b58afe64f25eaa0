"""The training loop: a generator of records that knows nothing of stores, screens or paths."""

import math
from collections.abc import Generator

import torch

from explorer.config.run import RunConfig
from explorer.data.splits import Splits
from explorer.records import EpochMetrics, StepMetrics
from explorer.training.state import Tick, TrainingState

TrainingEvent = StepMetrics | EpochMetrics | TrainingState | Tick


def steps_per_epoch(config: RunConfig, splits: Splits) -> int:
    """Mini-batches an epoch; the last one may be smaller."""
    images = len(splits.train_labels)
    batch = images if config.training.batch_size == "full" else config.training.batch_size
    return math.ceil(images / batch)


def total_steps(config: RunConfig, splits: Splits) -> int:
    """Mini-batches of the whole run, if nothing ends it early."""
    return steps_per_epoch(config, splits) * config.training.epochs


def train(
    config: RunConfig, splits: Splits, device: torch.device, resume_from: TrainingState | None = None
) -> Generator[TrainingEvent, None, None]:
    """Train one network, yielding what happened; to stop it, stop iterating.

    Each ``EpochMetrics`` is followed by the ``TrainingState`` at the end of that epoch. In between come
    ``StepMetrics`` (at most 2,000 a run) and ``Tick`` s, so that control returns about every 0.1 s.
    Given a state, the run goes on with the next epoch as if it had never been interrupted.

    Raises:
        DivergedError: the loss became infinite or not a number; the last good epoch was yielded before.
    """
    raise NotImplementedError
    yield Tick(0)
