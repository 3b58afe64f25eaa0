"""Steps captured once as CUDA graphs, then replayed: one launch a step in place of dozens."""

import logging
from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from explorer.training.batches import Block
from explorer.training.capture import capture
from explorer.training.memory import is_out_of_memory
from explorer.training.step import EagerSteps, Step

Rows = Sequence[tuple[tuple[float, ...], ...]]
"""The coefficients of steps, each with one value a network or one for all."""

log = logging.getLogger("explorer.training")


class ReplayedSteps:
    """Runs full batches by replay; the smaller last batch of an epoch runs eagerly.

    Everything that changes from step to step lies on the device: a counter, advanced inside the graph,
    selects the batch of the block, the row of the optimizer's coefficients and the place of the logits.
    Blocks of one batch size must start at the same memory, which ``Batches`` promises, and the first must be
    the longest. With ``capture`` false the same code runs kernel by kernel, on any device; so it does where
    a capture fails for another reason than memory, which ``problem`` tells from the first block on, unless
    ``falls_back`` is false.
    """

    falls_back = True

    def __init__(self, step: Step, steps_per_epoch: int, *, capture: bool = True) -> None:
        self.step = step
        self.steps_per_epoch = steps_per_epoch
        self.capture = capture
        self.problem = ""
        self.logits = torch.empty(0)
        self._eager = EagerSteps(step, steps_per_epoch)
        self._is_eager = False
        self._block: Block | None = None
        self._first_step = self._batches = 0
        self._launch: dict[bool, Callable[[], None]] = {}
        device = step.network.parameters.values.device
        self._counter = torch.zeros(1, dtype=torch.int64, device=device)
        self._coefficients = torch.empty(0)
        self._rows_there: Rows = ()

    def begin(self, block: Block, first_step: int) -> None:
        """Make a block the current one; captures at the first."""
        self._first_step, self._batches = first_step, block.batches
        rows = self._rows()
        if self._block is None:
            self._prepare(block, rows)
        static = self._block
        self._is_eager = static is None or block.batch_size != static.batch_size
        if self._is_eager:
            self._eager.begin(block, first_step)
            self.logits = self._eager.logits
            return
        if static is not None and block.images.data_ptr() != static.images.data_ptr():
            raise ValueError("a block must lie where the captured one lay")
        self._counter.zero_()
        self._send(rows)
        self.logits = self._static_logits[: block.batches]

    def run(self, index: int, *, observe: bool) -> None:
        """Run the next step of the block."""
        if self._is_eager:
            self._eager.run(index, observe=observe)
        else:
            self._launch[observe]()

    def refresh(self) -> None:
        """Heed a pace that was changed, from the next step on; steps that wait on the device keep theirs."""
        self.step.refresh()
        if self._block is not None and not self._is_eager:
            self._send(self._rows())

    def _send(self, rows: Rows) -> None:
        """Put coefficients where the steps find them that are launched from now on, without waiting."""
        if rows == self._rows_there:  # as of most schedules
            return
        table, device = self._table(rows), self._coefficients.device
        if device.type == "cuda":
            with torch.cuda.device(device):
                table = table.pin_memory()  # which is kept until it was copied
        self._coefficients[: len(rows)].copy_(table, non_blocking=True)
        self._rows_there = rows

    def _rows(self) -> Rows:
        """The coefficients of the steps of the current block."""
        steps = range(self._first_step, self._first_step + self._batches)
        return [self.step.coefficients(step, self.steps_per_epoch) for step in steps]

    def _prepare(self, block: Block, rows: Rows) -> None:
        self._block = block
        batches, _, classes, size = block.targets.shape
        stack = self.step.network.parameters.stack
        self._static_logits = block.targets.new_empty(batches, stack, classes, size)
        self._coefficients, self._rows_there = self._table(rows).to(block.images.device), rows
        bodies: dict[bool, Callable[[], None]] = {
            False: lambda: self._one_step(block, observe=False),
            True: lambda: self._one_step(block, observe=True),
        }
        self._launch = self._captured(bodies) if self.capture else bodies

    def _table(self, rows: Rows) -> Tensor:
        """The coefficients as a tensor (steps, coefficients, K, 1)."""
        stack = self.step.network.parameters.stack
        full = [[values if len(values) == stack else values * stack for values in row] for row in rows]
        return torch.tensor(full).unsqueeze(-1)

    def _one_step(self, block: Block, *, observe: bool) -> None:
        def chosen(rows: Tensor) -> Tensor:
            return rows.index_select(0, self._counter).squeeze(0)

        targets = chosen(block.targets)
        logits = torch.empty_like(self._static_logits[0])
        self.step(chosen(block.images), targets, logits, chosen(self._coefficients).unbind(), observe=observe)
        self._static_logits.index_copy_(0, self._counter, logits.unsqueeze(0))
        self._counter.add_(1)

    def _captured(self, bodies: dict[bool, Callable[[], None]]) -> dict[bool, Callable[[], None]]:
        generators, device = self.step.network.generators, self._counter.device
        changing = self._changing_tensors()
        saved, states = [tensor.clone() for tensor in changing], [each.get_state() for each in generators]
        try:
            launches = capture(bodies, device, generators, self._counter.zero_)
        except RuntimeError as error:
            if is_out_of_memory(error) or not self.falls_back:
                raise
            self.problem = f"{type(error).__name__}: {error}"
            log.exception("steps on %s run kernel by kernel, as their capture failed", device)
            launches = bodies
        for tensor, before in zip(changing, saved, strict=True):
            tensor.copy_(before)
        for generator, state in zip(generators, states, strict=True):
            generator.set_state(state)
        return launches

    def _changing_tensors(self) -> list[Tensor]:
        network, step = self.step.network, self.step
        return [
            network.parameters.values,
            network.parameters.gradients,
            *step.optimizer.state.values(),
            *(buffer for buffers in network.buffers for buffer in buffers.values()),
            step.observer.sums,
        ]
