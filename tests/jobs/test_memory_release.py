"""Memory that ran short is given back before a smaller attempt is made."""

import weakref
from typing import Any

import pytest
import torch

from explorer.jobs import stack_events, stack_execution
from explorer.jobs.reasons import in_words
from explorer.records import RunStatus
from explorer.settings import Settings
from explorer.storage.store import Store
from explorer.training.conclusion import conclude_together
from explorer.training.memory import dispensable, is_out_of_memory
from explorer.training.stack import train_stack
from tests.jobs.test_stack_execution import sweep, train_together


class Networks:
    """What an attempt holds, in a circle with itself, as errors and the frames that they passed may do."""

    def __init__(self) -> None:
        self.itself = self


def test_a_half_begins_when_nothing_of_the_whole_is_held_any_more(
    store: Store, settings: Settings, monkeypatch: pytest.MonkeyPatch
):
    held, found = weakref.WeakSet[Networks](), list[tuple[int, int]]()

    def with_little_memory(members: Any, *rest: Any) -> Any:
        found.append((len(members), len(held)))
        networks = Networks()
        held.add(networks)
        if len(members) > 2:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        yield from train_stack(members, *rest)

    monkeypatch.setattr(stack_events, "train_stack", with_little_memory)
    runs = train_together(store, settings, sweep()[:4])
    assert {run.status for run in runs} == {RunStatus.FINISHED}
    assert found[:2] == [(4, 0), (2, 0)]


def test_so_it_is_with_the_look_at_the_test_set(
    store: Store, settings: Settings, monkeypatch: pytest.MonkeyPatch
):
    held, found = weakref.WeakSet[Networks](), list[tuple[int, int]]()

    def with_little_memory(ended: Any, *rest: Any) -> Any:
        found.append((len(ended), len(held)))
        networks = Networks()
        held.add(networks)
        if len(ended) > 1:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return conclude_together(ended, *rest)

    monkeypatch.setattr(stack_execution, "conclude_together", with_little_memory)
    runs = train_together(store, settings, sweep()[:2])
    assert all(run.network_result is not None for run in runs)
    assert found[:2] == [(2, 0), (1, 0)]


@pytest.mark.parametrize(
    "words",
    [
        "CUDA out of memory. Tried to allocate 2.00 GiB.",
        "CUDA error: out of memory",
        "CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`",
        "CUDA error: CUBLAS_STATUS_NOT_INITIALIZED when calling `cublasCreate(handle)`",
        "cuDNN error: CUDNN_STATUS_ALLOC_FAILED",
        "[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried to allocate",
    ],
)
def test_libraries_tell_in_words_of_their_own_that_memory_ran_short(words: str):
    assert is_out_of_memory(RuntimeError(words))
    assert "Lower training.batch_size" in in_words(RuntimeError(words), "cuda:0")


def test_a_capture_that_ends_badly_for_want_of_memory_is_want_of_memory():
    def end_of_capture() -> None:
        try:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        finally:
            raise RuntimeError("CUDA error: operation failed due to a previous error during capture")

    with pytest.raises(RuntimeError, match="previous error") as raised:
        end_of_capture()
    assert is_out_of_memory(raised.value)
    assert not is_out_of_memory(RuntimeError("shapes do not fit"))


def test_what_is_dispensable_is_left_out_where_memory_is_short_and_only_there(
    caplog: pytest.LogCaptureFixture,
):
    with dispensable("the calibration", torch.device("cuda:1")):
        raise torch.OutOfMemoryError("CUDA out of memory.")
    assert "cuda:1 has too little free memory for the calibration" in caplog.text
    with pytest.raises(ValueError, match="fit"), dispensable("the calibration", torch.device("cpu")):
        raise ValueError("shapes do not fit")
