"""The training loop: a generator of records that knows nothing of stores, screens or paths."""

import math
from collections.abc import Generator

import torch

from explorer.config.run import RunConfig
from explorer.data.splits import Splits
from explorer.records import EpochMetrics, StepMetrics
from explorer.training.curve import Curve, bin_steps
from explorer.training.epoch import train_epoch
from explorer.training.state import Tick, TrainingState
from explorer.training.stopping import Progress
from explorer.training.stopwatch import Stopwatch
from explorer.training.trainee import Trainee

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

    A time limit ends the run at once: what was learned since the last full epoch is dropped, unless there is
    none yet; then the part of the first epoch is yielded as an epoch whose ``step`` is short of a full one.

    Raises:
        DivergedError: the loss became infinite or not a number; the last good epoch was yielded before.
    """
    trainee = Trainee(config, splits, device)
    progress, best_weights, first_epoch = Progress(), None, 1
    if resume_from is not None:
        trainee.load(resume_from)
        progress, first_epoch = Progress.from_floats(resume_from.progress), resume_from.epoch + 1
        best_weights = resume_from.weights if resume_from.is_best else resume_from.best_weights
    limit, earlier = config.training.time_limit_seconds, progress.seconds
    curve = Curve(bin_steps(config.training.epochs, trainee.batches.steps_per_epoch))
    stopwatch = Stopwatch()
    for epoch in range(first_epoch, config.training.epochs + 1):
        if progress.is_over(config.training):
            return
        trainee.start_epoch(epoch)
        tally = yield from train_epoch(
            config,
            epoch,
            steps=trainee.steps,
            batches=trainee.batches,
            curve=curve,
            stopwatch=stopwatch,
            seconds_allowed=None if limit is None else limit - earlier - stopwatch.seconds,
        )
        is_whole = tally.steps == trainee.batches.steps_per_epoch
        if not is_whole and epoch > 1:
            return
        metrics = trainee.measure(epoch, tally, progress.images_seen)
        progress = progress.after(metrics, config.training, earlier + stopwatch.seconds)
        state = trainee.state(metrics, progress, best_weights)
        if state.is_best:
            best_weights = state.weights
        stopwatch.pause()
        yield metrics
        yield state
        stopwatch.resume()
        if not is_whole:
            return
