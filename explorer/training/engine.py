"""The training of one network: a stack of one, as a generator of its records alone."""

import math
from collections.abc import Callable, Generator, Sequence

import torch

from explorer.config.run import RunConfig
from explorer.data.splits import Splits
from explorer.records import Change, Parent
from explorer.training import stack
from explorer.training.state import TrainingState

TrainingEvent = stack.TrainingEvent


def steps_per_epoch(config: RunConfig, splits: Splits) -> int:
    """Mini-batches an epoch; the last one may be smaller."""
    images = len(splits.train_labels)
    batch = images if config.training.batch_size == "full" else config.training.batch_size
    return math.ceil(images / batch)


def total_steps(config: RunConfig, splits: Splits) -> int:
    """Mini-batches of the whole run, if nothing ends it early."""
    return steps_per_epoch(config, splits) * config.training.epochs


def no_rate() -> float | None:
    """No learning rate that the caller wants to be another one."""
    return None


def train(
    config: RunConfig,
    splits: Splits,
    device: torch.device,
    resume_from: TrainingState | None = None,
    *,
    parent: Parent | None = None,
    changes: Sequence[Change] = (),
    wanted_rate: Callable[[], float | None] = no_rate,
) -> Generator[TrainingEvent, None, None]:
    """Train one network, yielding what happened; to stop it, stop iterating.

    Each ``EpochMetrics`` is followed by the ``TrainingState`` at the end of that epoch. In between come
    ``StepMetrics`` (at most 2,000 a run) and ``Tick`` s, so that control returns about every 0.1 s.
    Given a state, the run goes on with the next epoch as if it had never been interrupted.

    A run that branched off has a ``parent``, and goes on from a state of that epoch. ``changes`` are those
    that were made before, made again at the same steps; a ``wanted_rate`` is asked for about every 0.1 s,
    answered by a ``Change`` and holds from the next step on: the schedule multiplies it.

    A time limit ends the run at once: what was learned since the last full epoch is dropped, unless there is
    none yet; then the part of the first epoch is yielded as an epoch whose ``step`` is short of a full one.

    Raises:
        DivergedError: the loss became infinite or not a number; the last good epoch was yielded before.
    """
    member = stack.Member(config, splits, resume_from, parent, changes)

    def rates() -> dict[int, float]:
        wanted = wanted_rate()
        return {} if wanted is None else {0: wanted}

    for _, event in stack.train_stack([member], device, rates=rates):
        if not isinstance(event, stack.MemberEnd):
            yield event
        elif event.error is not None:
            raise event.error
