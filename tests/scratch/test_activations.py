import numpy as np
import pytest
import torch

from explorer.models.activations import activate as reference
from explorer.scratch.activations import activate, derivative, prelu_slope_gradient
from tests.scratch.samples import ACTIVATIONS

SUMS = np.concatenate((np.linspace(-9, 9, 181), [-800.0, -40.0, 40.0, 800.0, 0.0])).reshape(-1, 2)


def slope_of(name: str) -> np.ndarray | None:
    return np.array([-0.3]) if name == "prelu" else None


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_values_and_derivatives_equal_torchs_kinks_and_extremes_included(name):
    slope = slope_of(name)
    sums = torch.tensor(SUMS, requires_grad=True)
    expected = reference(name, sums, None if slope is None else torch.tensor(slope))
    expected.sum().backward()
    A = activate(name, SUMS, slope)
    np.testing.assert_allclose(A, expected.detach().numpy(), rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(derivative(name, SUMS, A, slope), sums.grad.numpy(), rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_single_precision_stays_single_precision(name):
    Z = SUMS.astype(np.float32)
    slope = None if name != "prelu" else np.array([0.25], np.float32)
    A = activate(name, Z, slope)
    assert A.dtype == derivative(name, Z, A, slope).dtype == np.float32


def test_prelus_slope_gradient_sums_what_lies_below_zero():
    dA, Z = np.array([[1.0, 2.0, 3.0]]), np.array([[-1.0, 5.0, -0.5]])
    assert prelu_slope_gradient(dA, Z).tolist() == [1 * -1.0 + 3 * -0.5]
