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
from explorer.training.noise import Noise
from explorer.training.optimizers import Coefficient, Optimizer, as_columns
from explorer.training.pace import Pace
from explorer.training.parameters import FlatParameters
from explorer.training.regularisation import Penalties

Network = ExplicitNetwork | AutogradNetwork


class Steps(Protocol):
    """Runs the steps of a block; ``logits`` (batches, K, 10, B) holds the answers of those done."""

    logits: Tensor

    def begin(self, block: Block, first_step: int) -> None:
        """Make a block the current one; its first step is number ``first_step`` (from 0) of the run."""

    def run(self, index: int, *, observe: bool) -> None:
        """Run the step of the block's batch ``index``; every batch once, in order."""

    def refresh(self) -> None:
        """Heed a pace that was changed, from the next step on."""


class Step:
    """Changes K networks by one mini-batch each; nothing in it waits for the device."""

    def __init__(
        self,
        configs: Sequence[RunConfig],
        network: Network,
        optimizer: Optimizer,
        observer: Observer,
        paces: Sequence[Pace] = (),
    ) -> None:
        self.configs = tuple(configs)
        self.network = network
        self.optimizer = optimizer
        self.observer = observer
        self._penalties = Penalties([config.regularisation for config in configs], network.parameters)
        # What neither a penalty nor a moment needs in one place goes from the product into the weights.
        self._leaves = optimizer.is_plain and not (self._penalties.penalises or self._penalties.clips)
        self._paces = tuple(paces) or tuple(Pace(config) for config in configs)
        self._rates = [config.optimizer.learning_rate for config in configs]
        self._changing: list[int] = []
        self.refresh()

    def refresh(self) -> None:
        """Heed a pace that was changed."""
        self._changing = [row for row, pace in enumerate(self._paces) if not pace.is_constant]

    def __call__(
        self,
        images: Tensor,
        targets: Tensor,
        logits: Tensor,
        coefficients: Sequence[Coefficient],
        *,
        observe: bool,
    ) -> None:
        """Images (S, B, …), one-hot targets (S, 10, B); fills ``logits`` (K, 10, B)."""
        leave = self._leaves and not observe
        self.network.gradients(images, targets, logits, observe=observe, leave=leave)
        if self._penalties.penalises:
            self._penalties.penalise()
        if observe:
            self.observer.before_update()
        if self._penalties.clips:
            self._penalties.clip()
        self.optimizer.update(coefficients, self.network.apart)
        if observe:
            self.observer.after_update(self.network.sum_gradients)

    def coefficients(self, step: int, steps_per_epoch: int) -> tuple[tuple[float, ...], ...]:
        """The optimizer's coefficients of a step (from 0), each with one value a network."""
        for row in self._changing:
            self._rates[row] = self._paces[row].rate(step, steps_per_epoch)
        # Only a run that branched off counts otherwise, and it never shares its stack.
        number = self._paces[0].optimizer_step(step, steps_per_epoch)
        return self.optimizer.coefficients(number, self._rates)


class EagerSteps:
    """Runs each step at once, kernel by kernel."""

    def __init__(self, step: Step, steps_per_epoch: int) -> None:
        self.step = step
        self.steps_per_epoch = steps_per_epoch
        self.logits = torch.empty(0)
        self._first_step = 0
        self._rows: tuple[tuple[float, ...], ...] = ()
        self._columns: list[Coefficient] = []
        self._views: list[tuple[Tensor, Tensor, Tensor]] = []

    def begin(self, block: Block, first_step: int) -> None:
        """Make a block the current one; its first step is number ``first_step`` (from 0) of the run."""
        batches, _, classes, size = block.targets.shape
        shape = (batches, self.step.network.parameters.stack, classes, size)
        if self.logits.shape != shape:
            self.logits = block.targets.new_empty(shape)
        self._first_step = first_step
        self._views = list(
            zip(block.images.unbind(), block.targets.unbind(), self.logits.unbind(), strict=True)
        )

    def run(self, index: int, *, observe: bool) -> None:
        """Run the step of the block's batch ``index``."""
        rows = self.step.coefficients(self._first_step + index, self.steps_per_epoch)
        if rows != self._rows:  # most schedules are constant
            self._rows, self._columns = rows, as_columns(rows, self.logits)
        self.step(*self._views[index], self._columns, observe=observe)

    def refresh(self) -> None:
        """Heed a pace that was changed, from the next step on."""
        self.step.refresh()


def make_network(configs: Sequence[RunConfig], parameters: FlatParameters, lanes: int = 1) -> Network:
    """The written-out networks where there are (MLPs without batch norm), else automatic gradients."""
    if is_explicit(configs[0]):
        return ExplicitNetwork(configs, parameters, Noise(configs, parameters.values.device), lanes)
    return AutogradNetwork(configs, parameters, lanes)


def is_explicit(config: RunConfig) -> bool:
    """Whether forward and backward pass are written out, for a whole stack at once."""
    return config.network.kind == "mlp" and not config.network.batch_norm
