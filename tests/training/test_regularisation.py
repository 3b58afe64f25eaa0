"""Penalties against autograd, clipping against ``clip_grad_norm_``."""

import pytest
import torch

from explorer.config.run import Regularisation
from explorer.training.parameters import FlatParameters
from explorer.training.regularisation import Penalties
from tests.training.samples import CPU

SHAPES = {"hidden.0.weight": (4, 6), "hidden.0.bias": (4,), "output.weight": (3, 4), "output.bias": (3,)}


def filled() -> FlatParameters:
    parameters = FlatParameters(SHAPES, 1, CPU, torch.float64)
    for flat in (parameters.values, parameters.gradients):
        for name in SHAPES:
            section = parameters.section(flat, name)
            section.copy_(torch.randn(section.shape, dtype=torch.float64))
    return parameters


def test_penalties_equal_autograd_on_weights_alone() -> None:
    torch.manual_seed(0)
    parameters = filled()
    parameters.value("output.weight")[0, 0, 0] = 0.0  # |W| has no slope there; 0 is taken
    before = parameters.gradients.clone()
    weights = {
        name: parameters.value(name).clone().requires_grad_() for name in SHAPES if name.endswith("weight")
    }
    penalty = sum(0.3 * weight.square().sum() + 0.2 * weight.abs().sum() for weight in weights.values())
    penalty.backward()
    Penalties([Regularisation(l2=0.3, l1=0.2)], parameters).penalise()
    for name in SHAPES:
        added = parameters.gradient(name) - parameters.view(before, name)
        expected = weights[name].grad if name in weights else torch.zeros_like(added)
        torch.testing.assert_close(added, expected)


@pytest.mark.parametrize("greatest", [0.5, 1000.0])
def test_clipping_equals_torchs(greatest: float) -> None:
    torch.manual_seed(0)
    parameters = filled()
    theirs = [parameters.value(name).clone().requires_grad_() for name in SHAPES]
    for parameter, name in zip(theirs, SHAPES, strict=True):
        parameter.grad = parameters.gradient(name).clone()
    torch.nn.utils.clip_grad_norm_(theirs, greatest)
    Penalties([Regularisation(clip_norm=greatest)], parameters).clip()
    for parameter, name in zip(theirs, SHAPES, strict=True):
        torch.testing.assert_close(parameters.gradient(name), parameter.grad)
