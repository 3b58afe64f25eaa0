"""Random changes to a batch of images: shift, rotation, scale, and elastic bending."""

import math

import torch
from torch import Tensor
from torch.nn import functional

from explorer.config.run import Augmentation

# Simard et al. (2003) smooth their random displacements with a Gaussian of 4 pixels.
ELASTIC_SMOOTHNESS = 4.0


def augment(images: Tensor, config: Augmentation, generator: torch.Generator) -> Tensor:
    """The images (N, 1, H, W) float32, each changed by amounts drawn anew; on their device.

    Shift (both ways), rotation and scale are uniform up to the configured amount either way. ``generator``
    is of the same device and decides all of it. With all amounts zero the images come back as they are.
    What comes in from outside a picture has the least value of the batch: black, in every scaling.
    """
    if not (config.shift or config.rotation or config.scale or config.elastic):
        return images
    count, _, height, width = images.shape
    amounts = torch.rand(4, count, generator=generator, device=images.device).mul_(2).sub_(1)
    bending = None
    if config.elastic:
        bending = displacements((count, height, width), config.elastic, generator)
    return warp(
        images,
        shift_x=amounts[0] * config.shift,
        shift_y=amounts[1] * config.shift,
        radians=amounts[2] * math.radians(config.rotation),
        scale=1 + amounts[3] * config.scale,
        bending=bending,
    )


def warp(
    images: Tensor,
    *,
    shift_x: Tensor,
    shift_y: Tensor,
    radians: Tensor,
    scale: Tensor,
    bending: Tensor | None = None,
) -> Tensor:
    """The images (N, C, H, W), each scaled, turned counter-clockwise about its middle, then moved; bilinear.

    The amounts are (N,): shifts in pixels to the right and down, ``scale`` 1 as it is. ``bending``
    (N, H, W, 2) adds to where each pixel (x, y) is taken from, in pixels.
    """
    _, _, height, width = images.shape
    x = torch.arange(width, device=images.device, dtype=images.dtype) - (width - 1) / 2
    y = torch.arange(height, device=images.device, dtype=images.dtype) - (height - 1) / 2
    moved_x = x[None, None, :] - shift_x[:, None, None]
    moved_y = y[None, :, None] - shift_y[:, None, None]
    cosine, sine = (torch.cos(radians) / scale)[:, None, None], (torch.sin(radians) / scale)[:, None, None]
    # Rows grow downwards, so this turns counter-clockwise on the screen; each pixel asks where it came from.
    sources = torch.stack((cosine * moved_x - sine * moved_y, sine * moved_x + cosine * moved_y), -1)
    if bending is not None:
        sources = sources + bending
    grid = torch.stack((sources[..., 0] * (2 / width), sources[..., 1] * (2 / height)), -1)
    black = images.amin()
    return functional.grid_sample(images - black, grid, "bilinear", "zeros", align_corners=False) + black


def displacements(shape: tuple[int, int, int], amount: float, generator: torch.Generator) -> Tensor:
    """Smooth random displacements (N, H, W, 2) for a ``shape`` (N, H, W), in pixels.

    Their root-mean-square length is ``amount`` at every pixel, those at the border too. Uniform noise
    smoothed by a Gaussian, after Simard et al. (2003); their α = 34 is an amount of about 2 pixels.
    """
    count, height, width = shape
    device = generator.device
    noise = torch.rand(count, 2, height, width, generator=generator, device=device).mul_(2).sub_(1)
    smooth = _smoother(height, device) @ noise @ _smoother(width, device).T
    # Uniform on [-1, 1] has variance 1/3; two axes share the squared length.
    return (smooth * (amount * math.sqrt(3 / 2))).permute(0, 2, 3, 1)


def _smoother(length: int, device: torch.device) -> Tensor:
    """A Gaussian filter (length, length) whose rows have norm 1, so that white noise keeps its variance."""
    places = torch.arange(length, device=device, dtype=torch.float32)
    weights = torch.exp(-((places[:, None] - places[None, :]) ** 2) / (2 * ELASTIC_SMOOTHNESS**2))
    return weights / weights.square().sum(1, keepdim=True).sqrt()
