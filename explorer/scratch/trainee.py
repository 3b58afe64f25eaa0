"""A network in training with all that belongs to it: batches, optimizer, measurements, states."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import DTypeLike, NDArray
from torch import Tensor

from explorer.config.run import RunConfig
from explorer.data.features import inputs_of
from explorer.data.preparation import measure_scaling
from explorer.data.splits import Splits
from explorer.errors import DivergedError
from explorer.evaluation.evaluate import Answers, evaluate
from explorer.evaluation.units import UnitWatch
from explorer.models.initialisation import initial_parameters
from explorer.records import EpochMetrics
from explorer.scratch.backpropagation import forward
from explorer.scratch.monitoring import Observer
from explorer.scratch.noise import noise_of, silence
from explorer.scratch.optimizers import Optimizer
from explorer.scratch.parameters import Parameters
from explorer.scratch.step import take_step
from explorer.training.batches import Batches, Block, Lane, Source
from explorer.training.epoch import Tally
from explorer.training.epoch_figures import epoch_figures
from explorer.training.pace import Pace
from explorer.training.randomness import Purpose, seed_for
from explorer.training.shelf import PROBE_IMAGES
from explorer.training.state import TrainingState
from explorer.training.stopping import Progress


class Trainee:
    """A network with its initial weights; it runs the steps of a block as the training loop asks.

    Weights start, and batches come, as in every engine; dropout and noise are drawn by NumPy, so only
    runs without them are the same in both.
    """

    def __init__(
        self, config: RunConfig, splits: Splits, dtype: DTypeLike = np.float32, pace: Pace | None = None
    ) -> None:
        self.config = config
        self.pace = pace or Pace(config)
        self.scaling = measure_scaling(config.data, splits.train_images)
        inputs = inputs_of(config.data)
        self.parameters = Parameters(config.network, dtype, inputs=inputs)
        self.optimizer = Optimizer(config.optimizer, self.parameters.values, self.parameters.gradient)
        start = initial_parameters(config.network, config.training.seed, inputs=inputs)
        self.parameters.load({name: tensor.numpy() for name, tensor in start.items()})
        self.observer = Observer(config.network, self.parameters)
        shape = (len(self.parameters.layers[0].W[0]),)
        source = Source(splits.train_images, splits.train_labels, self.scaling)
        self.batches = Batches([Lane(source, config.training.seed)], config, shape)
        self.logits = torch.empty(0)
        self._noise = silence()
        self._images: NDArray[Any] = np.empty(0)  # of the block, (batches, 1, B, inputs)
        self._targets: NDArray[Any] = np.empty(0)  # (batches, 1, 10, B)
        self._first_step = 0
        self._validation = splits.validation_images, splits.validation_labels
        count = len(splits.train_labels)
        chosen = torch.linspace(0, count - 1, min(PROBE_IMAGES, count)).long()
        self._probe = splits.train_images[chosen], splits.train_labels[chosen]
        monitors_test = config.training.monitor.startswith("test")
        self._test = (splits.test_images, splits.test_labels) if monitors_test else None

    def start_epoch(self, epoch: int) -> None:
        """Seed dropout and noise for an epoch, and forget what was observed in the last one."""
        seed = seed_for(self.config.training.seed, Purpose.NOISE, epoch)
        self._noise = noise_of(self.config, np.random.default_rng(seed))
        self.observer.start_epoch()

    def begin(self, block: Block, first_step: int) -> None:
        """Make a block the current one; its first step is number ``first_step`` (from 0) of the run."""
        dtype = self.parameters.values.dtype
        self._images = block.images.numpy().astype(dtype, copy=False)
        self._targets = block.targets.numpy().astype(dtype, copy=False)
        self._first_step = first_step
        self.logits = torch.from_numpy(np.empty_like(self._targets))

    def run(self, index: int, *, observe: bool) -> None:
        """Run the step of the block's batch ``index``; its answers go to ``logits`` (batches, 1, 10, B)."""
        step = self._first_step + index
        with np.errstate(all="ignore"):  # numbers that leave all bounds are told by the loop, in words
            trace = take_step(
                self.config,
                self.parameters,
                self.optimizer,
                self._images[index, 0].T,
                self._targets[index, 0],
                noise=self._noise,
                step=self.pace.optimizer_step(step, self.batches.steps_per_epoch),
                rate=self.pace.rate(step, self.batches.steps_per_epoch),
                before_update=self.observer.before_update if observe else lambda: None,
            )
            self.logits.numpy()[index, 0] = trace.logits
            if observe:
                self.observer.after_update(trace)

    def refresh(self) -> None:
        """Nothing to do: the pace is asked at every step."""

    def answer(self, images: Tensor) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Logits (N, 10) and hidden activations (N, units) of prepared images, without noise or dropout."""
        X = images.flatten(1).numpy().astype(self.parameters.values.dtype, copy=False).T
        with np.errstate(all="ignore"):
            passes = forward(self.parameters.layers, self.config.network.activation, X, silence())
        *hidden, logits = (torch.from_numpy(own.A.T) for own in passes)
        return logits, tuple(hidden)

    def measure(self, epoch: int, tally: Tally, images_before: int) -> EpochMetrics:
        """Evaluate the network at the end of an epoch, and put the epoch's figures together.

        Raises:
            DivergedError: the last step made weights or the validation loss infinite or not a number.
        """
        steps_per_epoch = self.batches.steps_per_epoch
        step = (epoch - 1) * steps_per_epoch + tally.steps
        rate = self.pace.rate(step - 1, steps_per_epoch)
        watch = UnitWatch(self.config.network.activation)
        has_validation = len(self._validation[1]) > 0
        watched = self._answers(self._validation if has_validation else self._probe, watch)
        validation = watched if has_validation else None
        test = self._answers(self._test) if self._test is not None else None
        layers = self.observer.finish_epoch(watch.dead_shares())
        figures = epoch_figures(
            self.config,
            epoch,
            step,
            images_before=images_before,
            tally=tally,
            rate=rate,
            layers=layers,
            validation=validation,
            test=test,
        )
        if isinstance(figures, DivergedError):
            raise figures
        return figures

    def state(
        self, metrics: EpochMetrics, progress: Progress, best_weights: Mapping[str, NDArray[Any]] | None
    ) -> TrainingState:
        """A copy of everything."""
        is_best = progress.best_epoch == metrics.epoch
        keeps_another = self.config.training.keep == "best" and not is_best
        return TrainingState(
            epoch=metrics.epoch,
            step=metrics.step,
            weights=self.parameters.arrays(),
            optimizer={name: moment.copy() for name, moment in self.optimizer.moments.items()},
            progress=progress.as_floats(),
            best_weights=dict(best_weights) if keeps_another and best_weights is not None else None,
            is_best=is_best,
        )

    def load(self, state: TrainingState) -> None:
        """Go back to a state."""
        self.parameters.load(state.weights)
        self.optimizer.load(state.optimizer)

    def _answers(self, images_and_labels: tuple[Tensor, Tensor], watch: UnitWatch | None = None) -> Answers:
        images, labels = images_and_labels
        return evaluate(self.answer, images, labels, self.scaling, self.config.loss, watch=watch)
