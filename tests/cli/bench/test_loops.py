"""The loops that are timed: that they train, on equal networks, and hand back what the table needs."""

import multiprocessing
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from explorer.cli.bench import graphs, monitored, ours, recorded, stacked, typical
from explorer.cli.bench.cases import CASES, Case, find_case
from explorer.cli.bench.images import write_random_mnist
from explorer.config.stacking import stack_key
from explorer.data.splits import load_splits
from explorer.models.architecture import count_parameters
from explorer.records import RunStatus
from explorer.settings import Settings
from explorer.storage.store import open_store

SMALL = find_case("784-10-10")
IMAGES = 1_000


@pytest.fixture
def random_mnist(tmp_path: Path) -> Path:
    write_random_mnist(tmp_path / "random", 60_000, 100)
    return tmp_path / "random"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_both_sides_train_the_same_network(case: Case):
    theirs = sum(parameter.numel() for parameter in typical.network(case.name).parameters())
    assert theirs == count_parameters(case.config().network)


def test_the_fifth_reports_network_has_its_421642_parameters():
    assert sum(parameter.numel() for parameter in typical.network("keras_cnn").parameters()) == 421_642


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_both_sides_take_all_images_in_the_same_batches(case: Case):
    config = case.config()
    assert config.data.train_size == 60_000
    assert config.data.validation_size == 0
    assert config.training.batch_size == case.batch_size
    assert (config.optimizer.name, config.optimizer.learning_rate) == ("adam", 0.001)


def test_the_typical_loop_times_an_epoch(random_mnist: Path):
    result = typical.main(str(random_mnist), SMALL.name, SMALL.batch_size, IMAGES)
    assert result["seconds"] > 0
    assert 2.0 < result["loss"] < 4.0  # random labels: about ln 10
    assert result["parameters"] == 784 * 10 + 10 + 10 * 10 + 10
    assert not multiprocessing.active_children()


def test_our_loop_times_an_epoch_on_the_same_images(random_mnist: Path):
    result = ours.main(random_mnist, SMALL, IMAGES)
    assert result["seconds"] > 0
    assert 2.0 < result["loss"] < 4.0
    assert result["parameters"] == 784 * 10 + 10 + 10 * 10 + 10


def test_monitored_counted_and_bare_epochs_are_timed_by_turns(random_mnist: Path):
    result = monitored.main(random_mnist, SMALL, IMAGES, 3)
    assert {side: len(values) for side, values in result.items()} == {"bare": 3, "counted": 3, "monitored": 3}
    assert min(map(min, result.values())) > 0


def test_recorded_runs_are_in_the_store_and_those_alone_are_not(settings: Settings, random_mnist: Path):
    own = replace(settings, data=random_mnist)
    result = recorded.main(own, SMALL, IMAGES, 2, 2)
    assert {side: len(values) for side, values in result.items()} == {"alone": 2, "recorded": 2}
    runs = open_store(own).runs()
    assert [run.status for run in runs] == [RunStatus.FINISHED] * 2
    assert [len(open_store(own).epochs(run.id)) for run in runs] == [3, 3]


def test_replayed_and_eager_epochs_are_timed_in_pairs_also_without_a_gpu(random_mnist: Path):
    config = replace(SMALL, batch_size=64).config(IMAGES, epochs=3)
    splits = load_splits(config.data, random_mnist)
    result = graphs.compare(config, splits, torch.device("cpu"), 2, capture=False)
    assert {side: len(values) for side, values in result.items()} == {"eager": 2, "graph": 2}
    assert min(result["eager"] + result["graph"]) > 0


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU here")
def test_without_a_gpu_graphs_are_left_out_with_a_reason(random_mnist: Path):
    assert graphs.main(random_mnist, SMALL, IMAGES, 1) == {"skipped": "torch finds no CUDA device here"}


@pytest.mark.parametrize("case", stacked.STACKS, ids=lambda case: case.name)
def test_the_networks_of_a_stack_case_can_train_together_and_differ(case: stacked.StackCase):
    configs = case.configs(IMAGES, 2)
    assert len({stack_key(config) for config in configs}) == 1
    assert len(configs) == len({config.model_dump_json() for config in configs}) == case.stack


def test_a_stack_and_one_of_its_networks_are_timed_in_pairs(random_mnist: Path):
    case = replace(stacked.find_stack("20 seeds 784-10-10 b64"), stack=3)
    result = stacked.main(random_mnist, case, IMAGES, 2)
    assert {side: len(values) for side, values in result.items()} == {"one after the other": 2, "stack": 2}
    assert min(map(min, result.values())) > 0


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU here")
def test_without_a_gpu_its_stack_is_left_out_with_a_reason(random_mnist: Path):
    case = next(each for each in stacked.STACKS if each.device == "cuda")
    assert stacked.main(random_mnist, case, IMAGES, 1) == {"skipped": "torch finds no CUDA device here"}


@pytest.mark.cuda
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_on_a_gpu_graphs_are_timed(random_mnist: Path):
    result = graphs.main(random_mnist, SMALL, IMAGES, 3)
    assert len(result["graph"]) == len(result["eager"]) == 3
