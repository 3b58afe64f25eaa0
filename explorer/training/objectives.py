"""The gradient of each loss with respect to the logits, written out."""

import torch
from torch import Tensor

from explorer.config.run import Loss


def logit_gradients(loss: Loss, logits: Tensor, targets: Tensor, scale: float, out: Tensor) -> Tensor:
    """``scale`` times each image's gradient, (K, B, classes), written into ``out``.

    ``targets`` are one-hot, broadcastable to the logits; the losses are those of ``per_image_loss``.
    """
    if loss == "binary_cross_entropy":  # σ(z) − t
        return torch.sigmoid(logits, out=out).sub_(targets).mul_(scale)
    torch.ops.aten._softmax.out(logits, -1, False, out=out)  # torch.softmax would allocate
    if loss == "cross_entropy":  # softmax(z) − t
        return out.sub_(targets).mul_(scale)
    # With p = softmax(z): ∂/∂z_j of Σ_c (p_c − t_c)² / C is p_j·(g_j − Σ_c p_c·g_c), g = 2(p − t)/C.
    errors = (out - targets).mul_(2 * scale / logits.shape[-1])
    errors.sub_((out * errors).sum(-1, keepdim=True))
    return out.mul_(errors)
