"""Which pixels speak for a class: gradients, integrated gradients and occlusion.

All three explain the class's logit against a black image, so that the background of a standardised
image, which is not zero, does not count as ink.
"""

from collections.abc import Generator
from dataclasses import dataclass

import torch
from torch import Tensor

from explorer.inspection.subject import BATCH, Subject

INTEGRATION_STEPS = 64


@dataclass(frozen=True, slots=True, eq=False)
class Attribution:
    """One number a pixel (28, 28) float32, in units of logit: positive speaks for the class.

    ``score`` is the class's logit for the image, ``baseline_score`` for a black one.
    """

    values: Tensor
    score: float
    baseline_score: float


def input_times_gradient(looked: Subject, image: Tensor, digit: int) -> Attribution:
    """Gradient of the logit times the pixel's distance from black (Shrikumar et al., 2016).

    ``image`` (1, 28, 28) uint8. Of a linear model it is the exact share of every pixel.
    """
    given, black = _ends(looked, image)
    gradient = _gradients(looked, given, digit)
    return _attribution(looked, image, digit, (given - black) * gradient)


def integrated_gradients(
    looked: Subject, image: Tensor, digit: int, steps: int = INTEGRATION_STEPS
) -> Attribution:
    """Gradients summed along the straight line from black to the image (Sundararajan et al., 2017).

    Midpoint rule. The values add up to ``score − baseline_score`` (completeness), up to the rule's error.
    """
    given, black = _ends(looked, image)
    places = (torch.arange(steps) + 0.5) / steps
    along = black + places.view(-1, 1, 1, 1) * (given - black)
    gradient = _gradients(looked, along, digit).mean(0, keepdim=True)
    return _attribution(looked, image, digit, (given - black) * gradient)


def occlusion(
    looked: Subject, image: Tensor, digit: int, patch: int = 5
) -> Generator[float, None, Attribution]:
    """How much the logit falls when a black square covers a place (Zeiler & Fergus, 2014).

    A pixel's value is the mean fall over all squares of side ``patch`` (1…28) that cover it; squares move
    by one pixel and stay within the image. Yields the share that is done.

    Raises:
        ValueError: the patch does not fit the image.
    """
    side = image.shape[-1]
    if not 1 <= patch <= side:
        raise ValueError(f"a patch of {patch} pixels does not fit an image of {side}")
    reach = side - patch + 1
    whole = float(looked.logits(image.unsqueeze(0))[0, digit])
    falls, counts = torch.zeros(side, side), torch.zeros(side, side)
    places = [(top, left) for top in range(reach) for left in range(reach)]
    for start in range(0, len(places), BATCH):
        batch = places[start : start + BATCH]
        covered = image.repeat(len(batch), 1, 1, 1)
        for number, (top, left) in enumerate(batch):
            covered[number, :, top : top + patch, left : left + patch] = 0
        logits = looked.logits(covered)[:, digit].tolist()
        for (top, left), logit in zip(batch, logits, strict=True):
            falls[top : top + patch, left : left + patch] += whole - logit
            counts[top : top + patch, left : left + patch] += 1
        yield min(1.0, (start + BATCH) / len(places))
    return Attribution(falls / counts, whole, _black_score(looked, image, digit))


def _ends(looked: Subject, image: Tensor) -> tuple[Tensor, Tensor]:
    """The image and a black one, as the network sees them; (1, 1, 28, 28) each."""
    return looked.prepare(image.unsqueeze(0)), looked.prepare(torch.zeros_like(image).unsqueeze(0))


def _gradients(looked: Subject, prepared: Tensor, digit: int) -> Tensor:
    """Gradient of the class's logit with respect to each image of a batch."""
    inputs = prepared.detach().clone().requires_grad_()
    with torch.enable_grad():
        total = looked.network(inputs)[:, digit].sum()
    (gradient,) = torch.autograd.grad(total, inputs)
    return gradient


def _attribution(looked: Subject, image: Tensor, digit: int, values: Tensor) -> Attribution:
    score = float(looked.logits(image.unsqueeze(0))[0, digit])
    return Attribution(values[0, 0], score, _black_score(looked, image, digit))


def _black_score(looked: Subject, image: Tensor, digit: int) -> float:
    return float(looked.logits(torch.zeros_like(image).unsqueeze(0))[0, digit])
