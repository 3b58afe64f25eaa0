"""What a network loses without one of its units."""

from collections.abc import Generator
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from explorer.inspection.subject import BATCH, Subject

CLASSES = 10


@dataclass(frozen=True, slots=True, eq=False)
class Ablation:
    """Right answers by class. ``intact`` (10,) with all units, ``without`` (units, 10) with one at zero.

    ``images`` (10,) counts the images of each class; all int64.
    """

    images: Tensor
    intact: Tensor
    without: Tensor


def switch_off_each(
    looked: Subject, images: Tensor, labels: Tensor, layer: int
) -> Generator[float, None, Ablation]:
    """Answers with each unit (or filter) of a hidden layer held at zero, one at a time.

    ``images`` (N, …) as stored, ``labels`` (N,) int64; ``layer`` counts hidden layers from 0. Yields the
    share of units that is done.

    Raises:
        ValueError: the network has no such hidden layer.
    """
    layers = len(looked.network.convolution) + len(looked.network.hidden)
    if not 0 <= layer < layers:
        raise ValueError(f"hidden layer {layer} of {layers}")
    units = looked.activations(images[:1])[layer].shape[1]
    intact = torch.zeros(CLASSES, dtype=torch.int64)
    without = torch.zeros(units, CLASSES, dtype=torch.int64)
    for start in range(0, len(images), BATCH):
        truth = labels[start : start + BATCH]
        # What the layers before make of the images is the same for every unit.
        values = looked.activations(images[start : start + BATCH])[layer]
        intact += _right(_onwards(looked, values, layer), truth)
        for unit in range(units):
            was = values[:, unit].clone()
            values[:, unit] = 0
            without[unit] += _right(_onwards(looked, values, layer), truth)
            values[:, unit] = was
            yield (start + len(truth) * (unit + 1) / units) / len(images)
    return Ablation(torch.bincount(labels, minlength=CLASSES), intact, without)


@torch.no_grad()
def _onwards(looked: Subject, values: Tensor, layer: int) -> Tensor:
    """The answers (N,), from the activations of a hidden layer on."""
    convolution = list(looked.network.convolution)
    for following in convolution[layer + 1 :]:
        values = following(values, None, None, None)
    values = values.flatten(1)
    for following in list(looked.network.hidden)[max(0, layer + 1 - len(convolution)) :]:
        values = following(values, None, None, None)
    output = looked.network.output
    return functional.linear(values, output.weight, output.bias).argmax(1)


def _right(answers: Tensor, truth: Tensor) -> Tensor:
    return torch.bincount(truth[answers == truth], minlength=CLASSES)


@torch.no_grad()
def right_by_class(
    looked: Subject, images: Tensor, labels: Tensor, *, layer: int | None = None, unit: int = 0
) -> Tensor:
    """Right answers by class (10,) int64; with one unit of a hidden layer at zero where one is named."""
    right = torch.zeros(CLASSES, dtype=torch.int64)
    for start in range(0, len(images), BATCH):
        prepared = looked.prepare(images[start : start + BATCH])
        answers = _answers(looked, prepared, layer, unit)
        truth = labels[start : start + BATCH]
        right += _right(answers, truth)
    return right


def _answers(looked: Subject, prepared: Tensor, layer: int | None, unit: int) -> Tensor:
    if layer is None:
        logits: Tensor = looked.network(prepared)
        return logits.argmax(1)
    seen = 0

    def silence(values: Tensor) -> Tensor:
        nonlocal seen
        if seen == layer:
            values = values.clone()
            values[:, unit] = 0
        seen += 1
        return values

    logits = looked.network(prepared, perturb=silence)
    return logits.argmax(1)
