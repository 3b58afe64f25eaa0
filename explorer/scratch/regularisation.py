"""What is added to the gradient of the loss, and how the whole of it is held within bounds."""

import numpy as np

from explorer.config.run import Regularisation
from explorer.scratch.arrays import Array
from explorer.scratch.parameters import Parameters


def penalise(parameters: Parameters, config: Regularisation) -> None:
    """Add 2λ·W, the gradient of λ·‖W‖², and λ·sign(W), that of λ·|W|, to those of the weights."""
    W = parameters.values[: parameters.penalised]
    dW = parameters.gradient[: parameters.penalised]
    if config.l2:
        dW += 2 * config.l2 * W
    if config.l1:
        dW += config.l1 * np.sign(W)


def clip(gradient: Array, greatest_norm: float) -> None:
    """Shorten the whole gradient (P,) to at most this norm (Pascanu, Mikolov & Bengio, 2013)."""
    norm = float(np.linalg.norm(gradient))
    if not norm + 1e-6 <= greatest_norm:  # an infinite or undefined norm spoils the gradient, as it should
        gradient *= greatest_norm / (norm + 1e-6)
