import math

import numpy as np
import pytest
from sklearn.calibration import calibration_curve

from explorer.evaluation.calibration import calibration


def binary(confidences: list[float], hits: list[bool]) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities of two classes whose greater one is right or wrong as told."""
    probabilities = np.array([[confidence, 1 - confidence] for confidence in confidences])
    return probabilities, np.array([0 if hit else 1 for hit in hits])


def test_a_hand_counted_example():
    # (0.5, 0.6]: 0.55 wrong, 0.6 right; (0.9, 1]: 0.95 right, 1.0 right, 0.91 wrong.
    made = calibration(*binary([0.55, 0.6, 0.95, 1.0, 0.91], [False, True, True, True, False]))
    fifth, last = made.bins[5], made.bins[9]
    assert (fifth.count, fifth.confidence, fifth.accuracy) == (2, pytest.approx(0.575), 0.5)
    assert (last.count, last.confidence, last.accuracy) == (3, pytest.approx(2.86 / 3), pytest.approx(2 / 3))
    assert made.error == pytest.approx((2 * 0.075 + 3 * (2.86 / 3 - 2 / 3)) / 5)
    assert made.images == 5


def test_the_bins_are_those_of_scikit_learn():
    random = np.random.default_rng(0)
    probabilities = random.dirichlet(np.ones(10) * 0.3, 2_000)
    labels = random.integers(0, 10, 2_000)
    made = calibration(probabilities, labels)
    hits = probabilities.argmax(1) == labels
    accuracies, confidences = calibration_curve(hits, probabilities.max(1), n_bins=10)
    filled = [each for each in made.bins if each.count]
    np.testing.assert_allclose([each.accuracy for each in filled], accuracies)
    np.testing.assert_allclose([each.confidence for each in filled], confidences)


def test_a_network_that_is_always_sure_and_right_has_no_error():
    assert calibration(np.eye(10), np.arange(10)).error == 0


def test_a_network_that_is_always_sure_and_wrong_has_the_greatest_error():
    assert calibration(np.eye(10), (np.arange(10) + 1) % 10).error == 1


def test_empty_bins_say_that_they_know_nothing():
    made = calibration(np.zeros((0, 10)), np.zeros(0, int))
    assert made.error == 0
    assert all(math.isnan(each.accuracy) for each in made.bins)
