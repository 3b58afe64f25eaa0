"""The end of a run: the one look at the test set, with the weights that are kept."""

from collections.abc import Sequence

import torch

from explorer.config.run import RunConfig
from explorer.data.splits import Splits
from explorer.records import EpochMetrics, RunResult
from explorer.training.state import TrainingState


def conclude(
    config: RunConfig,
    splits: Splits,
    device: torch.device,
    state: TrainingState,
    history: Sequence[EpochMetrics],
    seconds: float,
    threads: int,
) -> RunResult:
    """Measure training, validation and test split once with the kept weights (best or last epoch's).

    ``history`` holds the epochs from the first one on, ``seconds`` the time spent training and monitoring.
    """
    raise NotImplementedError
