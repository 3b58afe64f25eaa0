"""What is added to the gradient of the loss, and how it is held within bounds."""

from collections.abc import Sequence
from math import inf

import torch
from torch import Tensor

from explorer.config.run import Regularisation
from explorer.training.parameters import FlatParameters


class Penalties:
    """L1, L2 and clipping of a stack of networks, each with its own strengths.

    ``penalises`` and ``clips`` say whether any network wants it.
    """

    def __init__(self, configs: Sequence[Regularisation], parameters: FlatParameters) -> None:
        self._weights = parameters.values[:, : parameters.penalised]
        self._slopes = parameters.gradients[:, : parameters.penalised]
        self._gradients = parameters.gradients
        self._twice_l2 = _shared([2 * config.l2 for config in configs], self._weights)
        self._l1 = _shared([config.l1 for config in configs], self._weights)
        greatest = [inf if config.clip_norm is None else config.clip_norm for config in configs]
        self.clips = min(greatest) < inf
        self.penalises = any(config.l2 or config.l1 for config in configs)
        self._greatest = torch.tensor(greatest, device=self._weights.device).unsqueeze(1)

    def penalise(self) -> None:
        """Add the gradients 2λW of λ·‖W‖² and λ·sign(W) of λ·|W| (0 at 0) to those of the weights."""
        if isinstance(self._twice_l2, Tensor):
            self._slopes.addcmul_(self._weights, self._twice_l2)
        elif self._twice_l2:
            self._slopes.add_(self._weights, alpha=self._twice_l2)
        if isinstance(self._l1, Tensor):
            self._slopes.addcmul_(self._weights.sign(), self._l1)
        elif self._l1:
            self._slopes.add_(self._weights.sign(), alpha=self._l1)

    def clip(self) -> None:
        """Shorten each network's whole gradient to at most its norm, as ``clip_grad_norm_`` does."""
        norms = torch.linalg.vector_norm(self._gradients, dim=1, keepdim=True)
        self._gradients.mul_((self._greatest.to(norms.dtype) / (norms + 1e-6)).clamp_(max=1))


def _shared(values: Sequence[float], like: Tensor) -> float | Tensor:
    """A number where all values are equal, else (K, 1)."""
    if len(set(values)) == 1:
        return values[0]
    return torch.tensor(values, device=like.device, dtype=like.dtype).unsqueeze(1)
