"""The numerical gradient beside that of the backward pass."""

import numpy as np
import pytest

from explorer.scratch.gradient_check import Comparison, compare_gradients
from explorer.scratch.parameters import Parameters
from tests.scratch.samples import ACTIVATIONS, LOSSES, config


def small(activation: str = "tanh", loss: str = "cross_entropy", **sections: object):
    run = config(network={"hidden": [4, 3], "activation": activation}, loss=loss, **sections)
    random = np.random.default_rng(1)
    parameters = Parameters(run.network, np.float64, inputs=9)
    parameters.values[:] = random.normal(0, 0.7, parameters.values.shape)
    return run, parameters, random.random((9, 5)), np.eye(10)[random.integers(0, 10, 5)].T


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_both_gradients_agree_in_every_parameter(activation: str, loss: str):
    run, parameters, X, Y = small(activation, loss)
    before = parameters.values.copy()
    compared = compare_gradients(run, parameters, X, Y, most=1000)
    assert tuple(own.name for own in compared) == parameters.names
    assert [own.size for own in compared] == [parameters.view(name).size for name in parameters.names]
    assert max(own.error for own in compared) < 1e-6
    assert not any(own.is_flat for own in compared)
    np.testing.assert_array_equal(parameters.values, before)


def test_the_sum_of_losses_has_the_gradient_of_the_sum():
    run, parameters, X, Y = small(optimizer={"reduction": "sum"})
    assert max(own.error for own in compare_gradients(run, parameters, X, Y, most=1000)) < 1e-6


def test_penalties_are_left_out_of_both():
    run, parameters, X, Y = small(regularisation={"l2": 0.5, "l1": 0.1})
    assert max(own.error for own in compare_gradients(run, parameters, X, Y, most=1000)) < 1e-6


def test_of_large_parameters_a_choice_is_compared():
    run, parameters, X, Y = small()
    first, *_ = compare_gradients(run, parameters, X, Y, most=20)
    again, *_ = compare_gradients(run, parameters, X, Y, most=20)
    assert first.size == 36
    assert len(set(first.places.tolist())) == 20
    assert first.places.tolist() == again.places.tolist()


def test_a_wrong_gradient_is_found():
    right, wrong = np.array([0.5, -2.0, 0.1]), np.array([0.5, -1.9, 0.1])
    assert Comparison("W", np.arange(3), wrong, right, 3).error == pytest.approx(0.05)


def test_a_flat_loss_is_told_from_an_error():
    flat = Comparison("W", np.arange(2), np.zeros(2), np.array([1e-12, 0.0]), 2)
    assert flat.is_flat
    assert flat.error == 0
