import math
from typing import get_args

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional

from explorer.config.run import Loss
from explorer.evaluation.losses import mean_loss, per_image_loss


def drawn(images: int, seed: int, size: float = 3.0) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    logits = torch.randn(images, 10, generator=generator, dtype=torch.float64) * size
    return logits, torch.randint(10, (images,), generator=generator)


def first_reports_formula(logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    t, o = functional.one_hot(labels, 10).double(), 1 / (1 + torch.exp(-logits))
    return -(t * torch.log(o) + (1 - t) * torch.log(1 - o)).sum(1)


REFERENCES = {
    "cross_entropy": lambda logits, labels: -torch.log_softmax(logits, 1)[torch.arange(len(labels)), labels],
    "mean_squared_error": lambda logits, labels: functional.mse_loss(
        logits.softmax(1), functional.one_hot(labels, 10).double(), reduction="none"
    ).mean(1),
    "binary_cross_entropy": first_reports_formula,
}


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 40), st.integers(0, 1000))
@pytest.mark.parametrize("loss", get_args(Loss))
def test_every_loss_equals_its_formula_on_each_image_and_on_the_mean(loss, images, seed):
    logits, labels = drawn(images, seed)
    expected = REFERENCES[loss](logits, labels)
    torch.testing.assert_close(per_image_loss(loss, logits, labels), expected)
    torch.testing.assert_close(mean_loss(loss, logits, labels), expected.mean())


@pytest.mark.parametrize(
    ("loss", "expected"),
    [
        # Ten equal logits of 0: softmax is 0.1 everywhere, sigmoid 0.5.
        ("cross_entropy", math.log(10)),
        ("mean_squared_error", (0.9**2 + 9 * 0.1**2) / 10),
        ("binary_cross_entropy", 10 * math.log(2)),
    ],
)
def test_a_network_that_knows_nothing_has_the_loss_counted_by_hand(loss, expected):
    value = mean_loss(loss, torch.zeros(4, 10), torch.tensor([0, 3, 9, 5]))
    assert value.item() == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("loss", get_args(Loss))
def test_the_gradient_of_the_mean_loss_agrees_with_finite_differences(loss):
    logits, labels = drawn(5, seed=0, size=1.0)
    assert torch.autograd.gradcheck(lambda values: mean_loss(loss, values, labels), logits.requires_grad_())


@pytest.mark.parametrize("loss", get_args(Loss))
def test_huge_logits_give_finite_losses_and_gradients(loss):
    logits = torch.full((2, 10), -1e4)
    logits[0, 3] = 1e4
    logits.requires_grad_()
    value = mean_loss(loss, logits, torch.tensor([3, 0]))
    value.backward()
    assert math.isfinite(value.item())
    assert logits.grad.isfinite().all()


@pytest.mark.parametrize("loss", get_args(Loss))
def test_a_sure_and_right_answer_costs_nothing_and_a_sure_and_wrong_one_much(loss):
    logits = torch.full((2, 10), -40.0)
    logits[:, 3] = 40.0
    right, wrong = per_image_loss(loss, logits, torch.tensor([3, 4])).tolist()
    assert right == pytest.approx(0, abs=1e-6)
    assert wrong == pytest.approx(
        {"cross_entropy": 80, "mean_squared_error": 0.2, "binary_cross_entropy": 80}[loss]
    )
