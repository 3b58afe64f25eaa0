import math
from typing import get_args

import pytest
import torch
from torch import nn

from explorer.config.run import Activation
from explorer.models.activations import MONOTONE, activate

REFERENCES = {
    "identity": nn.Identity(),
    "sigmoid": nn.Sigmoid(),
    "tanh": nn.Tanh(),
    "relu": nn.ReLU(),
    "leaky_relu": nn.LeakyReLU(0.01),
    "prelu": nn.PReLU(),
    "elu": nn.ELU(),
    "gelu": nn.GELU(),
    "silu": nn.SiLU(),
}
# Each function at −2 and at 1, by its formula.
BY_FORMULA = {
    "identity": (-2.0, 1.0),
    "sigmoid": (1 / (1 + math.exp(2)), 1 / (1 + math.exp(-1))),
    "tanh": (math.tanh(-2), math.tanh(1)),
    "relu": (0.0, 1.0),
    "leaky_relu": (-0.02, 1.0),
    "prelu": (-0.5, 1.0),
    "elu": (math.exp(-2) - 1, 1.0),
    "gelu": (-2 * 0.5 * (1 + math.erf(-2 / math.sqrt(2))), 0.5 * (1 + math.erf(1 / math.sqrt(2)))),
    "silu": (-2 / (1 + math.exp(2)), 1 / (1 + math.exp(-1))),
}


@pytest.mark.parametrize("name", get_args(Activation))
def test_each_activation_equals_torch(name):
    sums = torch.linspace(-6, 6, 4001).reshape(-1, 1)
    assert torch.equal(activate(name, sums), REFERENCES[name](sums))


@pytest.mark.parametrize("name", get_args(Activation))
def test_each_activation_equals_its_formula(name):
    values = activate(name, torch.tensor([-2.0, 1.0]))
    assert values.tolist() == pytest.approx(BY_FORMULA[name], abs=1e-6)


def test_prelu_takes_the_slope_it_is_given_and_learns_it():
    slope = torch.tensor([0.5], requires_grad=True)
    values = activate("prelu", torch.tensor([[-4.0], [3.0]]), slope)
    values.sum().backward()
    assert values.tolist() == [[-2.0], [3.0]]
    assert slope.grad.tolist() == [-4.0]  # ∂/∂a of a·x where x < 0


@pytest.mark.parametrize("name", sorted(MONOTONE))
def test_what_is_called_monotone_never_falls(name):
    values = activate(name, torch.linspace(-20, 20, 100_001))
    assert (values.diff() >= 0).all()


@pytest.mark.parametrize("name", ["gelu", "silu"])
def test_what_is_not_called_monotone_falls_somewhere(name):
    assert name not in MONOTONE
    assert (activate(name, torch.linspace(-5, 0, 1001)).diff() < 0).any()
