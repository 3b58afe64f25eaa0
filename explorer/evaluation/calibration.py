"""Whether a network is right as often as it says it is."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

BINS = 10


@dataclass(frozen=True, slots=True)
class Bin:
    """Images whose greatest probability lies in (``low``, ``high``]; means are NaN where there is none."""

    low: float
    high: float
    count: int
    confidence: float
    accuracy: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """Bins of equal width over [0, 1], and the expected calibration error, in [0, 1]."""

    bins: tuple[Bin, ...]
    error: float

    @property
    def images(self) -> int:
        """How many images were asked."""
        return sum(each.count for each in self.bins)


def calibration(
    probabilities: NDArray[np.floating], labels: NDArray[np.integer], bins: int = BINS
) -> Calibration:
    """Reliability by bins and its mean gap weighted by their images (Naeini et al., 2015; Guo et al., 2017).

    ``probabilities`` (N, classes), ``labels`` (N,). The error of no images is 0.
    """
    confidences = probabilities.max(axis=1) if len(probabilities) else np.zeros(0)
    hits = probabilities.argmax(axis=1) == labels if len(probabilities) else np.zeros(0, bool)
    edges = np.linspace(0, 1, bins + 1)
    places = np.clip(np.searchsorted(edges, confidences, side="left") - 1, 0, bins - 1)
    counts = np.bincount(places, minlength=bins)
    with np.errstate(invalid="ignore"):
        means = np.bincount(places, confidences, minlength=bins) / counts
        shares = np.bincount(places, hits, minlength=bins) / counts
    filled = counts > 0
    gaps = np.abs(means - shares)[filled] * counts[filled]
    return Calibration(
        bins=tuple(
            Bin(float(edges[i]), float(edges[i + 1]), int(counts[i]), float(means[i]), float(shares[i]))
            for i in range(bins)
        ),
        error=float(gaps.sum() / max(len(labels), 1)),
    )
