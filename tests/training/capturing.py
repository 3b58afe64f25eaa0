"""What holds for work on a CUDA device while a graph is captured and replayed, told without one."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
import torch
from torch import Tensor
from torch._C import _AutoDispatchBelowAutograd
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from explorer.training import trainee
from explorer.training.replay import ReplayedSteps

aten = torch.ops.aten
# They tell the host a value, make something whose size the host must know, or bring a number from the host.
NOT_CAPTURABLE = {
    aten._local_scalar_dense,
    aten._unique2,
    aten.bincount,
    aten.equal,
    aten.histc,
    aten.is_nonzero,
    aten.item,
    aten.lift_fresh,
    aten.masked_select,
    aten.nonzero,
    aten.unique_consecutive,
}
DRAWING = {aten.bernoulli_, aten.native_dropout, aten.normal_, aten.rand, aten.randn, aten.uniform_}


class NotCapturableError(AssertionError):
    """A capture would fail here, or replay something else than what was meant."""


def tensors(values: object) -> list[Tensor]:
    return [each for each in tree_leaves(values) if isinstance(each, Tensor)]


class Capturing(TorchDispatchMode):
    """Refuses what no graph can hold: waiting for the device, copies to or from the host, others' generators.

    ``operations`` counts those that were let through, those of the backward pass too.
    """

    def __init__(self, device: str, generators: Iterable[torch.Generator]) -> None:
        super().__init__()
        self.operations = 0
        self._device = device
        self._generators = {each._cdata for each in generators}

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        packet, given = func.overloadpacket, tensors((args, kwargs))
        if packet in NOT_CAPTURABLE:
            raise NotCapturableError(f"{func} needs the host")
        if packet in DRAWING and getattr(kwargs.get("generator"), "_cdata", None) not in self._generators:
            raise NotCapturableError(f"{func} draws from a generator that no graph knows")
        if packet in {aten.index, aten.index_put_} and any(index.dtype is torch.bool for index in given[1:]):
            raise NotCapturableError(f"{func} by a mask waits for the device")
        result = func(*args, **kwargs)
        for tensor in (*given, *tensors(result)):
            if tensor.device.type != self._device:
                raise NotCapturableError(f"{func} has {tuple(tensor.shape)} on {tensor.device}")
        self.operations += 1
        return result


class Tape(TorchDispatchMode):
    """A graph of the CPU: replays the very operations it saw, with their numbers, in the memory of then."""

    def __init__(self) -> None:
        super().__init__()
        self._operations: list[tuple[Any, tuple[Any, ...], dict[str, Any], list[Tensor]]] = []

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        result = func(*args, **(kwargs or {}))
        self._operations.append((func, args, kwargs or {}, tensors(result)))
        return result

    def replay(self) -> None:
        with torch.no_grad(), _AutoDispatchBelowAutograd():
            for func, args, kwargs, before in self._operations:
                for old, new in zip(before, tensors(func(*args, **kwargs)), strict=True):
                    if old.untyped_storage().data_ptr() != new.untyped_storage().data_ptr():
                        old.copy_(new)


def capture_on_tape(
    bodies: Mapping[bool, Callable[[], None]],
    device: torch.device,
    generators: Sequence[torch.Generator],
    rewind: Callable[[], object],
) -> dict[bool, Callable[[], None]]:
    """What ``explorer.training.capture.capture`` promises, without a GPU."""
    launches: dict[bool, Callable[[], None]] = {}
    for name, body in bodies.items():
        for _ in range(2):
            rewind()
            body()
        rewind()
        tape = Tape()
        with Capturing(device.type, generators), tape:
            body()
        launches[name] = tape.replay
    return launches


@contextmanager
def replaying(
    monkeypatch: pytest.MonkeyPatch, name: str, *, capture: bool
) -> Iterator[tuple[list[ReplayedSteps], pytest.MonkeyPatch]]:
    """Have trainees replay where they would take the steps called ``name``; what replays, as it is made.

    What the second is told to patch holds until the end, too.
    """
    made: list[ReplayedSteps] = []

    class Noted(ReplayedSteps):
        def __init__(self, *values: Any) -> None:
            super().__init__(*values, capture=capture)
            made.append(self)

    with monkeypatch.context() as patched:
        patched.setattr(trainee, name, Noted)
        yield made, patched
