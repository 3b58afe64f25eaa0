from itertools import pairwise
from typing import get_args

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional

from explorer.config.rules import cross_field_problems
from explorer.config.run import Activation, ConvolutionBlock, Initialisation, Network, RunConfig
from explorer.models.architecture import count_parameters, describe, parameter_shapes
from explorer.models.initialisation import initial_parameters
from explorer.models.network import DigitNetwork, build

REFERENCE_ACTIVATIONS = {
    "identity": nn.Identity,
    "sigmoid": nn.Sigmoid,
    "tanh": nn.Tanh,
    "relu": nn.ReLU,
    "leaky_relu": nn.LeakyReLU,
    "prelu": nn.PReLU,
    "elu": nn.ELU,
    "gelu": nn.GELU,
    "silu": nn.SiLU,
}
BLOCKS = (
    {"filters": 4, "kernel": 3, "padding": "same", "pooling": 2},
    {"filters": 5, "kernel": 4, "padding": "same", "pooling": 3},
    {"filters": 6, "kernel": 2, "padding": "valid", "pooling": 1},
)


def fresh(network: Network, seed: int = 0, inputs: int | None = None) -> DigitNetwork:
    return build(network, torch.Generator().manual_seed(seed), inputs=inputs)


def reference(network: Network) -> nn.Sequential:
    """The textbook order, from torch's own layers: sums, norm, activation, pooling."""
    layers: list[nn.Module] = []
    for block in network.blocks:
        padding = "same" if block.padding == "same" else 0
        layers.append(nn.LazyConv2d(block.filters, block.kernel, padding=padding))
        layers += [nn.LazyBatchNorm2d()] if network.batch_norm else []
        layers += [REFERENCE_ACTIVATIONS[network.activation](), nn.MaxPool2d(block.pooling)]
    layers.append(nn.Flatten())
    for units in network.hidden:
        layers.append(nn.LazyLinear(units))
        layers += [nn.LazyBatchNorm1d()] if network.batch_norm else []
        layers.append(REFERENCE_ACTIVATIONS[network.activation]())
    layers.append(nn.LazyLinear(10))
    sequence = nn.Sequential(*layers)
    sequence(torch.zeros(2, 1, 28, 28))
    return sequence


def copy_weights(module: DigitNetwork, sequence: nn.Sequential) -> None:
    """By kind and position: the n-th weight of ours is the n-th weight of theirs."""
    ours: dict[str, list[torch.Tensor]] = {"weight": [], "bias": [], "slope": [], "norm": []}
    for name, value in module.state_dict().items():
        kind = "norm" if ".norm." in name else name.rpartition(".")[2]
        ours[kind].append(value)
    with torch.no_grad():
        for layer in sequence:
            if isinstance(layer, nn.Conv2d | nn.Linear):
                layer.weight.copy_(ours["weight"].pop(0))
                layer.bias.copy_(ours["bias"].pop(0))
            elif isinstance(layer, nn.PReLU):
                layer.weight.copy_(ours["slope"].pop(0))
            elif isinstance(layer, nn.BatchNorm1d | nn.BatchNorm2d):
                for target in (layer.weight, layer.bias, layer.running_mean, layer.running_var):
                    target.copy_(ours["norm"].pop(0))
    assert not any(ours.values())


@st.composite
def networks(draw: st.DrawFn) -> Network:
    is_cnn = draw(st.booleans())
    block = st.builds(
        ConvolutionBlock,
        filters=st.integers(1, 6),
        kernel=st.integers(1, 11),
        padding=st.sampled_from(["same", "valid"]),
        pooling=st.integers(1, 4),
    )
    return Network(
        kind="cnn" if is_cnn else "mlp",
        blocks=tuple(draw(st.lists(block, min_size=1, max_size=4))) if is_cnn else (),
        hidden=tuple(draw(st.lists(st.integers(1, 40), min_size=0 if is_cnn else 1, max_size=8))),
        activation=draw(st.sampled_from(get_args(Activation))),
        dropout=draw(st.sampled_from([0.0, 0.5])),
        batch_norm=draw(st.booleans()),
        initialisation=draw(st.sampled_from(get_args(Initialisation))),
    )


