"""What is added to the gradient of the loss, and how it is held within bounds."""

import torch

from explorer.config.run import Regularisation
from explorer.training.parameters import FlatParameters


def penalise(parameters: FlatParameters, config: Regularisation) -> None:
    """Add the gradients 2λW of λ·‖W‖² and λ·sign(W) of λ·|W| (0 at 0) to those of the weights."""
    weights = parameters.values[:, : parameters.penalised]
    gradients = parameters.gradients[:, : parameters.penalised]
    if config.l2:
        gradients.add_(weights, alpha=2 * config.l2)
    if config.l1:
        gradients.add_(weights.sign(), alpha=config.l1)


def clip(parameters: FlatParameters, greatest_norm: float) -> None:
    """Shorten each network's whole gradient to at most this norm, as ``clip_grad_norm_`` does."""
    norms = torch.linalg.vector_norm(parameters.gradients, dim=1, keepdim=True)
    parameters.gradients.mul_((greatest_norm / (norms + 1e-6)).clamp_(max=1))
