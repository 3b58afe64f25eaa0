"""Numbers taken apart give what the passes gave."""

import numpy as np

from explorer.scratch import derivation
from explorer.scratch.derivation import Derivation
from explorer.scratch.noise import silence
from explorer.scratch.step import find_gradient
from tests.scratch.samples import batch, config, network


def test_every_number_of_both_passes_is_its_sum():
    run = config(network={"hidden": [4, 3], "activation": "sigmoid"})
    parameters, (X, Y) = network(run), batch(5)
    trace = find_gradient(run, parameters, X, Y, silence())
    layers = parameters.layers
    for own, back, layer in zip(trace.forward, trace.backward, layers, strict=True):
        for unit, image in np.ndindex(own.Z.shape):
            total = derivation.of_weighted_sum(layer, own.X, unit, image).total
            np.testing.assert_allclose(total, own.Z[unit, image], rtol=1e-12, atol=1e-14)
        for unit in range(len(back.dZ)):
            np.testing.assert_allclose(derivation.of_bias_gradient(back.dZ, unit).total, back.db[unit, 0])
            for place in range(0, len(own.X), 7):
                total = derivation.of_weight_gradient(back.dZ, own.X, unit, place).total
                np.testing.assert_allclose(total, back.dW[unit, place], rtol=1e-11, atol=1e-15)
    for index in (0, 1):
        dA = trace.backward[index].dA
        assert dA is not None
        for unit, image in np.ndindex(dA.shape):
            above = trace.backward[index + 1].dZ
            total = derivation.of_input_gradient(layers[index + 1], above, unit, image).total
            np.testing.assert_allclose(total, dA[unit, image], rtol=1e-12, atol=1e-15)


def test_the_largest_terms_come_first_and_zeros_not_at_all():
    terms = Derivation(np.array([1.0, -3.0, 0.0, 2.0]), np.array([2.0, 2.0, 5.0, -0.5]), 10.0)
    assert terms.products.tolist() == [2, -6, 0, -1]
    assert terms.total == 5
    assert terms.largest(2) == [1, 0]
    assert terms.largest(10) == [1, 0, 3]
