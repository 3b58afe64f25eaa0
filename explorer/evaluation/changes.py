"""Changes that an image may suffer, each over a range from none to much, for whole batches at a time."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from explorer.evaluation.change_levels import CHANGE_LEVELS, ChangeLevels, ChangeName


@dataclass(frozen=True, slots=True)
class Change(ChangeLevels):
    """One kind of change, its levels and how it is made.

    ``apply`` takes images (N, 1, 28, 28) float32 in [0, 1], a level and a generator, and gives such images.
    """

    apply: Callable[[Tensor, float, torch.Generator], Tensor]


def changed(images: Tensor, change: Change, level: float, seed: int = 0) -> Tensor:
    """Stored images (N, 1, 28, 28) uint8 after a change; at the level ``none`` the very same images."""
    if level == change.none:
        return images
    generator = torch.Generator().manual_seed(seed)
    moved = change.apply(images.float() / 255, level, generator)
    return (moved.clamp(0, 1) * 255).round().to(torch.uint8)


def _shift(images: Tensor, pixels: float, generator: torch.Generator) -> Tensor:
    """Each image by so many pixels in a direction of its own."""
    angle = torch.rand(len(images), generator=generator) * 2 * math.pi
    side = images.shape[-1]
    zero, one = torch.zeros(len(images)), torch.ones(len(images))
    across, down = 2 * pixels / side * angle.cos(), 2 * pixels / side * angle.sin()
    return _warp(images, torch.stack([one, zero, across, zero, one, down], 1).view(-1, 2, 3))


def _rotate(images: Tensor, degrees: float, _: torch.Generator) -> Tensor:
    """Clockwise for positive angles."""
    cosine, sine = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    matrix = torch.tensor([[cosine, sine, 0.0], [-sine, cosine, 0.0]])
    return _warp(images, matrix.expand(len(images), 2, 3))


def _scale(images: Tensor, factor: float, _: torch.Generator) -> Tensor:
    """About the middle; 2 doubles the size of the digit."""
    matrix = torch.tensor([[1 / factor, 0.0, 0.0], [0.0, 1 / factor, 0.0]])
    return _warp(images, matrix.expand(len(images), 2, 3))


def _noise(images: Tensor, sigma: float, generator: torch.Generator) -> Tensor:
    """Gaussian noise on every pixel, with pixels in [0, 1]."""
    return images + sigma * torch.randn(images.shape, generator=generator)


def _blur(images: Tensor, sigma: float, _: torch.Generator) -> Tensor:
    """A Gaussian of this width in pixels."""
    reach = math.ceil(3 * sigma)
    places = torch.arange(-reach, reach + 1, dtype=torch.float32)
    weights = torch.exp(-places.square() / (2 * sigma * sigma))
    weights /= weights.sum()
    rows = functional.conv2d(images, weights.view(1, 1, 1, -1), padding=(0, reach))
    return functional.conv2d(rows, weights.view(1, 1, -1, 1), padding=(reach, 0))


def _contrast(images: Tensor, factor: float, _: torch.Generator) -> Tensor:
    """White towards black: the ink's brightness times a factor."""
    return images * factor


def _stroke(images: Tensor, pixels: float, _: torch.Generator) -> Tensor:
    """Thicker (positive) or thinner strokes, by half of this at each edge; parts of a pixel are blended."""
    size = abs(pixels)
    whole = int(size)
    before = _morph(images, whole, is_thicker=pixels > 0)
    if size == whole:
        return before
    after = _morph(images, whole + 1, is_thicker=pixels > 0)
    return before + (size - whole) * (after - before)


def _morph(images: Tensor, pixels: int, *, is_thicker: bool) -> Tensor:
    """Dilation or erosion by one pixel at a time, at the two sides in turn."""
    sign = 1 if is_thicker else -1
    values = sign * images
    for number in range(pixels):
        edge = (0, 1, 0, 1) if number % 2 else (1, 0, 1, 0)
        padded = functional.pad(values, edge, value=0.0 if is_thicker else float("-inf"))
        values = functional.max_pool2d(padded, 2, stride=1)
    return sign * values


def _occlude(images: Tensor, side: float, generator: torch.Generator) -> Tensor:
    """A grey square of this side at a place of its own in each image."""
    size, images = round(side), images.clone()
    reach = images.shape[-1] - size + 1
    places = torch.randint(0, reach, (len(images), 2), generator=generator)
    lines = torch.arange(images.shape[-1])
    inside = [(lines >= places[:, axis, None]) & (lines < places[:, axis, None] + size) for axis in range(2)]
    images[:, 0][inside[0][:, :, None] & inside[1][:, None, :]] = 0.5
    return images


def _shuffle(images: Tensor, share: float, generator: torch.Generator) -> Tensor:
    """This share of the pixel places change places with one another, the same ones in every image."""
    flat = images.flatten(1)
    places = torch.randperm(flat.shape[1], generator=generator)[: round(share * flat.shape[1])]
    shuffled = flat.clone()
    shuffled[:, places] = flat[:, places.roll(1)]
    return shuffled.view_as(images)


def _warp(images: Tensor, matrices: Tensor) -> Tensor:
    grid = functional.affine_grid(matrices, list(images.shape), align_corners=False)
    return functional.grid_sample(images, grid, padding_mode="zeros", align_corners=False)


_MADE: dict[ChangeName, Callable[[Tensor, float, torch.Generator], Tensor]] = {
    "shift": _shift,
    "rotation": _rotate,
    "scale": _scale,
    "noise": _noise,
    "blur": _blur,
    "contrast": _contrast,
    "stroke_width": _stroke,
    "occlusion": _occlude,
    "shuffling": _shuffle,
}

CHANGES: dict[ChangeName, Change] = {
    name: Change(name, known.title, known.unit, known.levels, known.none, _MADE[name])
    for name, known in CHANGE_LEVELS.items()
}
