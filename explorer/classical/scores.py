"""The score that a fitted method gives each class for one image, from arrays alone."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

CLASSES = 10

Arrays = Mapping[str, NDArray[Any]]


def class_scores(arrays: Arrays, features: NDArray[Any]) -> NDArray[np.float64]:
    """Scores (10,) of an image by its raw features (F,): pixels in 0…255, or HOG features; the greatest wins.

    ``arrays`` are those that ``model_arrays`` made. A class that no training image had gets -inf. Scores of
    linear methods are ``weights @ features + offsets``; those of the RBF machine count the duels that a class
    wins against each other class, and a part below one for how clearly (scikit-learn's ``ovr``).

    Raises:
        ValueError: the method has no scores, or the features have another length.
    """
    values = np.asarray(features, np.float64)
    weights = arrays.get("weights", arrays.get("support_vectors"))
    if weights is None:
        raise ValueError("only linear_svm, logistic and rbf_svm give each class a score")
    if values.shape != weights.shape[1:]:
        raise ValueError(f"features must be {weights.shape[1:]}, got {values.shape}")
    if "weights" in arrays:
        return np.asarray(arrays["weights"] @ values + arrays["offsets"], np.float64)
    return _of_duels(arrays, values)


def _of_duels(arrays: Arrays, features: NDArray[np.float64]) -> NDArray[np.float64]:
    vectors, classes = arrays["support_vectors"], arrays["classes"]
    squares = np.square(vectors - features).sum(axis=1)
    similar = np.exp(-float(arrays["gamma"]) * squares)
    ends = np.cumsum(arrays["vectors_of_class"])
    members = [slice(end - n, end) for end, n in zip(ends, arrays["vectors_of_class"], strict=True)]
    contributions = arrays["coefficients"] * similar  # (classes - 1, vectors), LIBSVM's layout
    scores = np.full(CLASSES, -np.inf)
    if len(classes) == 2:
        decision = float(contributions.sum() + arrays["intercepts"][0])
        scores[classes] = (-decision, decision)
        return scores
    votes, confidence, number = np.zeros(len(classes)), np.zeros(len(classes)), 0
    for first in range(len(classes)):
        for second in range(first + 1, len(classes)):
            decision = float(
                contributions[second - 1, members[first]].sum()
                + contributions[first, members[second]].sum()
                + arrays["intercepts"][number]
            )
            votes[first if decision >= 0 else second] += 1
            confidence[first] += decision
            confidence[second] -= decision
            number += 1
    scores[classes] = votes + confidence / (3 * (np.abs(confidence) + 1))
    return scores
