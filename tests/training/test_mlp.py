"""The written-out network: gradients against autograd, numbers counted by hand, stacks."""

from itertools import pairwise
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.nn import functional

from explorer.config.run import RunConfig
from explorer.evaluation.losses import mean_loss
from explorer.models.activations import activate
from explorer.models.architecture import parameter_shapes
from explorer.training.mlp import ExplicitNetwork
from explorer.training.noise import Noise
from explorer.training.parameters import FlatParameters
from tests.training.samples import ACTIVATIONS, CPU, LOSSES, config


def network(
    run: RunConfig, stack: int = 1, dtype: torch.dtype = torch.float64, seed: int = 0
) -> tuple[ExplicitNetwork, FlatParameters]:
    """Weights large enough to bend what passes, different in every network of the stack."""
    parameters = FlatParameters(parameter_shapes(run.network), stack, CPU, dtype)
    generator = torch.Generator().manual_seed(seed)
    for name in parameters.shapes:
        value = parameters.value(name)
        value.copy_(
            torch.randn(value.shape, generator=generator, dtype=dtype) * (0.05 if "0.weight" in name else 0.5)
        )
    made = ExplicitNetwork([run] * stack, parameters, Noise([run] * stack, CPU))
    made.start_epoch(seed)
    return made, parameters


