"""Automatic gradients in the flat tensors, against a plain module."""

from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from explorer.config.run import RunConfig
from explorer.evaluation.losses import mean_loss
from explorer.models.architecture import parameter_shapes
from explorer.models.initialisation import initial_parameters
from explorer.models.network import build
from explorer.training.autograd import AutogradNetwork
from explorer.training.mlp import ExplicitNetwork
from explorer.training.noise import Noise
from explorer.training.parameters import FlatParameters
from tests.training.samples import CPU, LOSSES, config

CNN = {"kind": "cnn", "blocks": [{"filters": 4, "kernel": 5, "pooling": 2}, {"filters": 6}], "hidden": [12]}


def network(run: RunConfig, seed: int = 3) -> tuple[AutogradNetwork, FlatParameters]:
    parameters = FlatParameters(parameter_shapes(run.network), 1, CPU, torch.float32)
    automatic = AutogradNetwork([run], parameters)
    automatic.start_epoch(seed)
    start = initial_parameters(run.network, seed)
    parameters.load(start)
    for name, buffer in automatic.buffers[0].items():
        buffer.copy_(start[name])
    return automatic, parameters


def batch(size: int = 8) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    generator = torch.Generator().manual_seed(1)
    images, labels = torch.rand(1, size, 1, 28, 28, generator=generator), torch.arange(size) % 10
    return images, labels, functional.one_hot(labels, 10).t().float().unsqueeze(0), torch.empty(1, 10, size)


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("extra", [{}, {"batch_norm": True}, {"activation": "prelu"}, {"activation": "gelu"}])
def test_gradients_equal_those_of_a_plain_module(loss: str, extra: dict[str, Any]) -> None:
    run = config(network={**CNN, **extra}, loss=loss)
    automatic, parameters = network(run)
    module = build(run.network, torch.Generator().manual_seed(3))
    images, labels, targets, logits = batch()
    for _ in range(2):  # gradients must not add up from step to step
        automatic.gradients(images, targets, logits, observe=False)
        module.zero_grad()
        answers = module(images[0])
        mean_loss(loss, answers, labels).backward()
    torch.testing.assert_close(logits[0].t(), answers.detach(), rtol=1e-4, atol=1e-5)
    for name, parameter in module.named_parameters():
        torch.testing.assert_close(parameters.gradient(name)[0], parameter.grad, rtol=1e-3, atol=1e-5)
    for name, buffer in module.named_buffers():
        torch.testing.assert_close(automatic.buffers[0][name], buffer)


def test_both_engines_agree_on_a_perceptron() -> None:
    run = config(network={"hidden": [40, 20], "activation": "tanh"}, optimizer={"reduction": "sum"})
    automatic, parameters = network(run)
    flat = FlatParameters(parameter_shapes(run.network), 1, CPU, torch.float32)
    flat.values.copy_(parameters.values)
    explicit = ExplicitNetwork([run], flat, Noise([run], CPU))
    images, _, targets, logits = batch()
    automatic.gradients(images, targets, logits, observe=True)
    explicit.gradients(images.flatten(2), targets, torch.empty_like(logits), observe=True)
    torch.testing.assert_close(flat.gradients, parameters.gradients, rtol=1e-4, atol=1e-5)
    for ours, theirs in zip(explicit.sum_gradients, automatic.sum_gradients, strict=True):
        assert ours.abs().sum().item() == pytest.approx(theirs[0].abs().sum().item(), rel=1e-4)


def test_the_module_and_the_flat_tensors_share_their_memory() -> None:
    automatic, parameters = network(config(network=CNN))
    images, _, _, _ = batch()
    before, _ = automatic.answer(images[0], 0, 1)
    parameters.values.zero_()
    after, _ = automatic.answer(images[0], 0, 1)
    assert before.abs().sum() > 0
    assert after.abs().sum() == 0