@settings(max_examples=60, deadline=None)
@given(networks())
def test_the_module_has_the_shapes_and_counts_of_the_description(network):
    if cross_field_problems(RunConfig.model_construct(**{**dict(RunConfig()), "network": network})):
        with pytest.raises(ValueError, match=r"larger than its|leave nothing"):
            describe(network)
        return
    module = fresh(network).eval()
    assert sum(parameter.numel() for parameter in module.parameters()) == count_parameters(network)
    shapes = {name: tuple(value.shape) for name, value in module.state_dict().items()}
    assert shapes == parameter_shapes(network)
    with torch.inference_mode():
        logits, activations = module.answer(torch.rand(3, 1, 28, 28))
    rows = [row for row in describe(network) if row.kind != "flatten"]
    # What a hidden layer passes on is its pooled shape, where it pools.
    passed_on = [row.output_shape for row, after in pairwise(rows) if after.kind != "pooling"]
    assert [tuple(values.shape[1:]) for values in activations] == passed_on
    assert logits.shape == (3, 10)
    assert logits.isfinite().all()


@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel")
@pytest.mark.parametrize("batch_norm", [False, True], ids=["plain", "batch norm"])
@pytest.mark.parametrize("activation", get_args(Activation))
def test_a_cnn_answers_and_learns_as_torchs_layers_in_the_textbook_order(activation, batch_norm):
    network = Network(kind="cnn", blocks=BLOCKS, hidden=(12,), activation=activation, batch_norm=batch_norm)
    module, sequence = fresh(network).double(), reference(network).double()
    copy_weights(module, sequence)
    images = torch.rand(16, 1, 28, 28, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    labels = torch.arange(16) % 10
    for training in (True, False):  # in this order: the second pass uses the first one's running statistics
        module.train(training)
        sequence.train(training)
        torch.testing.assert_close(module(images), sequence(images))
    functional.cross_entropy(module(images), labels).backward()
    functional.cross_entropy(sequence(images), labels).backward()
    # Every weight's gradient; no two weights of this network have one shape.
    ours = {tuple(p.shape): p.grad for p in module.parameters() if p.ndim > 1}
    theirs = {tuple(p.shape): p.grad for p in sequence.parameters() if p.ndim > 1}
    assert ours.keys() == theirs.keys()
    for shape, gradient in ours.items():
        torch.testing.assert_close(gradient, theirs[shape])


@pytest.mark.parametrize("batch_norm", [False, True], ids=["plain", "batch norm"])
@pytest.mark.parametrize("activation", get_args(Activation))
def test_an_mlp_answers_as_torchs_layers(activation, batch_norm):
    network = Network(hidden=(20, 15), activation=activation, batch_norm=batch_norm)
    module, sequence = fresh(network), reference(network)
    copy_weights(module, sequence)
    images = torch.rand(16, 1, 28, 28, generator=torch.Generator().manual_seed(1))
    for training in (True, False):
        module.train(training)
        sequence.train(training)
        torch.testing.assert_close(module(images), sequence(images), rtol=1e-4, atol=1e-6)


def test_a_learned_negative_slope_does_not_change_the_order_of_activation_and_pooling():
    network = Network(kind="cnn", blocks=BLOCKS[:1], hidden=(), activation="prelu")
    module, sequence = fresh(network).eval(), reference(network).eval()
    with torch.no_grad():
        module.convolution[0].slope.fill_(-1.5)
    copy_weights(module, sequence)
    images = torch.rand(8, 1, 28, 28) - 0.5
    torch.testing.assert_close(module(images), sequence(images))


@pytest.mark.parametrize("network", [Network(hidden=(30,)), Network(preset="lenet")], ids=["mlp", "lenet"])
def test_the_module_starts_from_the_weights_every_engine_starts_from(network):
    module, weights = fresh(network, seed=9), initial_parameters(network, seed=9)
    assert list(module.state_dict()) == list(weights)
    assert all(torch.equal(value, weights[name]) for name, value in module.state_dict().items())


def test_convolutions_keep_channels_last_in_memory_whatever_the_order_of_their_weights():
    module, images = fresh(Network(preset="keras_cnn")), torch.rand(4, 1, 28, 28)
    expected = module(images)
    for parameter in module.parameters():
        # As a view of one flat tensor would be.
        parameter.data = parameter.data.clone(memory_format=torch.contiguous_format)
    logits, activations = module.answer(images)
    for values in activations[:2]:
        assert values.is_contiguous(memory_format=torch.channels_last)
        assert not values.is_contiguous()
    torch.testing.assert_close(logits, expected)


def test_a_feature_vector_can_stand_in_for_the_image():
    module = fresh(Network(hidden=(300, 150, 70)), inputs=324)
    assert sum(parameter.numel() for parameter in module.parameters()) == 153_930
    assert module(torch.rand(2, 324)).shape == (2, 10)


def test_kept_sums_are_what_the_activations_bend_and_carry_gradients():
    module = fresh(Network(kind="cnn", blocks=BLOCKS[:2], hidden=(12,), activation="tanh"))
    activations: list[torch.Tensor] = []
    sums: list[torch.Tensor] = []
    logits = module(torch.rand(4, 1, 28, 28), activations, sums)
    assert len(sums) == 3
    for before, after in zip(sums, activations, strict=True):
        assert torch.equal(torch.tanh(before), after)
    gradients = torch.autograd.grad(functional.cross_entropy(logits, torch.arange(4)), sums)
    assert all(gradient.abs().sum() > 0 for gradient in gradients)


def test_perturbing_changes_what_the_next_layer_sees_and_not_what_is_kept():
    module = fresh(Network(hidden=(20, 15))).eval()
    images, kept = torch.rand(4, 1, 28, 28), []
    silenced = module(images, kept, perturb=torch.zeros_like)
    torch.testing.assert_close(silenced, module.output.bias.expand(4, 10))
    assert kept[0].abs().sum() > 0


def test_dropout_silences_the_asked_share_of_units_in_training_only():
    module = fresh(Network(hidden=(4000,), dropout=0.3, activation="sigmoid"))
    passed: list[torch.Tensor] = []

    def look(values: torch.Tensor) -> torch.Tensor:
        passed.append(values)
        return values

    images, kept = torch.rand(10, 1, 28, 28), []
    torch.manual_seed(0)
    module(images, kept, perturb=look)
    silent = passed[0] == 0
    assert silent.float().mean().item() == pytest.approx(0.3, abs=0.01)  # 40,000 draws: σ = 0.0023
    torch.testing.assert_close(passed[0][~silent], kept[0][~silent] / 0.7)
    module.eval()
    module(images, perturb=look)
    assert torch.equal(passed[1], kept[0])


def test_dropout_reaches_a_cnn_without_hidden_layers():
    module = fresh(Network(kind="cnn", blocks=BLOCKS[:1], hidden=(), dropout=0.5))
    images = torch.rand(2, 1, 28, 28)
    assert not torch.equal(module(images), module(images))
    module.eval()
    assert torch.equal(module(images), module(images))


def test_batch_norm_survives_a_last_batch_of_one_image():
    module = fresh(Network(hidden=(8,), batch_norm=True))
    module(torch.rand(16, 1, 28, 28))
    image = torch.rand(1, 1, 28, 28)
    mean = module.hidden[0].norm.running_mean.clone()
    logits = module(image)
    assert torch.equal(module.hidden[0].norm.running_mean, mean)
    torch.testing.assert_close(logits, module.eval()(image))
