"""Activation kernels against the functions and derivatives of autograd."""

import pytest
import torch

from explorer.models.activations import activate
from explorer.training.bends import BENDS, bend_prelu, bend_prelu_back
from tests.training.samples import ACTIVATIONS


def sums() -> torch.Tensor:
    torch.manual_seed(0)
    values = 2 * torch.randn(2, 4, 9, dtype=torch.float64)
    values[0, 0, 0] = 0.0
    return values


@pytest.mark.parametrize("name", [name for name in ACTIVATIONS if name != "prelu"])
@pytest.mark.parametrize("overwrite", [True, False])
def test_forward_and_backward_equal_autograd(name: str, overwrite: bool) -> None:
    bend, given = BENDS[name], sums().requires_grad_()
    expected = activate(name, given)
    gradients = torch.randn(2, 4, 9, dtype=torch.float64)
    expected.backward(gradients)
    before = given.detach().clone()
    out = before if bend.in_place and overwrite else torch.empty_like(before)
    if name == "identity":
        out = before
    bend.forward(before, out)
    torch.testing.assert_close(out, expected.detach())
    kept = out if bend.in_place else given.detach()
    result = gradients if overwrite else torch.empty_like(gradients)
    bend.backward(gradients, kept, result)
    torch.testing.assert_close(result, given.grad)


@pytest.mark.parametrize("slope", [0.25, -0.5])
def test_prelu_equals_autograd_slope_and_all(slope: float) -> None:
    given, slopes = sums().requires_grad_(), torch.full((2, 1), slope, dtype=torch.float64).requires_grad_()
    expected = torch.stack([torch.nn.functional.prelu(given[k], slopes[k]) for k in range(2)])
    gradients = torch.randn(2, 4, 9, dtype=torch.float64)
    expected.backward(gradients)
    out, slope_gradients = torch.empty_like(given), torch.empty(2, 1, dtype=torch.float64)
    bend_prelu(given.detach(), slopes.detach(), out)
    torch.testing.assert_close(out, expected.detach())
    bend_prelu_back(gradients, given.detach(), slopes.detach(), slope_gradients, gradients)
    torch.testing.assert_close(gradients, given.grad)
    torch.testing.assert_close(slope_gradients, slopes.grad)
