"""The training loop of the NumPy engine: the same events, from mathematics written out."""

from collections.abc import Callable, Generator, Sequence

import numpy as np
import torch
from numpy.typing import DTypeLike
from threadpoolctl import threadpool_limits

from explorer.config.run import RunConfig
from explorer.data.splits import Splits
from explorer.records import Change, EpochMetrics, Parent, StepMetrics
from explorer.scratch.trainee import Trainee
from explorer.training.curve import Curve, bin_steps
from explorer.training.engine import no_rate
from explorer.training.epoch import train_epoch
from explorer.training.pace import Pace
from explorer.training.state import Tick, TrainingState
from explorer.training.stopping import Progress
from explorer.training.stopwatch import Stopwatch

Event = StepMetrics | EpochMetrics | TrainingState | Tick | Change


def train(
    config: RunConfig,
    splits: Splits,
    device: torch.device,
    resume_from: TrainingState | None = None,
    *,
    parent: Parent | None = None,
    changes: Sequence[Change] = (),
    wanted_rate: Callable[[], float | None] = no_rate,
    dtype: DTypeLike = np.float32,
) -> Generator[Event, None, None]:
    """Train one network as ``training.engine.train`` does, by NumPy; to stop it, stop iterating.

    Events, states, time limit and errors are those of that engine; without dropout and noise so are the
    numbers, up to rounding. NumPy takes as many threads as torch was given.

    Raises:
        DivergedError: the loss became infinite or not a number; the last good epoch was yielded before.
        ValueError: the configuration is not one for this engine, or the device is not the CPU.
    """
    if config.network.kind != "mlp" or config.network.batch_norm or device.type != "cpu":
        raise ValueError("the NumPy engine trains MLPs without batch norm on the CPU")
    with threadpool_limits(torch.get_num_threads(), user_api="blas"):
        trainee = Trainee(config, splits, dtype, Pace(config, parent, changes))
        yield from _epochs(config, trainee, resume_from, wanted_rate)


def _epochs(
    config: RunConfig,
    trainee: Trainee,
    resume_from: TrainingState | None,
    wanted_rate: Callable[[], float | None],
) -> Generator[Event, None, None]:
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
            steps=trainee,
            batches=trainee.batches,
            curve=curve,
            stopwatch=stopwatch,
            seconds_allowed=None if limit is None else limit - earlier - stopwatch.seconds,
            pace=trainee.pace,
            wanted_rate=wanted_rate,
        )
        is_whole = tally.steps == trainee.batches.steps_per_epoch
        if not is_whole and progress.best_epoch:  # else it is the first that is trained
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
