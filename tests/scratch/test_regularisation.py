import numpy as np
import pytest
import torch

from explorer.config.run import Regularisation
from explorer.scratch.regularisation import clip, penalise
from tests.scratch.samples import config, network


def test_penalties_add_the_gradient_of_lambda_w_squared_and_of_lambda_absolute_w():
    parameters = network(config(network={"hidden": [5, 4], "activation": "prelu"}))
    parameters.layers[1].W[0, 0] = 0
    penalise(parameters, Regularisation(l2=0.1, l1=0.01))
    for layer, gradient in zip(parameters.layers, parameters.gradients, strict=True):
        np.testing.assert_allclose(gradient.W, 0.2 * layer.W + 0.01 * np.sign(layer.W))
        assert not gradient.b.any()
        assert gradient.slope is None or not gradient.slope.any()


@pytest.mark.parametrize("greatest", [0.5, 100.0])
def test_clipping_equals_torchs(greatest):
    gradient = np.random.default_rng(0).normal(size=1000)
    tensor = torch.zeros(1000, dtype=torch.float64, requires_grad=True)
    tensor.grad = torch.tensor(gradient)
    torch.nn.utils.clip_grad_norm_([tensor], greatest)
    clip(gradient, greatest)
    np.testing.assert_allclose(gradient, tensor.grad.numpy(), rtol=1e-12)
