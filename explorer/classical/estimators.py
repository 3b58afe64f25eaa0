"""The methods, as scikit-learn's estimators: every setting that is not the user's, and why."""

from typing import Any

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import SVC, LinearSVC

from explorer.classical.inputs import Scaling
from explorer.classical.scores import CLASSES
from explorer.config.baseline import Baseline, BaselineModel

KERNEL_CACHE_MEGABYTES = 1_000

# Linear methods compute in float64 whatever they are given; the others see differences of float32 alone.
PRECISION: dict[BaselineModel, type[np.floating[Any]]] = {
    "knn": np.float32,
    "linear_svm": np.float64,
    "rbf_svm": np.float64,
    "logistic": np.float64,
    "forest": np.float32,
}


def estimator(config: Baseline, seed: int) -> ClassifierMixin:
    """The estimator that a configuration means, not yet fitted.

    Every class weighs the same, and what is not named here is scikit-learn's default.
    """
    match config.model:
        case "knn":
            # Trees of points do not help among hundreds of features; Euclidean distance, one vote each.
            return KNeighborsClassifier(n_neighbors=config.k, algorithm="brute")
        case "linear_svm":
            # The squared hinge loss in its primal form: Newton steps in a trust region (Lin et al., 2008)
            # draw no random numbers, and gain by more images than features.
            return LinearSVC(C=config.C, penalty="l2", loss="squared_hinge", dual=False)
        case "rbf_svm":
            # The cache changes the time alone: with the usual 200 MB most rows of 54,000 are computed again.
            return SVC(C=config.C, kernel="rbf", gamma=config.gamma, cache_size=KERNEL_CACHE_MEGABYTES)
        case "logistic":
            # One softmax over all classes; the usual 100 iterations end before 784 pixels have settled.
            return LogisticRegression(C=config.C, solver="lbfgs", max_iter=1_000)
        case "forest":
            # Grown batch by batch; with a number as the seed that is the same forest as at once.
            return RandomForestClassifier(n_estimators=config.trees, random_state=seed, warm_start=True)


def model_bytes(fitted: ClassifierMixin) -> int:
    """What a prediction needs to have in memory."""
    match fitted:
        case KNeighborsClassifier():
            return int(fitted._fit_X.nbytes + fitted._y.nbytes)
        case SVC():
            parts = (fitted.support_vectors_, fitted.dual_coef_, fitted.intercept_)
            return sum(int(part.nbytes) for part in parts)
        case RandomForestClassifier():
            states = (tree.tree_.__getstate__() for tree in fitted.estimators_)
            return sum(int(state["nodes"].nbytes + state["values"].nbytes) for state in states)
        case _:
            return int(fitted.coef_.nbytes + fitted.intercept_.nbytes)


def model_arrays(fitted: ClassifierMixin, scaling: Scaling) -> dict[str, np.ndarray[Any, Any]]:
    """What ``class_scores`` needs, with the scaling folded in: it takes raw features.

    Linear methods: ``weights`` (10, F) and ``offsets`` (10,), 0 and -inf for a class without training images.
    RBF: ``support_vectors`` (V, F), class after class, and their coefficients. The nearest neighbours are the
    training images themselves, and a forest has no scores that a page would show: nothing.
    """
    match fitted:
        case LinearSVC() | LogisticRegression():
            coefficients, intercepts = fitted.coef_, fitted.intercept_
            if len(coefficients) == 1:  # two classes: one score, for the second against the first
                coefficients, intercepts = (
                    np.vstack([-coefficients, coefficients]),
                    np.r_[-intercepts, intercepts],
                )
            weights, offsets = np.zeros((CLASSES, coefficients.shape[1])), np.full(CLASSES, -np.inf)
            weights[fitted.classes_] = coefficients * scaling.factor
            offsets[fitted.classes_] = intercepts - scaling.mean * scaling.factor * coefficients.sum(axis=1)
            return {"weights": weights, "offsets": offsets}
        case SVC():
            return {
                "support_vectors": (fitted.support_vectors_ / scaling.factor + scaling.mean).astype(
                    np.float32
                ),
                "vectors_of_class": fitted.n_support_.astype(np.int64),
                "coefficients": fitted.dual_coef_,
                "intercepts": fitted.intercept_,
                "classes": fitted.classes_.astype(np.int64),
                "gamma": np.array(fitted._gamma * scaling.factor**2),
            }
        case _:
            return {}
