"""Small configurations, splits and runs that the tests of the engine share."""

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch

from explorer.config.run import RunConfig
from explorer.data.splits import Splits, load_splits
from explorer.records import EpochMetrics, StepMetrics
from explorer.training.engine import train
from explorer.training.state import Tick, TrainingState

CPU = torch.device("cpu")
ACTIVATIONS = ("identity", "sigmoid", "tanh", "relu", "leaky_relu", "prelu", "elu", "gelu", "silu")
LOSSES = ("cross_entropy", "mean_squared_error", "binary_cross_entropy")


def config(**sections: Any) -> RunConfig:
    return RunConfig.model_validate(sections)


@cache
def digits(**data: Any) -> Splits:
    """The bundled digits."""
    return load_splits(config(data=data).data, Path("no-data-folder"))


def random_splits(train: int = 30, validation: int = 10, test: int = 10, *, seed: int = 0) -> Splits:
    """Images of noise."""
    random = np.random.default_rng(seed)

    def part(count: int) -> tuple[torch.Tensor, torch.Tensor]:
        images = torch.from_numpy(random.integers(0, 256, (count, 1, 28, 28), dtype=np.uint8))
        return images, torch.from_numpy(random.integers(0, 10, count))

    parts = [part(count) for count in (train, validation, test)]
    indices = [np.arange(count) for count in (train, validation, test)]
    return Splits(*parts[0], *parts[1], *parts[2], *indices)


@dataclass
class Outcome:
    """What a run yielded, sorted by kind, and in the order of ``events``."""

    events: list[Any] = field(default_factory=list)

    @property
    def steps(self) -> list[StepMetrics]:
        return [event for event in self.events if isinstance(event, StepMetrics)]

    @property
    def epochs(self) -> list[EpochMetrics]:
        return [event for event in self.events if isinstance(event, EpochMetrics)]

    @property
    def states(self) -> list[TrainingState]:
        return [event for event in self.events if isinstance(event, TrainingState)]

    @property
    def ticks(self) -> list[Tick]:
        return [event for event in self.events if isinstance(event, Tick)]

    @property
    def weights(self) -> dict[str, np.ndarray]:
        return self.states[-1].weights


def run(config: RunConfig, splits: Splits | None = None, state: TrainingState | None = None) -> Outcome:
    """Train to the end on the CPU."""
    return Outcome(list(train(config, splits or digits(), CPU, state)))


def same_weights(one: dict[str, np.ndarray], other: dict[str, np.ndarray]) -> bool:
    """Bit for bit."""
    return one.keys() == other.keys() and all(np.array_equal(one[name], other[name]) for name in one)
