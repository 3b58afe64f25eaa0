"""Random changes to a batch of images: shift, rotation, scale, and elastic bending."""

import math

import torch
from torch import Tensor
from torch.nn import functional

from explorer.config.run import Augmentation

# Simard et al. (2003) smooth their random displacements with a Gaussian of 4 pixels.
ELASTIC_SMOOTHNESS = 4.0


def augment(
    images: Tensor, config: Augmentation, generator: torch.Generator, portion: int | None = None
) -> Tensor:
    """The images (N, 1, H, W) float32, each changed by amounts drawn anew; on their device.

    Shift (both ways), rotation and scale are uniform up to the configured amount either way. ``generator``
    is of the same device and decides all of it; numbers are drawn for one ``portion`` of images after the
    other, so that several portions at once are what they are one by one. With all amounts zero the images
    come back as they are. What comes in from outside a picture has its least value: black, in every scaling.
    """
    if not (config.shift or config.rotation or config.scale or config.elastic):
        return images
    count, _, height, width = images.shape
    noise = torch.empty(count if config.elastic else 0, 2, height, width, device=images.device)
    parts = []
    for start in range(0, count, portion or count):
        size = min(portion or count, count - start)
        parts.append(torch.rand(4, size, generator=generator, device=images.device))
        noise[start : start + size].uniform_(generator=generator)
    amounts = torch.cat(parts, 1).mul_(2).sub_(1)
    return warp(
        images,
        shift_x=amounts[0] * config.shift,
        shift_y=amounts[1] * config.shift,
        radians=amounts[2] * math.radians(config.rotation),
        scale=1 + amounts[3] * config.scale,
        bending=displacements(noise, config.elastic) if config.elastic else None,
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
    black = images.amin((1, 2, 3), keepdim=True)
    return functional.grid_sample(images - black, grid, "bilinear", "zeros", align_corners=False) + black


def displacements(noise: Tensor, amount: float) -> Tensor:
    """Smooth displacements (N, H, W, 2) in pixels, made of ``noise`` (N, 2, H, W), uniform in [0, 1].

    Their root-mean-square length is ``amount`` at every pixel, those at the border too. Uniform noise
    smoothed by a Gaussian, after Simard et al. (2003); their α = 34 is an amount of about 2 pixels.
    """
    _, _, height, width = noise.shape
    smooth = _smoother(height, noise.device) @ (noise * 2 - 1) @ _smoother(width, noise.device).T
    # Uniform on [-1, 1] has variance 1/3; two axes share the squared length.
    return (smooth * (amount * math.sqrt(3 / 2))).permute(0, 2, 3, 1)


def _smoother(length: int, device: torch.device) -> Tensor:
    """A Gaussian filter (length, length) whose rows have norm 1, so that white noise keeps its variance."""
    places = torch.arange(length, device=device, dtype=torch.float32)
    weights = torch.exp(-((places[:, None] - places[None, :]) ** 2) / (2 * ELASTIC_SMOOTHNESS**2))
    return weights / weights.square().sum(1, keepdim=True).sqrt()
