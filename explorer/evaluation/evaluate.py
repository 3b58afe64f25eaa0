"""A network's answers on one split, in one pass over its images."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from explorer.config.run import Loss
from explorer.data.preparation import Scaling, prepare
from explorer.evaluation.losses import per_image_loss
from explorer.evaluation.metrics import accuracy, confusion_matrix, per_class
from explorer.evaluation.units import UnitWatch
from explorer.records import Evaluation

Forward = Callable[[Tensor], tuple[Tensor, Sequence[Tensor]]]
"""Prepared images (N, 1, 28, 28), or features (N, F), float32 to logits (N, classes) and the activations of
each hidden layer
(none if nobody watches): what ``DigitNetwork.answer`` does, or an engine's own forward pass."""


@dataclass(frozen=True, slots=True)
class Answers:
    """``loss`` is the mean over the images, ``predictions`` (N,) uint8 the likeliest class of each."""

    loss: float
    correct: int
    predictions: NDArray[np.uint8]

    @property
    def accuracy(self) -> float:
        """Share of the images answered rightly, in [0, 1]."""
        return self.correct / len(self.predictions)


def evaluate(
    forward: Forward,
    images: Tensor,
    labels: Tensor,
    scaling: Scaling,
    loss: Loss,
    *,
    batch: int = 1000,
    watch: UnitWatch | None = None,
) -> Answers:
    """Ask the network about every image; the host waits for the device once, at the end.

    The result does not depend on ``batch`` beyond float32 rounding. The caller puts a module into
    evaluation mode.

    Args:
        forward: The network; called without gradients, on at most ``batch`` images at a time.
        images: (N, 1, 28, 28) uint8, or features (N, F) float32, on the network's device.
        labels: (N,) int64 on the same device.
        scaling: How the network's training images were scaled.
        loss: Which loss to take the mean of.
        batch: Images in one forward pass.
        watch: Takes in the hidden activations of the same passes.

    Raises:
        ValueError: there are no images, or not one label for each.
    """
    if len(images) == 0 or len(images) != len(labels):
        raise ValueError(
            f"needs one label for each of at least one image, got {len(images)} and {len(labels)}"
        )
    sums, predictions = [], []
    with torch.inference_mode():
        for start in range(0, len(images), batch):
            portion = labels[start : start + batch]
            logits, activations = forward(prepare(images[start : start + batch], scaling))
            sums.append(per_image_loss(loss, logits, portion).sum())
            predictions.append(logits.argmax(dim=1))
            if watch is not None:
                watch.watch(activations)
        answered = torch.cat(predictions)
        figures = torch.stack([*sums, (answered == labels).sum().to(sums[0].dtype)]).cpu()
        likeliest = answered.to(torch.uint8).cpu().numpy()
    total = sum(figures[:-1].tolist())
    return Answers(loss=total / len(images), correct=int(figures[-1]), predictions=likeliest)


def summarise(answers: Answers, labels: Tensor | NDArray[Any], classes: int = 10) -> Evaluation:
    """Answers beside the true labels (N,), as a record: confusion matrix and per-class figures."""
    true = labels.cpu().numpy() if isinstance(labels, Tensor) else labels
    confusion = confusion_matrix(true, answers.predictions, classes)
    return Evaluation(
        loss=answers.loss,
        accuracy=accuracy(confusion),
        confusion=tuple(tuple(row) for row in confusion.tolist()),
        per_class=per_class(confusion),
    )