def test_observing_gives_a_gradient_for_every_layer_and_changes_none() -> None:
    for extra in ({}, {"activation": "gelu"}, {"batch_norm": True, "activation": "identity"}):
        automatic, parameters = network(config(network={**CNN, **extra}))
        images, _, targets, logits = batch()
        automatic.gradients(images, targets, logits, observe=False)
        before = parameters.gradients.clone()
        automatic.gradients(images, targets, logits, observe=True)
        assert torch.equal(before, parameters.gradients)
        units = [layer.shape[1] for [layer] in automatic.sum_gradients[:-1]]
        assert units == [4, 6, 12]
        assert automatic.sum_gradients[-1][0].shape == (10, 8)


def test_dropout_spares_convolutions_before_the_last_and_all_answers() -> None:
    run = config(network={**CNN, "dropout": 0.5, "activation": "sigmoid"})
    automatic, _ = network(run)
    images, _, targets, logits = batch()
    automatic.gradients(images, targets, logits, observe=False)
    one = logits.clone()
    automatic.gradients(images, targets, logits, observe=False)
    assert not torch.equal(one, logits)
    assert torch.equal(automatic.answer(images[0], 0, 1)[0], automatic.answer(images[0], 0, 1)[0])
    assert automatic.parameters.gradient("convolution.0.weight").abs().sum() > 0


@pytest.mark.parametrize("activation", ["relu", "identity", "gelu"])
def test_backward_noise_leaves_logits_and_output_gradients_alone(activation: str) -> None:
    calm, noisy = (
        network(config(network={**CNN, "activation": activation}, regularisation={"gradient_noise": sigma}))
        for sigma in (0.0, 0.5)
    )
    images, _, targets, logits = batch()
    calm[0].gradients(images, targets, logits, observe=True)
    before = logits.clone()
    noisy[0].gradients(images, targets, logits, observe=True)
    assert torch.equal(before, logits)
    assert torch.equal(calm[1].gradient("output.weight"), noisy[1].gradient("output.weight"))
    difference = noisy[0].sum_gradients[2][0] - calm[0].sum_gradients[2][0]
    moved = difference[difference != 0]
    if activation == "identity":
        assert moved.std().item() == pytest.approx(0.5, rel=0.25)
    assert len(moved) > 0


def test_noise_on_sums_reaches_the_logits_and_their_gradients() -> None:
    network_of = {**CNN, "activation": "sigmoid"}
    calm, before = network(config(network=network_of))
    images, _, targets, logits = batch(200)
    calm.gradients(images, targets, logits, observe=True)
    undisturbed = logits.clone()
    forward, _ = network(
        config(network=network_of, regularisation={"activation_noise": 0.3, "noise_on": "sums"})
    )
    forward.gradients(images, targets, logits, observe=True)
    assert (logits - undisturbed).std().item() == pytest.approx(0.3, rel=0.1)
    noisy = config(network=network_of, regularisation={"gradient_noise": 0.5, "noise_on": "sums"})
    backward, after = network(noisy)
    backward.gradients(images, targets, logits, observe=True)
    assert torch.equal(logits, undisturbed)
    moved = after.gradient("output.bias")[0] - before.gradient("output.bias")[0]
    assert moved.std().item() == pytest.approx(0.5 * 200**0.5, rel=0.7)
    last = backward.sum_gradients[2][0] - calm.sum_gradients[2][0]
    assert last.std().item() > 0.45


def test_noise_is_a_function_of_the_generator() -> None:
    settings = {"activation_noise": 0.1, "gradient_noise": 0.1}
    run = config(network={**CNN, "dropout": 0.2}, regularisation=settings)
    images, _, targets, logits = batch()
    flats = []
    for _ in range(2):
        automatic, parameters = network(run)
        torch.rand(3)  # the global generator has no say
        automatic.gradients(images, targets, logits, observe=False)
        flats.append(parameters.gradients)
    assert torch.equal(flats[0], flats[1])
