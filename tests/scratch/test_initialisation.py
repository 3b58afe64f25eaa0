"""Initial weights drawn by NumPy follow the same rules as those drawn by torch."""

import numpy as np
import pytest

from explorer.models.initialisation import PRELU_START as TORCH_PRELU_START
from explorer.models.initialisation import initial_parameters
from explorer.scratch.initialisation import PRELU_START, initialise
from explorer.scratch.parameters import Parameters
from tests.scratch.samples import config

RULES = ("default", "glorot_uniform", "glorot_normal", "he_uniform", "he_normal", "gaussian")


def drawn(seed: int = 0, **network: object) -> Parameters:
    run = config(network={"hidden": [200, 150], **network})
    parameters = Parameters(run.network, np.float64)
    initialise(parameters, run.network, seed)
    return parameters


@pytest.mark.parametrize("biases", ["default", "zeros"])
@pytest.mark.parametrize("rule", RULES)
def test_weights_are_spread_as_torchs_are(rule: str, biases: str):
    mine = drawn(initialisation=rule, biases=biases).arrays()
    run = config(network={"hidden": [200, 150], "initialisation": rule, "biases": biases})
    for name, tensor in initial_parameters(run.network, 0).items():
        theirs, own = tensor.numpy(), mine[name]
        assert own.std() == pytest.approx(theirs.std(), rel=3 / np.sqrt(theirs.size)), name
        assert abs(own.mean()) <= 4 * own.std() / np.sqrt(own.size), name
        if "normal" not in rule and rule != "gaussian":
            assert np.abs(own).max() == pytest.approx(np.abs(theirs).max(), rel=2 / np.sqrt(theirs.size)), (
                name
            )


def test_zeros_are_zeros():
    assert not drawn(initialisation="zeros", biases="zeros").values.any()


def test_slopes_start_where_torchs_start():
    layer = drawn(activation="prelu").layers[0]
    assert layer.slope is not None
    assert layer.slope.tolist() == [PRELU_START] == [TORCH_PRELU_START]


def test_one_seed_one_draw():
    np.testing.assert_array_equal(drawn(3).values, drawn(3).values)
    assert not np.array_equal(drawn(3).values, drawn(4).values)
