"""Gradients at the logits against autograd, and the figures of past steps."""

import pytest
import torch
from torch.nn import functional

from explorer.evaluation.losses import per_image_loss
from explorer.training.objectives import logit_gradients, losses_and_hits
from tests.training.samples import LOSSES


@pytest.mark.parametrize("loss", LOSSES)
def test_gradients_equal_autograd(loss: str) -> None:
    torch.manual_seed(0)
    logits = (3 * torch.randn(2, 10, 7, dtype=torch.float64)).requires_grad_()
    labels = torch.randint(0, 10, (7,))
    sum(per_image_loss(loss, network.t(), labels).mean() for network in logits).backward()
    targets = functional.one_hot(labels, 10).t().double().unsqueeze(0)
    out = torch.empty_like(logits)
    gradients = logit_gradients(loss, logits.detach(), targets, torch.tensor(1 / 7).double(), out)
    assert gradients is out
    torch.testing.assert_close(gradients, logits.grad, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("loss", LOSSES)
def test_losses_and_hits_are_those_of_each_image(loss: str) -> None:
    torch.manual_seed(1)
    logits, labels = torch.randn(3, 10, 5), torch.randint(0, 10, (3, 5))
    losses, hits = losses_and_hits(loss, logits, labels)
    expected = torch.stack(
        [per_image_loss(loss, each.t(), own) for each, own in zip(logits, labels, strict=True)]
    )
    torch.testing.assert_close(losses, expected)
    assert torch.equal(hits, (logits.argmax(1) == labels).sum(1))
