import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.svm import SVC, LinearSVC

from explorer.classical.estimators import model_arrays
from explorer.classical.inputs import Scaling
from explorer.classical.scores import class_scores

SCALING = Scaling(mean=3.0, factor=0.25)


def data(classes: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(len(classes))
    labels = np.resize(np.array(classes, np.uint8), 150)
    return random.random((150, 8)) * 10 + labels[:, None] * np.arange(8) / 10, labels


@pytest.mark.parametrize("classes", [tuple(range(10)), (1, 4, 7)], ids=str)
@pytest.mark.parametrize(
    "method",
    [LinearSVC(dual=False), LogisticRegression(), SVC(gamma=0.1, C=2)],
    ids=lambda m: type(m).__name__,
)
def test_scores_of_raw_features_are_the_estimators_own(method, classes):
    raw, labels = data(classes)
    fitted = method.fit((raw - SCALING.mean) * SCALING.factor, labels)
    expected = fitted.decision_function((raw[:40] - SCALING.mean) * SCALING.factor)
    arrays = model_arrays(fitted, SCALING)
    scores = np.stack([class_scores(arrays, row) for row in raw[:40]])
    np.testing.assert_allclose(scores[:, classes], expected, rtol=1e-4, atol=1e-4)
    absent = [label for label in range(10) if label not in classes]
    assert np.all(scores[:, absent] == -np.inf)


@pytest.mark.parametrize(
    "method", [LinearSVC(dual=False), LogisticRegression(), SVC(gamma=0.1)], ids=lambda m: type(m).__name__
)
def test_two_classes_have_opposite_scores(method):
    raw, labels = data((2, 5))
    fitted = method.fit((raw - SCALING.mean) * SCALING.factor, labels)
    expected = fitted.decision_function((raw[:40] - SCALING.mean) * SCALING.factor)
    scores = np.stack([class_scores(model_arrays(fitted, SCALING), row) for row in raw[:40]])
    np.testing.assert_allclose(scores[:, 5], expected, rtol=1e-4, atol=1e-4)
    assert np.array_equal(scores[:, 2], -scores[:, 5])


def test_a_method_without_scores_is_refused():
    with pytest.raises(ValueError, match="only linear_svm, logistic and rbf_svm"):
        class_scores({}, np.zeros(4))


def test_features_of_another_length_are_refused():
    with pytest.raises(ValueError, match=r"features must be \(4,\), got \(3,\)"):
        class_scores({"weights": np.zeros((10, 4)), "offsets": np.zeros(10)}, np.zeros(3))
