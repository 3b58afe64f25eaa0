"""What a training generator hands over besides metrics: ticks, and states to go on from."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Tick:
    """Sign of life between two bins of the curve: ``step`` mini-batches of the whole run are done."""

    step: int


@dataclass(frozen=True)
class TrainingState:
    """Everything that lets a run go on exactly, as copies on the host, at the end of an epoch.

    ``weights`` holds every parameter (and running mean) by the names of ``initial_parameters``;
    ``optimizer`` the optimizer's moments, flat; ``progress`` the counters of the loop (keys: ``best_value``,
    ``best_epoch``, ``stale_epochs``, ``images_seen``, ``seconds``), all exact in float64. ``best_weights``
    is None unless the best epoch's weights are kept and that epoch is an earlier one; ``is_best`` says
    that ``weights`` are the best so far. Randomness is a function of (seed, purpose, epoch), so no
    generator state is needed.
    """

    epoch: int
    step: int
    weights: dict[str, np.ndarray]
    optimizer: dict[str, np.ndarray]
    progress: dict[str, float]
    best_weights: dict[str, np.ndarray] | None
    is_best: bool
