"""What a network loses without one of its units."""

from collections.abc import Generator
from dataclasses import dataclass

import torch
from torch import Tensor

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
    intact = right_by_class(looked, images, labels)
    units = looked.activations(images[:1])[layer].shape[1]
    without = torch.zeros(units, CLASSES, dtype=torch.int64)
    for unit in range(units):
        without[unit] = right_by_class(looked, images, labels, layer=layer, unit=unit)
        yield (unit + 1) / units
    return Ablation(torch.bincount(labels, minlength=CLASSES), intact, without)


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
        right += torch.bincount(truth[answers == truth], minlength=CLASSES)
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
