"""The loops that are timed: that they train, on equal networks, and hand back what the table needs."""

import multiprocessing
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from explorer.cli.bench import graphs, monitored, ours, plain_graph, recorded, stacked, studied, typical
from explorer.cli.bench.cases import CASES, Case, find_case
from explorer.cli.bench.first_point import wait_until
from explorer.cli.bench.images import write_random_mnist
from explorer.cli.bench.stack_cases import STACKS, STUDY, StackCase, find_stack
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
    result = typical.main(str(random_mnist), SMALL.name, SMALL.batch_size, IMAGES, "sgd")
    assert result["seconds"] > 0
    assert 2.0 < result["loss"] < 4.0  # random labels: about ln 10
    assert result["parameters"] == 784 * 10 + 10 + 10 * 10 + 10
    wait_until(lambda: not multiprocessing.active_children(), "processes that load images are left")


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
    assert plain_graph.main(random_mnist, IMAGES, 1) == {"skipped": "torch finds no CUDA device here"}
    assert studied.main(random_mnist, IMAGES) == {"skipped": "torch finds no CUDA device here"}


@pytest.mark.parametrize("case", [*STACKS, STUDY], ids=lambda case: case.name)
def test_the_networks_of_a_stack_case_have_one_shape_and_differ(case: StackCase):
    configs = case.configs(IMAGES, 2)
    assert len({stack_key(config) for config in configs}) == 1
    assert len(configs) == len({config.model_dump_json() for config in configs}) == case.stack


def test_the_study_of_activations_has_five_seeds_of_each_from_glorots_weights():
    configs = STUDY.configs(IMAGES, 1)
    assert [config.network.activation for config in configs[::5]] == ["sigmoid", "tanh", "relu"]
    assert [config.training.seed for config in configs] == [0, 1, 2, 3, 4] * 3
    assert {config.network.initialisation for config in configs} == {"glorot_uniform"}


def test_the_whole_study_trains_all_its_runs_to_the_end_also_without_a_gpu(random_mnist: Path):
    result = studied.study(random_mnist, 100, torch.device("cpu"), epochs=2)
    assert (result["runs"], result["epochs"]) == (15, 2)
    assert 0 < result["training"] < result["seconds"]


def test_a_plan_of_two_lanes_is_timed_with_a_process_for_the_second(
    random_mnist: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    case = find_stack("20 rates 784-10-10 b64")
    configs = case.configs(IMAGES, 2)
    lanes = stacked.lanes_of_plan(configs, torch.device("cpu"), 2)
    assert lanes == [[list(range(10))], [list(range(10, 20))]]
    assert stacked.lanes_of_plan(find_stack("5 x lenet b256").configs(IMAGES, 2), torch.device("cpu"), 2) == [
        [[0], [2], [4]],
        [[1], [3]],
    ]
    result = stacked.main(random_mnist, case, IMAGES, 1)
    assert {side: len(values) for side, values in result.items()} == {"one after the other": 1, "stack": 1}
    assert torch.get_num_threads() == 1


def test_the_plain_loop_of_a_graph_trains_as_long_as_ours_also_without_a_gpu(random_mnist: Path):
    config = find_stack(plain_graph.CASE).configs(IMAGES, 2)[0]
    splits = load_splits(config.data, random_mnist)
    result = plain_graph.compare(config, splits, torch.device("cpu"), 1, capture=False)
    assert {side: len(values) for side, values in result.items()} == {"ours": 1, "plain": 1}
    assert min(map(min, result.values())) > 0


def test_a_stack_and_one_of_its_networks_are_timed_in_pairs(random_mnist: Path):
    case = replace(find_stack("20 seeds 784-10-10 b64"), stack=3)
    result = stacked.main(random_mnist, case, IMAGES, 2)
    assert {side: len(values) for side, values in result.items()} == {"one after the other": 2, "stack": 2}
    assert min(map(min, result.values())) > 0


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU here")
def test_without_a_gpu_its_stack_is_left_out_with_a_reason(random_mnist: Path):
    case = next(each for each in STACKS if each.device == "cuda")
    assert stacked.main(random_mnist, case, IMAGES, 1) == {"skipped": "torch finds no CUDA device here"}


@pytest.mark.cuda
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_on_a_gpu_graphs_are_timed(random_mnist: Path):
    result = graphs.main(random_mnist, SMALL, IMAGES, 3)
    assert len(result["graph"]) == len(result["eager"]) == 3


@pytest.mark.cuda
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_on_a_gpu_the_whole_study_is_timed(random_mnist: Path):
    result = studied.main(random_mnist, IMAGES)
    assert (result["runs"], result["epochs"]) == (15, 15)
    assert result["seconds"] > result["training"] > 0


@pytest.mark.cuda
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_on_a_gpu_a_stack_and_a_plain_graph_are_timed(random_mnist: Path):
    case = next(each for each in STACKS if each.device == "cuda")
    result = stacked.main(random_mnist, case, IMAGES, 2)
    assert len(result["one after the other"]) == len(result["stack"]) == 2
    result = plain_graph.main(random_mnist, IMAGES, 2)
    assert len(result["ours"]) == len(result["plain"]) == 2
