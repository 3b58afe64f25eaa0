"""The losses at the logits: values of past steps, and gradients written out."""

import torch
from torch import Tensor
from torch.nn import functional

from explorer.config.run import Loss
from explorer.evaluation.losses import per_image_loss


def logit_gradients(loss: Loss, logits: Tensor, targets: Tensor, scale: Tensor, out: Tensor) -> Tensor:
    """``scale`` (a scalar tensor) times the gradient of each image's loss, (K, classes, B), in ``out``.

    ``targets`` are one-hot, broadcastable to the logits; the losses are those of ``per_image_loss``.
    """
    if loss == "binary_cross_entropy":  # σ(z) − t
        return torch.sigmoid(logits, out=out).sub_(targets).mul_(scale)
    torch.softmax(logits, -2, out=out)
    if loss == "cross_entropy":  # softmax(z) − t
        return out.sub_(targets).mul_(scale)
    # With p = softmax(z): ∂/∂z_j of Σ_c (p_c − t_c)² / C is p_j·(g_j − Σ_c p_c·g_c), g = 2(p − t)/C.
    errors = (out - targets).mul_(2 / logits.shape[-2]).mul_(scale)
    errors.sub_((out * errors).sum(-2, keepdim=True))
    return out.mul_(errors)


def losses_and_hits(loss: Loss, logits: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
    """Loss of each image, (batches, B), and how many of each batch were answered rightly, (batches,).

    ``logits`` (batches, classes, B), ``labels`` (batches, B).
    """
    return image_losses(loss, logits, labels), (likeliest(logits) == labels).sum(1)


def image_losses(loss: Loss, logits: Tensor, labels: Tensor) -> Tensor:
    """Loss of each image, (batches, B), of logits (batches, classes, B)."""
    if loss == "cross_entropy":  # over the middle axis it is ten times as fast
        return functional.cross_entropy(logits, labels, reduction="none")
    return per_image_loss(loss, _rows(logits), labels.flatten()).view(labels.shape)


def likeliest(logits: Tensor) -> Tensor:
    """The class with the greatest logit of each image, (batches, B), of logits (batches, classes, B)."""
    return _rows(logits).argmax(dim=1).view(len(logits), -1)


def _rows(logits: Tensor) -> Tensor:
    return logits.transpose(1, 2).reshape(-1, logits.shape[1])
