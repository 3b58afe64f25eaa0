from typing import get_args

import pytest
import torch

from explorer.config.run import Activation, Network
from explorer.evaluation.units import UnitWatch, inactive_share
from explorer.models.network import DigitNetwork, build

WITHOUT_SATURATION = sorted(set(get_args(Activation)) - {"sigmoid", "tanh", "relu"})


def with_offsets(network: Network, prefix: str, offset: float, silent: tuple[int, ...]) -> DigitNetwork:
    """A network in which only the ``silent`` units of one layer have this bias; all others answer freely."""
    module = build(network, torch.Generator().manual_seed(0)).eval()
    with torch.no_grad():
        module.get_parameter(f"{prefix}.bias").fill_(0.5)
        module.get_parameter(f"{prefix}.bias")[list(silent)] = offset
    return module


def watch(module: DigitNetwork, images: torch.Tensor, batch: int = 50) -> UnitWatch:
    units = UnitWatch(module.config.activation)
    with torch.inference_mode():
        for start in range(0, len(images), batch):
            units.watch(module.answer(images[start : start + batch])[1])
    return units


@pytest.fixture
def images() -> torch.Tensor:
    return torch.rand(120, 1, 28, 28, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize(
    ("activation", "offset"),
    [("relu", -1e3), ("sigmoid", -1e3), ("sigmoid", 1e3), ("tanh", -1e3), ("tanh", 1e3)],
)
def test_a_network_built_with_three_dead_units_has_exactly_three(images, activation, offset):
    network = Network(hidden=(16,), activation=activation)
    units = watch(with_offsets(network, "hidden.0", offset, (2, 5, 11)), images)
    assert units.dead_units()[0].nonzero().flatten().tolist() == [2, 5, 11]
    assert units.dead_shares() == (3 / 16,)


def test_every_hidden_layer_is_watched_in_order(images):
    blocks = ({"filters": 6, "kernel": 3},)
    module = build(
        Network(kind="cnn", blocks=blocks, hidden=(40, 30)), torch.Generator().manual_seed(0)
    ).eval()
    maps, first, second = module.answer(images)[1]
    expected = [(values == 0).transpose(0, 1).flatten(1).all(1) for values in (maps, first, second)]
    assert expected[1].any()  # some of the first hidden layer are dead from the start on these images
    for ours, theirs in zip(watch(module, images, batch=17).dead_units(), expected, strict=True):
        assert torch.equal(ours, theirs)


@pytest.mark.parametrize("pooling", [1, 2])
@pytest.mark.parametrize(("activation", "offset"), [("relu", -1e3), ("sigmoid", -1e3), ("tanh", -1e3)])
def test_a_filter_is_dead_if_its_map_is_dead_everywhere(images, activation, offset, pooling):
    blocks = ({"filters": 6, "kernel": 3, "pooling": pooling},)
    network = Network(kind="cnn", blocks=blocks, hidden=(8,), activation=activation)
    units = watch(with_offsets(network, "convolution.0", offset, (0, 1, 4)), images)
    assert units.dead_units()[0].nonzero().flatten().tolist() == [0, 1, 4]
    assert units.dead_shares()[0] == 0.5


def test_a_filter_with_one_live_place_in_one_image_lives():
    units, maps = UnitWatch("relu"), torch.zeros(3, 2, 4, 4)
    maps[2, 1, 3, 0] = 1e-30
    units.watch([maps])
    assert units.dead_units()[0].tolist() == [True, False]


def test_a_unit_that_answers_one_image_of_the_last_batch_lives():
    units = UnitWatch("relu")
    units.watch([torch.zeros(5, 2)])
    units.watch([torch.tensor([[0.0, 0.0], [0.0, 1e-30]])])
    assert units.dead_units()[0].tolist() == [True, False]
    units.watch([torch.zeros(5, 2)])
    assert units.dead_shares() == (0.5,)


@pytest.mark.parametrize(
    ("activation", "column", "is_dead"),
    [
        ("sigmoid", [0.0009, 0.0001, 0.0], True),
        ("sigmoid", [0.0009, 0.0011, 0.0], False),
        ("sigmoid", [0.9991, 1.0, 0.9995], True),
        ("sigmoid", [0.9991, 0.9989, 1.0], False),
        ("sigmoid", [0.0001, 0.9999, 1.0], True),  # saturated on every image, though not at one end
        ("sigmoid", [0.0001, 0.9999, 0.5], False),
        ("tanh", [0.9991, -0.9991, 1.0], True),
        ("tanh", [0.9991, 0.9989, 1.0], False),
        ("tanh", [0.0, 0.0, 0.0], False),  # in the middle of its bend: as alive as can be
        ("relu", [0.0, 0.0, 0.0], True),
        ("relu", [0.0, 1e-20, 0.0], False),
        ("identity", [0.0, 0.0, 0.0], True),
        ("elu", [-1.0, -1.0, -1.0], False),
    ],
)
def test_dead_means_saturated_or_zero_on_every_image(activation, column, is_dead):
    units = UnitWatch(activation)
    units.watch([torch.tensor(column).unsqueeze(1)])
    assert units.dead_units()[0].tolist() == [is_dead]


@pytest.mark.parametrize("activation", WITHOUT_SATURATION)
def test_activations_without_an_end_are_dead_only_where_nothing_but_zero_comes_out(images, activation):
    network = Network(hidden=(16,), activation=activation)
    module = with_offsets(network, "hidden.0", -3.0, (2, 5, 11))
    assert watch(module, images).dead_shares() == (0.0,)
    with torch.no_grad():
        module.get_parameter("hidden.0.weight")[7] = 0
        module.get_parameter("hidden.0.bias")[7] = 0
    assert watch(module, images).dead_units()[0].nonzero().flatten().tolist() == [7]


def test_a_watch_that_saw_nothing_reports_nothing():
    assert UnitWatch("relu").dead_shares() == ()
    assert UnitWatch("relu").dead_units() == ()


def test_the_inactive_share_counts_pairs_of_unit_and_image():
    gradients = torch.tensor([[0.0, 1e-6, -1e-6, -1e-4], [1e-4, -2e-5, 9.9e-6, 0.0]])
    assert inactive_share(gradients).item() == 5 / 8


def test_the_inactive_share_of_a_convolution_counts_pairs_of_filter_and_image():
    gradients = torch.zeros(2, 3, 4, 4)
    gradients[0, 1, 2, 3] = -1e-3
    gradients[1, 2] = 1e-6
    assert inactive_share(gradients).item() == pytest.approx(5 / 6)


def test_a_unit_that_is_silenced_by_relu_is_inactive():
    module = with_offsets(Network(hidden=(16,)), "hidden.0", -1e3, (2, 5, 11))
    sums: list[torch.Tensor] = []
    logits = module(torch.rand(20, 1, 28, 28), keep_sums=sums)
    (gradient,) = torch.autograd.grad(torch.nn.functional.cross_entropy(logits, torch.arange(20) % 10), sums)
    assert inactive_share(gradient[:, [2, 5, 11]]).item() == 1
    assert inactive_share(gradient).item() < 0.5
