"""Chains of Jacobians: against autograd, and against the backward pass."""

import numpy as np
import pytest
import torch

from explorer.scratch.jacobians import (
    answer_jacobian,
    as_weights,
    chain,
    loss_slope,
    multiply,
    softmax_jacobian,
    weight_jacobian,
)
from explorer.scratch.losses import probabilities, softmax
from explorer.scratch.noise import silence
from explorer.scratch.step import find_gradient
from tests.scratch.samples import ACTIVATIONS, LOSSES, batch, config, network


def test_the_softmaxs_jacobian_equals_autograds():
    z = np.random.default_rng(0).normal(0, 2, 10)
    expected = torch.autograd.functional.jacobian(lambda x: torch.softmax(x, 0), torch.tensor(z))
    np.testing.assert_allclose(softmax_jacobian(softmax(z[:, None])[:, 0]), expected.numpy(), atol=1e-15)


def test_the_jacobian_of_independent_answers_is_diagonal():
    z = np.random.default_rng(0).normal(0, 2, 10)
    expected = torch.autograd.functional.jacobian(torch.sigmoid, torch.tensor(z))
    p = probabilities("binary_cross_entropy", z[:, None])[:, 0]
    np.testing.assert_allclose(answer_jacobian("binary_cross_entropy", p), expected.numpy(), atol=1e-15)


def test_weights_stand_column_by_column():
    expected = [[3, 0, 5, 0], [0, 3, 0, 5]]
    assert weight_jacobian(np.array([3.0, 5.0]), 2).tolist() == expected
    assert as_weights(np.array([[1, 2, 3, 4, 5, 6]]), 2).tolist() == [[1, 3, 5], [2, 4, 6]]


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_the_product_is_the_images_share_of_the_gradient(activation: str, loss: str):
    run = config(network={"hidden": [4, 3], "activation": activation}, loss=loss)
    parameters, (X, Y) = network(run), batch(3)
    trace = find_gradient(run, parameters, X, Y, silence())
    P = probabilities(loss, trace.logits)
    for layer in range(3):
        shares = []
        for image in range(3):
            factors = chain(
                parameters.layers, activation, loss, trace.forward,
                p=P[:, image], y=Y[:, image], image=image, layer=layer,
            )  # fmt: skip
            assert [factor.kind for factor in factors] == [
                "loss", "answer", *["weights", "bend"] * (2 - layer), "parameters"
            ]  # fmt: skip
            shares.append(as_weights(multiply(factors), len(parameters.layers[layer].W)))
        np.testing.assert_allclose(sum(shares) / 3, trace.backward[layer].dW, rtol=1e-9, atol=1e-12)


def test_loss_and_softmax_cancel_to_answer_minus_target():
    p, y = np.array([0.2, 0.5, 0.3]), np.array([0.0, 1.0, 0.0])
    np.testing.assert_allclose(loss_slope("cross_entropy", p, y), [[0, -2, 0]])
    np.testing.assert_allclose(loss_slope("cross_entropy", p, y) @ softmax_jacobian(p), [p - y], atol=1e-15)
