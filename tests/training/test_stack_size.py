"""Stack sizes: what is worth it, and whether there is memory for it."""

import gc
import subprocess
import sys
from typing import Any

import pytest
import torch

from explorer.config.run import RunConfig
from explorer.training.stack_size import best_stack, stack_bytes
from explorer.training.trainee import Trainees
from tests.training.samples import CPU, config, random_splits


def storages() -> dict[int, int]:
    """Bytes of all memory that tensors lie in, by its address."""
    gc.collect()
    tensors = [each for each in gc.get_objects() if issubclass(type(each), torch.Tensor)]
    return {tensor.untyped_storage().data_ptr(): tensor.untyped_storage().nbytes() for tensor in tensors}


def measured(run: RunConfig, images: int, stack: int) -> int:
    """Bytes of the tensors of a stack that is ready for its first step, each with a seed of its own."""
    held_back = run.data.validation_size
    assert held_back is not None
    before = storages()
    splits = random_splits(images, held_back, 10)
    configs = {
        seed: run.model_copy(update={"training": run.training.model_copy(update={"seed": seed})})
        for seed in range(stack)
    }
    trainees = Trainees(configs, dict.fromkeys(configs, splits), CPU)
    after = storages()
    assert trainees.parameters.stack == stack
    return sum(size for place, size in after.items() if place not in before)


@pytest.mark.parametrize(
    "sections",
    [
        {"network": {"hidden": [10]}},
        {"network": {"hidden": [300, 100]}, "training": {"batch_size": 256}},
        {
            "network": {"hidden": [64], "dropout": 0.5, "activation": "gelu"},
            "training": {"batch_size": "full"},
        },
        {"network": {"hidden": [512]}, "optimizer": {"name": "sgd", "momentum": 0.9}},
    ],
)
def test_the_estimate_covers_all_tensors_and_each_further_network_not_twice_over(
    sections: dict[str, Any],
) -> None:
    run = config(**sections, data={"validation_size": 200})
    found, expected = (
        [measure(run, 2_000, stack) for stack in (1, 4, 20)] for measure in (measured, stack_bytes)
    )
    assert all(ours < estimate for ours, estimate in zip(found, expected, strict=True))
    assert 1 <= (expected[2] - expected[1]) / (found[2] - found[1]) <= 2.5


def test_it_grows_with_the_stack() -> None:
    sizes = [stack_bytes(config(), 1_000, stack) for stack in (1, 2, 20, 64)]
    assert sizes == sorted(sizes)
    assert sizes[0] > 1_000 * 784


@pytest.mark.parametrize(
    "sections",
    [
        {"training": {"engine": "numpy"}},
        {"network": {"batch_norm": True}},
        {"network": {"preset": "lenet"}},
        {"network": {"hidden": [4096, 4096]}, "training": {"batch_size": 512}},
    ],
)
def test_what_does_not_stack_stands_alone(sections: dict[str, Any]) -> None:
    assert best_stack(config(**sections), 60_000, 2) == 1


def test_small_networks_stack_higher_than_large_ones() -> None:
    sizes = [best_stack(config(network={"hidden": [units]}), 60_000, 2) for units in (10, 300, 4096)]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] >= 20


def test_large_networks_stack_on_one_core_and_go_side_by_side_on_two() -> None:
    large = config(network={"hidden": [500, 250, 100]})
    assert (best_stack(large, 60_000, 1), best_stack(large, 60_000, 2)) == (5, 1)


def test_they_are_known_without_torch() -> None:
    words = "import sys, explorer.training.stack_size; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", words], check=False).returncode == 0


SHORT_OF_MEMORY = """
import resource, torch
from explorer.training.stack import Member, train_stack
from tests.training.samples import config, random_splits
torch.set_num_threads(1)
splits = random_splits(60)
run = config(network={"hidden": [4096, 1024]}, training={"batch_size": 10})
used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + (700 << 20), resource.RLIM_INFINITY))
members = [Member(run, splits) for _ in range(64)]
try:
    next(train_stack(members, torch.device("cpu")))
except MemoryError:
    print("halve")
    half = next(train_stack(members[:1], torch.device("cpu")))
    print(half[0])
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="limits its own memory by Linux's means")
def test_too_many_networks_are_told_before_the_first_event_and_fewer_can_go_on() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SHORT_OF_MEMORY], capture_output=True, text=True, check=False
    )
    assert done.stdout.split() == ["halve", "0"], done.stderr
