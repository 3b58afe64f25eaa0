"""The nearest of many images to one, by the Euclidean distance of their features."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

PORTION = 8_192  # rows: small enough to stay in the processor's cache


@dataclass(frozen=True, slots=True, eq=False)
class Neighbours:
    """``indices`` (k,) int64 into the rows searched, nearest first, and their ``distances`` (k,) float32."""

    indices: NDArray[np.int64]
    distances: NDArray[np.float32]


def nearest(query: NDArray[Any], features: NDArray[Any], k: int) -> Neighbours:
    """The k rows of ``features`` (N, F) nearest to ``query`` (F,); of equally near ones the first.

    Features may be uint8 or float32, and mapped from a file; they are read a portion at a time.

    Raises:
        ValueError: the query has another length, or there are fewer than k rows.
    """
    if query.shape != features.shape[1:] or not 1 <= k <= len(features):
        raise ValueError(f"can't find {k} neighbours of {query.shape} among {features.shape}")
    place = query.astype(np.float32)
    squares = np.empty(len(features), np.float32)
    for start in range(0, len(features), PORTION):
        difference = features[start : start + PORTION] - place
        np.einsum("ij,ij->i", difference, difference, out=squares[start : start + PORTION])
    farthest = np.partition(squares, k - 1)[k - 1]
    candidates = np.flatnonzero(squares <= farthest)
    indices = candidates[np.argsort(squares[candidates], kind="stable")[:k]]
    return Neighbours(indices, np.sqrt(squares[indices]))
