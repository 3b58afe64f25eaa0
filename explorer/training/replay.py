"""Steps captured once as CUDA graphs, then replayed: one launch a step in place of dozens."""

from collections.abc import Callable

import torch
from torch import Tensor

from explorer.training.batches import Block
from explorer.training.step import EagerSteps, Step

WARM_UP_STEPS = 3  # let libraries choose kernels and allocate before the capture


class ReplayedSteps:
    """Runs full batches by replay; the smaller last batch of an epoch runs eagerly.

    Everything that changes from step to step lies on the device: a counter, advanced inside the graph,
    selects the batch of the block, the row of the optimizer's coefficients and the place of the logits.
    Blocks of one batch size must start at the same memory, which ``Batches`` promises, and the first must be
    the longest. With ``capture`` false the same code runs kernel by kernel, on any device.
    """

    def __init__(self, step: Step, steps_per_epoch: int, *, capture: bool = True) -> None:
        self.step = step
        self.steps_per_epoch = steps_per_epoch
        self.capture = capture
        self.logits = torch.empty(0)
        self._eager = EagerSteps(step, steps_per_epoch)
        self._is_eager = False
        self._block: Block | None = None
        self._first_step = self._batches = 0
        self._launch: dict[bool, Callable[[], None]] = {}
        device = step.network.parameters.values.device
        self._counter = torch.zeros(1, dtype=torch.int64, device=device)
        self._coefficients = torch.empty(0)

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
        self._coefficients[: len(rows)].copy_(self._table(rows))
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
            self._coefficients[: self._batches].copy_(self._table(self._rows()))

    def _rows(self) -> list[tuple[tuple[float, ...], ...]]:
        """The coefficients of the steps of the current block."""
        steps = range(self._first_step, self._first_step + self._batches)
        return [self.step.coefficients(step, self.steps_per_epoch) for step in steps]

    def _prepare(self, block: Block, rows: list[tuple[tuple[float, ...], ...]]) -> None:
        self._block = block
        batches, _, classes, size = block.targets.shape
        stack = self.step.network.parameters.stack
        self._static_logits = block.targets.new_empty(batches, stack, classes, size)
        self._coefficients = self._table(rows).to(block.images.device)
        bodies: dict[bool, Callable[[], None]] = {
            False: lambda: self._one_step(block, observe=False),
            True: lambda: self._one_step(block, observe=True),
        }
        self._launch = self._captured(bodies) if self.capture else bodies

    def _table(self, rows: list[tuple[tuple[float, ...], ...]]) -> Tensor:
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
        generators, launches = self.step.network.generators, dict[bool, Callable[[], None]]()
        changing = self._changing_tensors()
        saved, states = [tensor.clone() for tensor in changing], [each.get_state() for each in generators]
        with torch.cuda.device(self._counter.device):
            self._warm_up(bodies)
            for observe, body in bodies.items():
                graph = torch.cuda.CUDAGraph()
                for generator in generators:
                    graph.register_generator_state(generator)
                # Another thread of the worker may train on this device meanwhile.
                with torch.cuda.graph(graph, capture_error_mode="thread_local"):
                    body()
                launches[observe] = graph.replay
        for tensor, before in zip(changing, saved, strict=True):
            tensor.copy_(before)
        for generator, state in zip(generators, states, strict=True):
            generator.set_state(state)
        return launches

    def _warm_up(self, bodies: dict[bool, Callable[[], None]]) -> None:
        stream = torch.cuda.Stream()  # type: ignore[no-untyped-call]
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            for _ in range(WARM_UP_STEPS):
                for body in bodies.values():
                    self._counter.zero_()
                    body()
        torch.cuda.current_stream().wait_stream(stream)

    def _changing_tensors(self) -> list[Tensor]:
        network, step = self.step.network, self.step
        return [
            network.parameters.values,
            network.parameters.gradients,
            *step.optimizer.state.values(),
            *(buffer for buffers in network.buffers for buffer in buffers.values()),
            step.observer.sums,
        ]
