"""How accuracy falls as images change."""

from collections.abc import Callable, Generator

import torch
from torch import Tensor

from explorer.evaluation.changes import Change, changed

BATCH = 1_000


def accuracies(
    answer: Callable[[Tensor], Tensor], images: Tensor, labels: Tensor, change: Change, seed: int = 0
) -> Generator[tuple[float, list[float]], None, list[float]]:
    """Share of right answers at each level of a change, in [0, 1]; at ``change.none`` the plain accuracy.

    ``answer`` takes stored images (N, 1, 28, 28) uint8 and gives logits (N, classes); ``labels`` (N,) int64.
    The same images change in the same way whoever is asked. Yields the share of the work that is done, and
    the accuracies so far.

    Raises:
        ValueError: there are no images.
    """
    if not len(images):
        raise ValueError("robustness needs images")
    found: list[float] = []
    starts = range(0, len(images), BATCH)
    for number, level in enumerate(change.levels):
        right = 0
        for part, start in enumerate(starts, start=1):
            batch = changed(images[start : start + BATCH], change, level, seed + start)
            right += int((answer(batch).argmax(1) == labels[start : start + BATCH]).sum())
            yield (number + part / len(starts)) / len(change.levels), found
        found = [*found, right / len(images)]
    return found


def examples(images: Tensor, change: Change, seed: int = 0) -> Tensor:
    """The images as they look at each level, (levels, N, 28, 28) uint8."""
    return torch.stack([changed(images, change, level, seed)[:, 0] for level in change.levels])
