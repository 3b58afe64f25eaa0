import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as reference

from explorer.evaluation.metrics import accuracy, confusion_matrix, per_class

# Labels and predictions of up to 200 images, in which any of the ten classes may be absent.
ANSWERS = st.lists(st.integers(0, 9), min_size=1, max_size=10, unique=True).flatmap(
    lambda classes: st.lists(st.tuples(st.sampled_from(classes), st.integers(0, 9)), min_size=1, max_size=200)
)


def as_arrays(answers: list[tuple[int, int]]) -> tuple[np.ndarray, np.ndarray]:
    labels, predictions = np.array(answers, dtype=np.uint8).T
    return labels, predictions


@settings(deadline=None)
@given(ANSWERS)
def test_all_metrics_equal_scikit_learns(answers):
    labels, predictions = as_arrays(answers)
    confusion = confusion_matrix(labels, predictions)
    np.testing.assert_array_equal(
        confusion, reference.confusion_matrix(labels, predictions, labels=range(10)), strict=True
    )
    assert accuracy(confusion) == pytest.approx(reference.accuracy_score(labels, predictions), abs=1e-12)
    expected = reference.precision_recall_fscore_support(
        labels, predictions, labels=range(10), zero_division=0
    )
    ours = [(one.precision, one.recall, one.f1, one.support) for one in per_class(confusion)]
    np.testing.assert_allclose(ours, np.array(expected).T, atol=1e-12)


@settings(deadline=None)
@given(ANSWERS, st.integers(1, 50))
def test_a_matrix_summed_over_batches_is_the_matrix_of_all(answers, batch):
    labels, predictions = as_arrays(answers)
    parts = [
        confusion_matrix(labels[start : start + batch], predictions[start : start + batch])
        for start in range(0, len(labels), batch)
    ]
    np.testing.assert_array_equal(sum(parts), confusion_matrix(labels, predictions))


@settings(deadline=None)
@given(ANSWERS, st.randoms(use_true_random=False))
def test_the_order_of_the_images_does_not_matter(answers, random):
    shuffled = answers.copy()
    random.shuffle(shuffled)
    np.testing.assert_array_equal(
        confusion_matrix(*as_arrays(answers)), confusion_matrix(*as_arrays(shuffled))
    )


def test_rows_are_true_classes_and_columns_predicted_ones():
    confusion = confusion_matrix(np.array([7, 7, 7, 2]), np.array([1, 1, 7, 2]))
    assert confusion[7, 1] == 2
    assert confusion[1, 7] == 0
    assert confusion.dtype == np.int64


def test_figures_of_a_small_matrix_are_those_counted_by_hand():
    # True 0: 3 right, 1 taken for 1. True 1: 2 right, 2 taken for 0. Class 2 is absent.
    zero, one, absent = per_class(np.array([[3, 1, 0], [2, 2, 0], [0, 0, 0]]))
    assert (zero.precision, zero.recall, zero.support) == (3 / 5, 3 / 4, 4)
    assert zero.f1 == pytest.approx(2 * (3 / 5) * (3 / 4) / (3 / 5 + 3 / 4))
    assert (one.precision, one.recall, one.support) == (2 / 3, 2 / 4, 4)
    assert (absent.precision, absent.recall, absent.f1, absent.support) == (0, 0, 0, 0)
    assert accuracy(np.array([[3, 1, 0], [2, 2, 0], [0, 0, 0]])) == 5 / 8


def test_no_images_make_an_empty_matrix_with_accuracy_zero():
    confusion = confusion_matrix(np.array([], dtype=np.int64), np.array([], dtype=np.uint8))
    assert confusion.shape == (10, 10)
    assert not confusion.any()
    assert accuracy(confusion) == 0


@pytest.mark.parametrize(
    ("labels", "predictions", "message"),
    [
        ([1, 2], [1], r"labels \(2,\) and predictions \(1,\)"),
        ([10], [1], r"labels must be in \[0, 10\), got 10"),
        ([1], [-1], r"predictions must be in \[0, 10\), got -1"),
    ],
)
def test_answers_that_fit_no_matrix_are_refused(labels, predictions, message):
    with pytest.raises(ValueError, match=message):
        confusion_matrix(np.array(labels), np.array(predictions))


def test_metrics_do_not_import_torch():
    code = "import sys, explorer.evaluation.metrics; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
