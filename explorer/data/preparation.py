"""From stored bytes to the numbers that a network sees."""

from dataclasses import dataclass

import torch
from torch import Tensor

from explorer.config.run import Data
from explorer.data.features import mean_and_deviation

BATCH = 8_192


@dataclass(frozen=True, slots=True)
class Scaling:
    """A network sees ``(value - mean) * factor`` of each pixel in 0…255, or of each feature."""

    mean: float
    factor: float


def measure_scaling(config: Data, train_images: Tensor) -> Scaling:
    """The scaling that ``config.scaling`` names, measured on the training images alone.

    Images are (N, 1, 28, 28) uint8, or features (N, F) float32 on the host. ``unit``: pixels in [0, 1];
    ``standard``: mean 0 and standard deviation 1 over all training pixels or features; ``none``: pixels as
    they are. Features are already in [0, 1], where ``unit`` and ``none`` leave them.
    """
    if train_images.is_floating_point():
        if config.scaling != "standard":
            return Scaling(0.0, 1.0)
        mean, deviation = mean_and_deviation(train_images.numpy())
        return Scaling(mean, 1 / deviation if deviation else 1.0)
    if config.scaling == "unit":
        return Scaling(0.0, 1 / 255)
    if config.scaling == "none":
        return Scaling(0.0, 1.0)
    total = squares = 0
    for start in range(0, len(train_images), BATCH):
        batch = train_images[start : start + BATCH].flatten()
        counts = torch.bincount(batch, minlength=256).tolist()
        total += sum(value * count for value, count in enumerate(counts))
        squares += sum(value * value * count for value, count in enumerate(counts))
    pixels = train_images.numel()
    # Exact in whole numbers; one-coloured images have no deviation and are only moved to 0.
    variance = (squares * pixels - total * total) / pixels**2
    return Scaling(total / pixels, variance**-0.5 if variance else 1.0)


def prepare(images: Tensor, scaling: Scaling, out: Tensor | None = None) -> Tensor:
    """Scaled float32 images or features of the same shape, on their device, a batch at a time.

    ``out``, float32 of that shape, is filled and returned where it is given.
    """
    prepared = images.to(torch.float32, copy=True) if out is None else out.copy_(images)
    if scaling.mean:
        # One pass in place of two: a pass costs as much as a tenth of a small network's step.
        offset = torch.tensor(-scaling.mean * scaling.factor)
        return torch.add(offset, prepared, alpha=scaling.factor, out=prepared)
    if scaling.factor != 1:
        prepared.mul_(scaling.factor)
    return prepared
