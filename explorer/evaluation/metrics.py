"""Confusion matrix and what follows from it."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.records import ClassMetrics


def confusion_matrix(labels: NDArray[Any], predictions: NDArray[Any], classes: int = 10) -> NDArray[np.int64]:
    """Counts of images, (classes, classes): rows = true class, columns = predicted class.

    Raises:
        ValueError: labels and predictions differ in length, or hold a class outside [0, classes).
    """
    labels, predictions = np.asarray(labels), np.asarray(predictions)
    if labels.shape != predictions.shape or labels.ndim != 1:
        raise ValueError(
            f"labels {labels.shape} and predictions {predictions.shape} must be equally long vectors"
        )
    for name, values in (("labels", labels), ("predictions", predictions)):
        if values.size and (values.min() < 0 or values.max() >= classes):
            raise ValueError(f"{name} must be in [0, {classes}), got {values.min()} to {values.max()}")
    cells = labels.astype(np.int64) * classes + predictions
    return np.bincount(cells, minlength=classes * classes).reshape(classes, classes)


def accuracy(confusion: NDArray[Any]) -> float:
    """Share of images answered rightly, in [0, 1]; 0 without images."""
    total = int(np.sum(confusion))
    return int(np.trace(confusion)) / total if total else 0.0


def per_class(confusion: NDArray[Any]) -> tuple[ClassMetrics, ...]:
    """Precision, recall, F1 and support of each class; 0 where there is nothing to divide by."""
    confusion = np.asarray(confusion)
    hits, predicted, true = np.diag(confusion), confusion.sum(axis=0), confusion.sum(axis=1)
    return tuple(
        ClassMetrics(
            precision=_share(hit, n_predicted),
            recall=_share(hit, n_true),
            f1=_share(2 * hit, n_predicted + n_true),
            support=n_true,
        )
        for hit, n_predicted, n_true in zip(hits.tolist(), predicted.tolist(), true.tolist(), strict=True)
    )


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0
