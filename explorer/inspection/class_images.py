"""What each class looks like to a network: images that its output prefers above all."""

from collections.abc import Generator

import torch
from torch import Tensor

from explorer.inspection.subject import Subject

CLASSES = 10
SIDE = 28
STEPS = 200
STEP_LENGTH = 0.02  # of the whole range from black to white, for the pixel that changes most
SMOOTHING = 0.15
INK_COST = 2.0  # logits for an all-white image


def class_images(
    looked: Subject, *, seed: int = 0, steps: int = STEPS, smooth: bool = True
) -> Generator[tuple[float, Tensor], None, Tensor]:
    """Images (10, 28, 28) in [0, 1] that raise each class's logit, by gradient ascent from faint noise.

    As Simonyan et al. (2014), who penalise the image's norm: here all ink costs a little, what is raised is
    the logit's lead over the others, and with ``smooth`` each step is followed by a slight blur, without
    which the result is the fine noise that networks react to as well. Yields the share done and the
    images so far.
    """
    images = 0.1 + 0.1 * torch.rand(CLASSES, 1, SIDE, SIDE, generator=torch.Generator().manual_seed(seed))
    factor, mean = looked.scaling.factor, looked.scaling.mean
    digits = torch.arange(CLASSES)
    for step in range(steps):
        inputs = images.clone().requires_grad_()
        with torch.enable_grad():
            logits = looked.network((inputs * 255 - mean) * factor)
            others = logits.masked_fill(torch.eye(CLASSES, dtype=torch.bool), float("-inf"))
            margin = logits[digits, digits] - torch.logsumexp(others, dim=1)
            wanted = margin.sum() - INK_COST * inputs.mean(dim=(1, 2, 3)).sum()
        (gradient,) = torch.autograd.grad(wanted, inputs)
        strongest = gradient.abs().amax(dim=(1, 2, 3), keepdim=True).clamp_min(1e-12)
        images = images + STEP_LENGTH * gradient / strongest
        if smooth:
            images = (1 - SMOOTHING) * images + SMOOTHING * _blurred(images)
        images = images.clamp(0, 1)
        yield (step + 1) / steps, images[:, 0]
    return images[:, 0]


def _blurred(images: Tensor) -> Tensor:
    """Each pixel's mean with its eight neighbours; beyond the border it is black."""
    return torch.nn.functional.avg_pool2d(images, 3, stride=1, padding=1)
