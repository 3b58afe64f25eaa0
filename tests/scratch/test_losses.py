import numpy as np
import pytest
import torch

from explorer.evaluation.losses import per_image_loss
from explorer.scratch.losses import COSTS, softmax
from tests.scratch.samples import LOSSES

TARGETS = np.eye(10)[np.arange(40) % 10].T


@pytest.mark.parametrize("spread", [0.1, 3.0, 300.0])
@pytest.mark.parametrize("loss", LOSSES)
def test_losses_and_their_gradients_equal_torchs(loss, spread):
    Z = np.random.default_rng(1).normal(0, spread, (10, 40))
    logits = torch.tensor(Z.T, requires_grad=True)
    expected = per_image_loss(loss, logits, torch.tensor(TARGETS.argmax(axis=0)))
    expected.sum().backward()
    np.testing.assert_allclose(COSTS[loss].per_image(Z, TARGETS), expected.detach(), rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(COSTS[loss].gradient(Z, TARGETS), logits.grad.T, rtol=1e-10, atol=1e-14)


def test_softmax_columns_sum_to_one_and_bear_huge_logits():
    P = softmax(np.array([[1000.0, 0.0], [1000.0, 0.0], [-1000.0, 0.0]]))
    np.testing.assert_allclose(P, [[0.5, 1 / 3], [0.5, 1 / 3], [0, 1 / 3]])


def test_losses_by_hand():
    Z, Y = np.zeros((10, 1)), TARGETS[:, :1]
    assert COSTS["cross_entropy"].per_image(Z, Y)[0] == pytest.approx(np.log(10))
    assert COSTS["mean_squared_error"].per_image(Z, Y)[0] == pytest.approx((0.9**2 + 9 * 0.1**2) / 10)
    assert COSTS["binary_cross_entropy"].per_image(Z, Y)[0] == pytest.approx(10 * np.log(2))
