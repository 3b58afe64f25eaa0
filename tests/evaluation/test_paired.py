from math import inf, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from explorer.evaluation.paired import compare_pairs, in_a_sentence, student_t

accuracies = st.lists(st.floats(0.5, 1.0), min_size=2, max_size=40)


@pytest.mark.parametrize("degrees", [1, 2, 4, 9, 30, 31, 60, 200])
def test_the_quantile_is_students(degrees: int):
    assert student_t(degrees) == pytest.approx(stats.t.ppf(0.975, degrees), abs=0.002)


@given(accuracies, st.integers(0, 2**32 - 1))
def test_the_interval_is_that_of_a_paired_t_test(first: list[float], seed: int):
    second = np.asarray(first) + np.random.default_rng(seed).normal(0.001, 0.01, len(first))
    found = compare_pairs(dict(enumerate(first)), dict(enumerate(second)))
    assert found is not None
    low, high = stats.ttest_rel(first, second).confidence_interval(0.95)
    assert found.difference == pytest.approx((low + high) / 2)
    assert found.half_width == pytest.approx((high - low) / 2, rel=1e-3)
    if abs(stats.ttest_rel(first, second).pvalue - 0.05) > 0.002:
        assert found.is_sure == (stats.ttest_rel(first, second).pvalue < 0.05)


def test_a_clear_difference_is_told_with_its_interval():
    found = compare_pairs({0: 0.980, 1: 0.981, 2: 0.982}, {0: 0.970, 1: 0.972, 2: 0.971})
    assert found is not None
    # Differences 1.0, 0.9, 1.1 points: mean 1, deviation 0.1, t(2) = 4.303.
    assert found.half_width == pytest.approx(0.001 * 4.303 / sqrt(3))
    assert in_a_sentence(found, "ReLU", "tanh") == "ReLU beats tanh by 1.00 ± 0.25 points, on 3 of 3 seeds."
    turned = compare_pairs({0: 0.970, 1: 0.972, 2: 0.971}, {0: 0.980, 1: 0.981, 2: 0.982})
    assert turned is not None
    assert in_a_sentence(turned, "tanh", "ReLU") == "ReLU beats tanh by 1.00 ± 0.25 points, on 3 of 3 seeds."


def test_where_luck_is_as_large_more_seeds_are_asked_for():
    found = compare_pairs({0: 0.980, 1: 0.979, 2: 0.985}, {0: 0.978, 1: 0.980, 2: 0.980})
    assert found is not None
    assert not found.is_sure  # +0.2, −0.1, +0.5 points
    more = found.more_seeds
    assert more is not None
    assert in_a_sentence(found, "A", "B") == f"Cannot tell yet: add {more} seeds."
    seeds = found.seeds + more
    deviation = found.half_width * sqrt(3) / student_t(2)
    assert student_t(seeds - 1) * deviation / sqrt(seeds) < found.difference
    assert student_t(seeds - 2) * deviation / sqrt(seeds - 1) >= found.difference


def test_one_seed_says_nothing_and_equal_groups_are_said_to_be_equal():
    one = compare_pairs({3: 0.9}, {3: 0.8})
    assert one is not None
    assert (one.half_width, one.is_sure) == (inf, False)
    assert in_a_sentence(one, "A", "B") == "Cannot tell yet: add 3 seeds."
    same = compare_pairs(
        {n: 0.9 + n % 2 / 100 for n in range(40)}, {n: 0.9 + n // 2 % 2 / 100 for n in range(40)}
    )
    assert same is not None
    assert "No difference to be seen" in in_a_sentence(same, "A", "B")


def test_only_seeds_that_both_have_are_compared():
    found = compare_pairs({0: 0.9, 1: 0.91, 7: 0.1}, {0: 0.8, 1: 0.82, 9: 1.0})
    assert found is not None
    assert (found.seeds, found.wins, found.losses) == (2, 2, 0)
    assert compare_pairs({0: 0.9}, {1: 0.9}) is None
