import numpy as np
import pytest
from scipy.stats import binomtest

from explorer.evaluation.agreement import agreement, chance_of


def test_every_image_is_counted_once_and_differing_mistakes_come_first():
    labels = np.array([0, 1, 2, 3, 4, 5, 6], np.uint8)
    first = np.array([0, 1, 9, 9, 9, 9, 9], np.uint8)
    second = np.array([0, 8, 2, 9, 8, 9, 7], np.uint8)
    found = agreement(labels, first, second)
    assert found.both_right.tolist() == [0]
    assert found.only_first.tolist() == [1]
    assert found.only_second.tolist() == [2]
    assert found.both_wrong.tolist() == [4, 6, 3, 5]
    assert found.differ_wrongly == 2
    assert found.disagreements == int((first != second).sum()) == 4


def test_answers_must_be_as_many_as_labels():
    with pytest.raises(ValueError, match="3 labels, 3 and 2 answers"):
        agreement(np.zeros(3, np.uint8), np.zeros(3, np.uint8), np.zeros(2, np.uint8))


@pytest.mark.parametrize(("first", "second"), [(86, 58), (3, 0), (0, 1), (10, 10), (700, 2500)])
def test_the_chance_is_that_of_the_binomial_test(first: int, second: int):
    expected = binomtest(first, first + second, 0.5).pvalue
    assert chance_of(first, second) == pytest.approx(expected, rel=1e-9)
    assert chance_of(second, first) == chance_of(first, second)


def test_no_difference_is_certain_to_come_by_chance():
    assert chance_of(0, 0) == 1.0
