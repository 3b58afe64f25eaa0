"""The written-out passes: against autograd, against numerical gradients, and by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.scratch.backpropagation import forward, weighted_sums
from explorer.scratch.gradient_check import mean_cost, numerical_gradient
from explorer.scratch.noise import Noise, silence
from explorer.scratch.parameters import Layer
from explorer.scratch.step import find_gradient
from tests.scratch.samples import (
    ACTIVATIONS,
    LOSSES,
    batch,
    by_autograd,
    config,
    gradients_by_name,
    network,
)


@pytest.mark.parametrize("depth", [1, 2, 3])
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("activation", ACTIVATIONS)
@settings(max_examples=4, deadline=None)
@given(st.data())
def test_gradients_equal_autograds(activation: str, loss: str, depth: int, data: st.DataObject):
    hidden = data.draw(st.lists(st.integers(1, 12), min_size=depth, max_size=depth))
    reduction = data.draw(st.sampled_from(("mean", "sum")))
    seed, size = data.draw(st.integers(0, 10**6)), data.draw(st.integers(1, 20))
    run = config(
        network={"hidden": hidden, "activation": activation}, loss=loss, optimizer={"reduction": reduction}
    )
    parameters, (X, Y) = network(run, seed), batch(size, seed)
    logits, expected = by_autograd(run, parameters, X, Y)
    trace = find_gradient(run, parameters, X, Y, silence())
    np.testing.assert_allclose(trace.logits, logits, rtol=1e-9, atol=1e-12)
    found = gradients_by_name(run, parameters)
    assert found.keys() == expected.keys()
    for name, gradient in expected.items():
        # Relative to the parameter's largest: where terms cancel out, a single number is all rounding.
        greatest = np.abs(gradient).max()
        np.testing.assert_allclose(found[name], gradient, rtol=1e-6, atol=1e-9 * greatest, err_msg=name)


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("activation", ["sigmoid", "prelu", "gelu"])
def test_gradients_equal_the_slope_of_the_loss(activation: str, loss: str):
    run = config(network={"hidden": [4, 3], "activation": activation}, loss=loss)
    parameters, (X, Y) = network(run), batch(5)
    find_gradient(run, parameters, X, Y, silence())
    for layer, gradient in list(zip(parameters.layers, parameters.gradients, strict=True))[1:]:
        slopes = numerical_gradient(lambda: mean_cost(parameters, activation, loss, X, Y), layer.W)
        np.testing.assert_allclose(gradient.W, slopes, rtol=1e-5, atol=1e-9)


def test_the_numerical_gradient_leaves_the_parameters_as_they_were():
    values = np.array([1.0, 2.0])
    gradient = numerical_gradient(lambda: float((values**3).sum()), values)
    np.testing.assert_allclose(gradient, [3, 12], rtol=1e-8)
    assert values.tolist() == [1.0, 2.0]


def test_weighted_sums_by_hand():
    layer = Layer(W=np.array([[1.0, 2.0], [0.0, -1.0]]), b=np.array([[0.5], [1.0]]), slope=None)
    assert weighted_sums(layer, np.array([[3.0, 0.0], [4.0, 1.0]])).tolist() == [[11.5, 2.5], [-3.0, 0.0]]


def test_a_trace_shows_every_value_with_its_shape():
    run = config(network={"hidden": [7, 5]})
    parameters, (X, Y) = network(run), batch(3)
    trace = find_gradient(run, parameters, X, Y, silence())
    assert [own.Z.shape for own in trace.forward] == [(7, 3), (5, 3), (10, 3)]
    assert [own.X.shape for own in trace.forward] == [(784, 3), (7, 3), (5, 3)]
    assert [own.dZ.shape for own in trace.backward] == [(7, 3), (5, 3), (10, 3)]
    assert [own.dW.shape for own in trace.backward] == [(7, 784), (5, 7), (10, 5)]
    assert [own.db.shape for own in trace.backward] == [(7, 1), (5, 1), (10, 1)]
    assert trace.backward[-1].dA is None
    np.testing.assert_array_equal(trace.backward[1].db[:, 0], trace.backward[1].dZ.sum(axis=1))
    assert all(np.shares_memory(own.dW, parameters.gradient) for own in trace.backward)


def test_dropout_silences_the_same_units_forward_and_back():
    run = config(network={"hidden": [200], "activation": "sigmoid", "dropout": 0.3})
    parameters, (X, Y) = network(run), batch(50)
    noise = Noise(0.3, 0.0, 0.0, np.random.default_rng(0))
    trace = find_gradient(run, parameters, X, Y, noise)
    hidden = trace.forward[0]
    silent = hidden.passed == 0
    assert silent.mean() == pytest.approx(0.3, abs=0.02)
    np.testing.assert_allclose(hidden.passed[~silent], hidden.A[~silent] / 0.7)
    assert not trace.backward[0].dZ[silent].any()
    assert trace.backward[0].dZ[~silent].any()


def test_noise_has_its_sigma_on_the_way_forward_and_back():
    run = config(network={"hidden": [200], "activation": "identity"})
    parameters, (X, Y) = network(run), batch(50)
    noisy = find_gradient(run, parameters, X, Y, Noise(0.0, 0.2, 0.5, np.random.default_rng(0)))
    hidden, back = noisy.forward[0], noisy.backward[0]
    assert (hidden.passed - hidden.A).std() == pytest.approx(0.2, rel=0.05)
    assert back.dA is not None
    without = parameters.layers[1].W.T @ noisy.backward[1].dZ
    assert (back.dA - without).std() == pytest.approx(0.5, rel=0.05)


def test_noise_on_sums_is_on_those_of_every_layer_forward_and_back():
    run = config(network={"hidden": [200], "activation": "identity"})
    parameters, (X, Y) = network(run), batch(50)
    noise = Noise(0.0, 0.2, 0.5, np.random.default_rng(0), disturbs_sums=True)
    trace = find_gradient(run, parameters, X, Y, noise)
    for layer, passed in zip(parameters.layers, trace.forward, strict=True):
        assert (passed.Z - weighted_sums(layer, passed.X)).std() == pytest.approx(0.2, rel=0.1)
    hidden, output = trace.forward[0], trace.backward[1]
    assert hidden.passed is hidden.A
    without = parameters.layers[1].W.T @ output.dZ
    assert (trace.backward[0].dZ - without).std() == pytest.approx(0.5, rel=0.05)
    assert output.dZ.std() == pytest.approx(0.5, rel=0.1)


def test_without_noise_nothing_lies_between_two_layers():
    run = config(network={"hidden": [6, 5]})
    first, second, _ = forward(network(run).layers, "relu", batch(4)[0], silence())
    assert first.passed is first.A
    assert second.X is first.A
    assert first.mask is None
