"""One step of training: gradient, penalties, clipping, update; run as it is, or replayed on a GPU."""

from collections.abc import Sequence
from typing import Protocol

import torch
from torch import Tensor

from explorer.config.run import RunConfig
from explorer.training.autograd import AutogradNetwork
from explorer.training.batches import Block
from explorer.training.mlp import ExplicitNetwork
from explorer.training.monitoring import Observer
from explorer.training.optimizers import Coefficient, Optimizer
from explorer.training.parameters import FlatParameters
from explorer.training.regularisation import clip, penalise
from explorer.training.schedule import learning_rate_at

Network = ExplicitNetwork | AutogradNetwork


class Steps(Protocol):
    """Runs the steps of a block; ``logits`` (batches, 1, 10, B) holds the answers of those done."""

    logits: Tensor

    def begin(self, block: Block, first_step: int) -> None:
        """Make a block the current one; its first step is number ``first_step`` (from 0) of the run."""

    def run(self, index: int, *, observe: bool) -> None:
        """Run the step of the block's batch ``index``; every batch once, in order."""


class Step:
    """Changes a network by one mini-batch; nothing in it waits for the device."""

    def __init__(self, config: RunConfig, network: Network, optimizer: Optimizer, observer: Observer) -> None:
        self.config = config
        self.network = network
        self.optimizer = optimizer
        self.observer = observer

    def __call__(
        self,
        images: Tensor,
        targets: Tensor,
        logits: Tensor,
        coefficients: Sequence[Coefficient],
        *,
        observe: bool,
    ) -> None:
        """Images (1, B, …), one-hot targets (1, 10, B); fills ``logits`` (1, 10, B)."""
        parameters, regularisation = self.network.parameters, self.config.regularisation
        self.network.gradients(images, targets, logits, observe=observe)
        if regularisation.l2 or regularisation.l1:
            penalise(parameters, regularisation)
        if observe:
            self.observer.before_update()
        if regularisation.clip_norm is not None:
            clip(parameters, regularisation.clip_norm)
        self.optimizer.update(coefficients)
        if observe:
            self.observer.after_update(self.network.sum_gradients)

    def coefficients(self, step: int, steps_per_epoch: int) -> tuple[float, ...]:
        """The optimizer's coefficients of a step (from 0)."""
        return self.optimizer.coefficients(step + 1, learning_rate_at(self.config, step, steps_per_epoch))


class EagerSteps:
    """Runs each step at once, kernel by kernel."""

    def __init__(self, step: Step, steps_per_epoch: int) -> None:
        self.step = step
        self.steps_per_epoch = steps_per_epoch
        self.logits = torch.empty(0)
        self._first_step = 0
        self._views: list[tuple[Tensor, Tensor, Tensor]] = []

    def begin(self, block: Block, first_step: int) -> None:
        """Make a block the current one; its first step is number ``first_step`` (from 0) of the run."""
        if self.logits.shape != block.targets.shape:
            self.logits = torch.empty_like(block.targets)
        self._first_step = first_step
        self._views = list(
            zip(block.images.unbind(), block.targets.unbind(), self.logits.unbind(), strict=True)
        )

    def run(self, index: int, *, observe: bool) -> None:
        """Run the step of the block's batch ``index``."""
        coefficients = self.step.coefficients(self._first_step + index, self.steps_per_epoch)
        self.step(*self._views[index], coefficients, observe=observe)


def make_network(config: RunConfig, parameters: FlatParameters, generator: torch.Generator) -> Network:
    """The written-out network where there is one (MLPs without batch norm), else automatic gradients."""
    if config.network.kind == "mlp" and not config.network.batch_norm:
        return ExplicitNetwork(config, parameters, generator)
    return AutogradNetwork(config, parameters, generator)
