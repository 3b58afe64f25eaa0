"""What only a CUDA device can show of jobs: they end there as elsewhere, also where memory runs short."""

import subprocess
import sys
from collections.abc import Iterator

import pytest
import torch

from explorer.jobs import stack_events
from explorer.jobs.devices import accelerators, find_device, free_bytes
from explorer.jobs.execution import train_here
from explorer.jobs.plan_execution import train_stack_here
from explorer.records import RunStatus
from explorer.settings import Settings
from explorer.storage.store import Store
from explorer.training.memory import release
from explorer.training.stack import train_stack
from tests.jobs.conftest import small

pytestmark = pytest.mark.cuda
ROOM = 3 << 29  # bytes, for the test in which memory runs short


@pytest.fixture
def little_memory(cuda: torch.device) -> Iterator[None]:
    """The allocator gets no more than 1.5 GB beyond what it has."""
    release(cuda)
    total = torch.cuda.get_device_properties(cuda).total_memory
    if total < 2 * ROOM:
        pytest.skip(f"needs {2 * ROOM >> 20} MiB of the device's memory")
    torch.cuda.set_per_process_memory_fraction((torch.cuda.memory_reserved(cuda) + ROOM) / total, cuda)
    yield
    torch.cuda.set_per_process_memory_fraction(1.0, cuda)
    release(cuda)


def test_the_devices_are_found_by_name(cuda: torch.device):
    assert accelerators()[0] == "cuda:0"
    assert find_device("auto") == find_device("cuda") == cuda
    assert 0 < free_bytes(cuda) <= torch.cuda.get_device_properties(cuda).total_memory


@pytest.mark.parametrize("changes", [{}, {"network__kind": "cnn", "network__blocks": [{"filters": 8}]}])
@pytest.mark.usefixtures("cuda")
def test_a_run_ends_there_with_its_result(store: Store, settings: Settings, changes: dict[str, object]):
    run = train_here(store, settings, small(**changes, training__device="cuda"))
    assert (run.status, run.device) == (RunStatus.FINISHED, "cuda:0")
    assert run.network_result is not None
    assert run.network_result.test.accuracy > 0.3
    assert len(store.epochs(run.id)) == run.network_config.training.epochs


@pytest.mark.usefixtures("little_memory")
def test_a_stack_that_does_not_fit_is_halved_until_it_does(
    store: Store, settings: Settings, monkeypatch: pytest.MonkeyPatch
):
    sizes: list[int] = []

    def counted(members, *rest):
        sizes.append(len(members))
        return train_stack(members, *rest)

    monkeypatch.setattr(stack_events, "train_stack", counted)
    configs = [
        small(
            network__hidden=[2048, 2048], optimizer__name="adam", training__device="cuda", training__seed=seed
        )
        for seed in range(16)
    ]
    runs = train_stack_here(store, settings, configs, group="large")
    assert {run.status for run in runs} == {RunStatus.FINISHED}, runs[0].reason
    assert sizes[0] == 16
    assert min(sizes) < 16


BROKEN = """
import torch
from explorer.jobs.devices import require_sound
device = torch.device("cuda:0")
require_sound(device)
print("sound")
torch.zeros(3, device=device)[torch.tensor([7], device=device)]
try:
    require_sound(device)
except RuntimeError:
    print("broken")
"""


@pytest.mark.usefixtures("cuda")
def test_a_device_that_an_error_broke_is_noticed():
    done = subprocess.run([sys.executable, "-c", BROKEN], capture_output=True, text=True, check=False)
    assert done.stdout.split() == ["sound", "broken"], done.stderr
