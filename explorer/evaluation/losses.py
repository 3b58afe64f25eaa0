"""What training makes small: one number an image, from logits and labels."""

import torch
from torch import Tensor
from torch.nn import functional

from explorer.config.run import Loss


def per_image_loss(loss: Loss, logits: Tensor, labels: Tensor) -> Tensor:
    """The loss of each image, (N,), from logits (N, classes) and labels (N,) int64.

    ``cross_entropy``: −ln softmax(logits) of the label. ``mean_squared_error``: mean over the classes of
    (softmax(logits) − one-hot)². ``binary_cross_entropy``: one yes-or-no question a class,
    −Σ over the classes of t·ln o + (1 − t)·ln(1 − o) with o = sigmoid(logit) and t one-hot.
    """
    if loss == "cross_entropy":
        return functional.cross_entropy(logits, labels, reduction="none")
    targets = functional.one_hot(labels, logits.shape[-1]).to(logits.dtype)
    if loss == "mean_squared_error":
        return (torch.softmax(logits, dim=-1) - targets).square().mean(dim=-1)
    return functional.binary_cross_entropy_with_logits(logits, targets, reduction="none").sum(dim=-1)


def mean_loss(loss: Loss, logits: Tensor, labels: Tensor) -> Tensor:
    """The mean over the images of ``per_image_loss``, a scalar tensor on the logits' device."""
    if loss == "cross_entropy":
        return functional.cross_entropy(logits, labels)
    return per_image_loss(loss, logits, labels).mean()
