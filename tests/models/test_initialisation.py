import math
from typing import get_args

import pytest
import torch
from torch import nn

from explorer.config.run import Initialisation, Network
from explorer.models.architecture import parameter_shapes
from explorer.models.initialisation import draw_parameters, initial_parameters

# Standard deviations of the 1,024×784 weights of the first layer, by the papers' formulas; a uniform draw
# from ±b deviates by b/√3.
DEVIATIONS = {
    "default": 1 / math.sqrt(784) / math.sqrt(3),
    "glorot_uniform": math.sqrt(2 / (784 + 1024)),
    "glorot_normal": math.sqrt(2 / (784 + 1024)),
    "he_uniform": math.sqrt(2 / 784),
    "he_normal": math.sqrt(2 / 784),
    "gaussian": 0.03,
    "zeros": 0.0,
}
WIDEST = {
    "default": 1 / math.sqrt(784),
    "glorot_uniform": math.sqrt(6 / (784 + 1024)),
    "he_uniform": math.sqrt(6 / 784),
}
CNN = Network(kind="cnn", blocks=({"filters": 64, "kernel": 5}, {"filters": 128, "kernel": 3}), hidden=(32,))


def with_initialisation(network: Network, name: str) -> Network:
    return network.model_copy(update={"initialisation": name, "initialisation_sigma": 0.03})


@pytest.mark.parametrize("name", get_args(Initialisation))
def test_weights_of_a_large_layer_spread_as_the_formula_says(name):
    weights = initial_parameters(with_initialisation(Network(hidden=(1024,)), name), seed=0)[
        "hidden.0.weight"
    ]
    # 800,000 draws: the sample's deviation is within 0.5 % of the true one, its mean within 5 errors.
    assert weights.std().item() == pytest.approx(DEVIATIONS[name], rel=0.005)
    assert abs(weights.mean().item()) <= 5 * DEVIATIONS[name] / math.sqrt(weights.numel())


@pytest.mark.parametrize("name", sorted(WIDEST))
def test_uniform_draws_fill_their_bounds_and_stay_inside(name):
    weights = initial_parameters(with_initialisation(Network(hidden=(1024,)), name), seed=0)[
        "hidden.0.weight"
    ]
    assert 0.999 * WIDEST[name] < weights.abs().max().item() <= WIDEST[name] * (1 + 1e-6)


@pytest.mark.parametrize("name", ["glorot_normal", "he_normal"])
def test_normal_draws_are_not_cut_off(name):
    weights = initial_parameters(with_initialisation(Network(hidden=(1024,)), name), seed=0)[
        "hidden.0.weight"
    ]
    beyond_two = (weights.abs() > 2 * DEVIATIONS[name]).float().mean().item()
    assert beyond_two == pytest.approx(math.erfc(2 / math.sqrt(2)), rel=0.03)  # 4.55 % of a normal


@pytest.mark.parametrize(
    ("name", "deviation"),
    [
        ("default", 1 / math.sqrt(64 * 9) / math.sqrt(3)),
        ("he_normal", math.sqrt(2 / (64 * 9))),
        ("glorot_normal", math.sqrt(2 / (64 * 9 + 128 * 9))),
    ],
)
def test_a_convolution_counts_its_window_into_its_fans(name, deviation):
    weights = initial_parameters(with_initialisation(CNN, name), seed=0)["convolution.1.weight"]
    assert weights.std().item() == pytest.approx(deviation, rel=0.015)  # 73,728 draws


def test_the_default_draw_is_that_of_torchs_own_layers_under_the_same_seed():
    torch.manual_seed(11)
    reference = nn.Sequential(nn.Linear(784, 20), nn.Linear(20, 30), nn.Linear(30, 10))
    drawn = initial_parameters(Network(hidden=(20, 30)), seed=11)
    for ours, theirs in zip(drawn.values(), reference.parameters(), strict=True):
        torch.testing.assert_close(ours, theirs.detach())


@pytest.mark.parametrize("network", [Network(hidden=(30, 20)), CNN], ids=["mlp", "cnn"])
def test_the_same_seed_draws_the_same_weights_and_another_seed_others(network):
    first, again, other = (initial_parameters(network, seed) for seed in (5, 5, 6))
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not any(torch.equal(first[name], other[name]) for name in first)


def test_drawing_leaves_torchs_global_generator_alone():
    before = torch.get_rng_state()
    initial_parameters(Network(), seed=3)
    assert torch.equal(torch.get_rng_state(), before)


def test_a_generator_that_moved_on_draws_other_weights():
    generator = torch.Generator().manual_seed(0)
    first, second = draw_parameters(Network(), generator), draw_parameters(Network(), generator)
    assert torch.equal(first["output.weight"], initial_parameters(Network(), 0)["output.weight"])
    assert not torch.equal(first["output.weight"], second["output.weight"])


@pytest.mark.parametrize("name", get_args(Initialisation))
def test_biases_are_zero_if_asked_and_torchs_default_otherwise(name):
    network = with_initialisation(Network(hidden=(4096,)), name)
    biases = initial_parameters(network, seed=0)["hidden.0.bias"]
    assert biases.std().item() == pytest.approx(1 / math.sqrt(3 * 784), rel=0.03)
    assert biases.abs().max().item() <= 1 / 28
    zero = initial_parameters(network.model_copy(update={"biases": "zeros"}), seed=0)
    assert not zero["hidden.0.bias"].any()
    assert not zero["output.bias"].any()


def test_slopes_start_at_a_quarter_and_batch_norm_at_doing_nothing():
    drawn = initial_parameters(Network(hidden=(3,), activation="prelu", batch_norm=True), seed=0)
    assert drawn["hidden.0.slope"].tolist() == [0.25]
    assert drawn["hidden.0.norm.weight"].tolist() == [1, 1, 1]
    assert drawn["hidden.0.norm.bias"].tolist() == [0, 0, 0]
    assert drawn["hidden.0.norm.running_mean"].tolist() == [0, 0, 0]
    assert drawn["hidden.0.norm.running_var"].tolist() == [1, 1, 1]


@pytest.mark.parametrize("inputs", [None, 324])
def test_names_shapes_and_order_are_those_of_the_architecture(inputs):
    network = Network(hidden=(7, 5), activation="prelu", batch_norm=True)
    drawn = initial_parameters(network, seed=0, inputs=inputs)
    assert [(name, tuple(value.shape)) for name, value in drawn.items()] == list(
        parameter_shapes(network, inputs=inputs).items()
    )
    assert {value.dtype for value in drawn.values()} == {torch.float32}
    assert {value.device.type for value in drawn.values()} == {"cpu"}
