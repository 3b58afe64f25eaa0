"""The devices that runs can be trained on."""

import pytest
import torch

from explorer.errors import DeviceError
from explorer.jobs.devices import accelerators, find_device, free_bytes

BUILT_FOR = ["sm_75", "sm_80", "sm_86", "sm_90", "sm_100", "sm_120", "compute_120"]


def machine_with(
    monkeypatch: pytest.MonkeyPatch, *capabilities: tuple[int, int], built_for: list[str] = BUILT_FOR
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: len(capabilities))
    monkeypatch.setattr(torch.cuda, "get_arch_list", lambda: built_for)
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda index: capabilities[index])


@pytest.mark.parametrize(
    ("capability", "is_used"),
    [
        ((6, 1), False),
        ((7, 0), False),
        ((7, 5), True),
        ((8, 9), True),
        ((9, 0), True),
        ((12, 1), True),
        ((13, 0), True),
    ],
)
def test_a_gpu_that_pytorch_was_not_built_for_is_left_alone(
    monkeypatch: pytest.MonkeyPatch, capability: tuple[int, int], *, is_used: bool
):
    machine_with(monkeypatch, capability)
    assert accelerators() == (("cuda:0",) if is_used else ())
    assert str(find_device("auto")) == ("cuda:0" if is_used else "cpu")


def test_the_first_gpu_is_the_first_that_can_be_used(monkeypatch: pytest.MonkeyPatch):
    machine_with(monkeypatch, (6, 1), (8, 0), (9, 0))
    assert accelerators() == ("cuda:1", "cuda:2")
    assert [str(find_device(wanted)) for wanted in ("auto", "cuda", "cuda:2", "cpu")] == [
        "cuda:1",
        "cuda:1",
        "cuda:2",
        "cpu",
    ]
    with pytest.raises(DeviceError, match="auto or one of cuda:1, cuda:2, cpu on this machine, got 'cuda:0'"):
        find_device("cuda:0")


def test_an_architecture_with_a_letter_and_another_makers_names_are_read(monkeypatch: pytest.MonkeyPatch):
    machine_with(monkeypatch, (9, 0), built_for=["sm_90a"])
    assert accelerators() == ("cuda:0",)
    machine_with(monkeypatch, (9, 4), built_for=["gfx90a", "gfx942"])
    assert accelerators() == ("cuda:0",)


def test_the_cpu_is_always_there_with_some_memory():
    assert find_device("cpu") == torch.device("cpu")
    assert free_bytes(torch.device("cpu")) > 0
