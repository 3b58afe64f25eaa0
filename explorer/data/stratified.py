"""Drawing images by a seed so that every class has its share."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def draw(labels: NDArray[np.uint8], size: int, seed: Sequence[int]) -> NDArray[np.int64]:
    """Ascending indices of ``size`` images drawn by a seed, every class in its share to within one image."""
    classes = shuffled_classes(labels, seed)
    counts = quotas(np.array([len(members) for members in classes]), size)
    return ascending([members[:n] for members, n in zip(classes, counts, strict=True)])


def quotas(counts: NDArray[np.int64], size: int) -> NDArray[np.int64]:
    """``size`` places shared among classes by their counts, by largest remainder (Hamilton, 1792)."""
    total = max(int(counts.sum()), 1)
    whole, remainders = np.divmod(counts * size, total)
    first = np.argsort(-remainders, kind="stable")[: size - int(whole.sum())]
    whole[first] += 1
    return whole


def shuffled_classes(labels: NDArray[np.uint8], seed: Sequence[int]) -> list[NDArray[np.int64]]:
    """The indices of each class from 0 on, in an order drawn by a seed."""
    order = np.random.default_rng(seed).permutation(len(labels))
    by_class = order[np.argsort(labels[order], kind="stable")]
    return np.split(by_class, np.cumsum(np.bincount(labels, minlength=1))[:-1])


def ascending(parts: list[NDArray[np.int64]]) -> NDArray[np.int64]:
    """All of the indices, in ascending order."""
    return np.sort(np.concatenate(parts))