def batch(
    size: int, stack: int = 1, dtype: torch.dtype = torch.float64
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    generator = torch.Generator().manual_seed(size)
    images = torch.rand(1, size, 784, generator=generator, dtype=dtype)
    labels = torch.randint(0, 10, (size,), generator=generator)
    targets = functional.one_hot(labels, 10).t().to(dtype).unsqueeze(0)
    return images, labels, targets, torch.empty(stack, 10, size, dtype=dtype)


def by_autograd(
    run: RunConfig, parameters: FlatParameters, index: int, images: Tensor, labels: Tensor
) -> tuple[Tensor, dict[str, Tensor]]:
    """Logits (B, 10) and gradients of one network of the stack, by functions of torch alone."""
    leaves = {name: parameters.value(name)[index].clone().requires_grad_() for name in parameters.shapes}
    values = images
    for layer in range(len(run.network.hidden)):
        values = functional.linear(values, leaves[f"hidden.{layer}.weight"], leaves[f"hidden.{layer}.bias"])
        values = activate(run.network.activation, values, leaves.get(f"hidden.{layer}.slope"))
    logits = functional.linear(values, leaves["output.weight"], leaves["output.bias"])
    loss = mean_loss(run.loss, logits, labels)
    (loss * (len(labels) if run.optimizer.reduction == "sum" else 1)).backward()
    return logits.detach(), {name: leaf.grad for name, leaf in leaves.items() if leaf.grad is not None}


@settings(max_examples=120, deadline=None, derandomize=True)
@given(
    activation=st.sampled_from(ACTIVATIONS),
    loss=st.sampled_from(LOSSES),
    hidden=st.lists(st.integers(1, 20), min_size=1, max_size=4),
    reduction=st.sampled_from(["mean", "sum"]),
    size=st.integers(1, 9),
    stack=st.integers(1, 3),
)
def test_gradients_equal_autograd(  # noqa: PLR0917  # hypothesis passes them by name
    activation: str, loss: str, hidden: list[int], reduction: str, size: int, stack: int
) -> None:
    run = config(
        network={"activation": activation, "hidden": hidden}, loss=loss, optimizer={"reduction": reduction}
    )
    explicit, parameters = network(run, stack)
    images, labels, targets, logits = batch(size, stack)
    for _ in range(2):  # a second step must not see what the first left behind
        explicit.gradients(images, targets, logits, observe=True)
    for index in range(stack):
        expected, gradients = by_autograd(run, parameters, index, images[0], labels)
        torch.testing.assert_close(logits[index].t(), expected, rtol=1e-9, atol=1e-12)
        assert gradients.keys() == parameters.shapes.keys()
        for name, gradient in gradients.items():
            torch.testing.assert_close(parameters.gradient(name)[index], gradient, rtol=1e-7, atol=1e-11)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_single_precision_by_the_fast_products_equals_autograd_too(activation: str) -> None:
    run = config(network={"activation": activation, "hidden": [300, 120]})
    explicit, parameters = network(run, dtype=torch.float32)
    images, labels, targets, logits = batch(96, dtype=torch.float32)
    explicit.gradients(images, targets, logits, observe=False)
    expected, gradients = by_autograd(run, parameters, 0, images[0], labels)
    torch.testing.assert_close(logits[0].t(), expected, rtol=1e-3, atol=1e-3)
    for name, gradient in gradients.items():
        torch.testing.assert_close(parameters.gradient(name)[0], gradient, rtol=1e-3, atol=1e-4)


def test_a_step_counted_by_hand() -> None:
    # One image, one pixel of 2 and one hidden unit with weight 3 and bias 1: 2·3 + 1 = 7 passes the ReLU. The
    # output weights are 0 but that of class 0, which is ln 9 / 7: the logits are (ln 9, 0, …, 0), so
    # class 0 has probability 9 / (9 + 9) = 1/2 and each other 1/18. The label is class 1.
    run = config(network={"hidden": [1]})
    explicit, parameters = network(run)
    parameters.values.zero_()
    parameters.value("hidden.0.weight")[0, 0, 0] = 3
    parameters.value("hidden.0.bias")[0, 0] = 1
    ln9 = torch.tensor(9.0, dtype=torch.float64).log()
    parameters.value("output.weight")[0, 0, 0] = ln9 / 7
    images = torch.zeros(1, 1, 784, dtype=torch.float64)
    images[0, 0, 0] = 2
    targets = torch.zeros(1, 10, 1, dtype=torch.float64)
    targets[0, 1, 0] = 1
    explicit.gradients(images, targets, torch.empty(1, 10, 1, dtype=torch.float64), observe=True)
    at_logits = torch.tensor([1 / 2, 1 / 18 - 1, *[1 / 18] * 8], dtype=torch.float64)
    torch.testing.assert_close(parameters.gradient("output.bias")[0], at_logits)
    torch.testing.assert_close(parameters.gradient("output.weight")[0, :, 0], 7 * at_logits)
    at_unit = (0.5 * ln9 / 7).item()
    assert parameters.gradient("hidden.0.bias").item() == pytest.approx(at_unit)
    assert parameters.gradient("hidden.0.weight")[0, 0, 0].item() == pytest.approx(2 * at_unit)
    assert parameters.gradient("hidden.0.weight").abs().sum().item() == pytest.approx(2 * at_unit)
    assert explicit.sum_gradients[0].item() == pytest.approx(at_unit)
    torch.testing.assert_close(explicit.sum_gradients[1][0, :, 0], at_logits)


def test_answers_are_the_logits_of_the_step_with_the_greatest_activations() -> None:
    run = config(network={"hidden": [30, 20], "activation": "prelu"})
    explicit, _ = network(run)
    images, _, targets, logits = batch(6)
    explicit.gradients(images, targets, logits, observe=False)
    answers, strays = explicit.answer(images[0].view(6, 1, 28, 28), 0, 1)
    torch.testing.assert_close(answers, logits)
    greatest = [work.activations.abs().amax(2) for work in explicit._work[6][:-1]]
    for found, expected in zip(strays, greatest, strict=True):
        torch.testing.assert_close(found, expected)


def changed_by(**sections: Any) -> tuple[ExplicitNetwork, FlatParameters, Tensor]:
    run = config(network={"hidden": [400, 300], **sections.pop("network", {})}, **sections)
    explicit, parameters = network(run)
    images, _, targets, logits = batch(50)
    explicit.gradients(images, targets, logits, observe=True)
    return explicit, parameters, logits.clone()


def test_dropout_silences_its_share_of_units_and_none_in_answers() -> None:
    explicit, _, _ = changed_by(network={"dropout": 0.3, "activation": "sigmoid"})
    for work in explicit._work[50][:-1]:
        share = (work.passed == 0).double().mean().item()
        assert share == pytest.approx(0.3, abs=0.02)
        kept = work.passed != 0
        torch.testing.assert_close(work.passed[kept], work.activations[kept] / 0.7)
        assert bool((work.gradients[~kept] == 0).all())
    images, _, _, _ = batch(50)
    _, strays = explicit.answer(images[0], 0, 1)
    assert all(bool((layer > 0).all()) for layer in strays)


def test_dropout_gradients_equal_autograd_with_the_same_masks() -> None:
    explicit, parameters, logits = changed_by(network={"dropout": 0.4})
    images, labels, _, _ = batch(50)
    leaves = {name: parameters.value(name)[0].clone().requires_grad_() for name in parameters.shapes}
    values = images[0]
    for index in range(2):
        values = functional.linear(values, leaves[f"hidden.{index}.weight"], leaves[f"hidden.{index}.bias"])
        values = torch.relu(values) * explicit._work[50][index].mask[0].t()
    answers = functional.linear(values, leaves["output.weight"], leaves["output.bias"])
    mean_loss("cross_entropy", answers, labels).backward()
    torch.testing.assert_close(logits[0].t(), answers.detach())
    for name, leaf in leaves.items():
        torch.testing.assert_close(parameters.gradient(name)[0], leaf.grad)


def test_forward_noise_has_its_sigma_and_passes_gradients_as_they_are() -> None:
    explicit, _, _ = changed_by(network={"activation": "tanh"}, regularisation={"activation_noise": 0.2})
    for work in explicit._work[50][:-1]:
        noise = work.passed - work.activations
        assert noise.std().item() == pytest.approx(0.2, rel=0.05)
        assert noise.mean().item() == pytest.approx(0.0, abs=0.01)


def test_backward_noise_has_its_sigma_and_leaves_the_logits_alone() -> None:
    _, calm, logits = changed_by(network={"activation": "identity"})
    noisy, disturbed, same = changed_by(
        network={"activation": "identity"}, regularisation={"gradient_noise": 0.5}
    )
    assert torch.equal(logits, same)
    torch.testing.assert_close(calm.gradient("output.weight"), disturbed.gradient("output.weight"))
    last_hidden = noisy._work[50][1].gradients
    without = calm.value("output.weight")[0].t() @ noisy._work[50][2].gradients[0]
    assert (last_hidden[0] - without).std().item() == pytest.approx(0.5, rel=0.05)


def test_forward_noise_on_sums_is_on_those_of_every_layer_and_gradients_follow_it() -> None:
    noisy = {"activation_noise": 0.7, "noise_on": "sums"}
    explicit, parameters, logits = changed_by(network={"activation": "sigmoid"}, regularisation=noisy)
    images, labels, _, _ = batch(50)
    leaves = {name: parameters.value(name)[0].clone().requires_grad_() for name in parameters.shapes}
    values = images[0]
    for index, name in enumerate(("hidden.0", "hidden.1", "output")):
        numbers = explicit._work[50][index].numbers[0].t()
        assert numbers.std().item() == pytest.approx(1, rel=0.1)
        values = functional.linear(values, leaves[f"{name}.weight"], leaves[f"{name}.bias"]) + 0.7 * numbers
        values = torch.sigmoid(values) if name != "output" else values
    mean_loss("cross_entropy", values, labels).backward()
    torch.testing.assert_close(logits[0].t(), values.detach())
    for name, leaf in leaves.items():
        torch.testing.assert_close(parameters.gradient(name)[0], leaf.grad)


def test_backward_noise_on_sums_is_on_the_gradients_of_every_layers_sums() -> None:
    noisy = {"gradient_noise": 0.5, "noise_on": "sums"}
    calm, _, logits = changed_by(network={"activation": "tanh"})
    explicit, parameters, same = changed_by(network={"activation": "tanh"}, regularisation=noisy)
    assert torch.equal(logits, same)
    work, before = explicit._work[50], calm._work[50]
    output = work[2].gradients[0]
    torch.testing.assert_close(output - before[2].gradients[0], 0.5 * work[2].numbers[0])
    torch.testing.assert_close(parameters.gradient("output.weight")[0], output @ work[1].activations[0].t())
    handed_back = parameters.value("output.weight")[0].t() @ output
    own = handed_back * (1 - work[1].activations[0] ** 2)
    torch.testing.assert_close(work[1].gradients[0] - own, 0.5 * work[1].numbers[0])


def test_noise_is_a_function_of_the_generator() -> None:
    flats = [
        changed_by(network={"dropout": 0.5}, regularisation={"activation_noise": 0.1})[1] for _ in range(2)
    ]
    assert torch.equal(flats[0].gradients, flats[1].gradients)


def test_batches_of_two_sizes_take_turns() -> None:
    run = config(network={"hidden": [12, 8]})
    explicit, parameters = network(run)
    seen = []
    for size in (5, 3, 5):
        images, labels, targets, logits = batch(size)
        explicit.gradients(images, targets, logits, observe=False)
        seen.append(parameters.gradients.clone())
        _, gradients = by_autograd(run, parameters, 0, images[0], labels)
        torch.testing.assert_close(parameters.gradient("hidden.0.weight")[0], gradients["hidden.0.weight"])
    assert torch.equal(seen[0], seen[2])
    assert all(not torch.equal(one, other) for one, other in pairwise(seen))
