from collections.abc import Iterable
from math import inf, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from explorer.evaluation.paired import Comparison, compare_pairs, in_a_sentence, student_t

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
    assert in_a_sentence(found, "A", "B") == f"Cannot tell yet: add {found.more_seeds} seeds."


def of(differences: Iterable[float], step: float = 0.0) -> Comparison:
    pairs = dict(enumerate(float(difference) for difference in differences))
    found = compare_pairs(pairs, dict.fromkeys(pairs, 0.0), step=step)
    assert found is not None
    return found


@pytest.mark.parametrize("seeds", [2, 3, 5, 12])
def test_the_interval_holds_the_true_difference_in_95_of_100_simulated_studies(seeds: int):
    draws = np.random.default_rng(seeds).normal(0.002, 0.003, (2000, seeds))
    held = [abs(found.difference - 0.002) <= found.half_width for found in map(of, draws)]
    assert 0.935 < np.mean(held) < 0.965  # three standard errors


@pytest.mark.parametrize("effect", [1.0, 1.5, 3.0])
def test_the_seeds_asked_for_settle_it_most_of_the_time(effect: float):
    """Differences that are really there, of so many standard deviations, left open by three seeds."""
    generator = np.random.default_rng(1)
    settled = []
    for _ in range(1500):
        first = generator.normal(effect, 1.0, 3)
        more = of(first).more_seeds
        if more is not None:
            settled.append(of([*first, *generator.normal(effect, 1.0, more)]).is_sure)
    assert np.mean(settled) > 0.65
    assert len(settled) > 50


def test_where_there_is_no_difference_it_is_found_once_in_twenty_times_and_by_going_on_once_in_ten():
    generator = np.random.default_rng(2)
    at_once, in_the_end = [], []
    for _ in range(1500):
        differences = list(generator.normal(0.0, 1.0, 3))
        at_once.append(of(differences).is_sure)
        while (more := of(differences).more_seeds) is not None:
            differences += list(generator.normal(0.0, 1.0, more))
        in_the_end.append(of(differences).is_sure)
    assert 0.03 < np.mean(at_once) < 0.07
    assert 0.07 < np.mean(in_the_end) < 0.13  # as the button's help says


def test_equal_differences_of_few_images_are_no_certainty():
    """Two networks that differ by the same one image of 144 on two seeds."""
    assert of([1 / 144, 1 / 144]).is_sure
    assert not of([1 / 144, 1 / 144], step=1 / 144).is_sure
    assert of([5 / 144] * 3, step=1 / 144).is_sure


def test_one_seed_says_nothing_and_equal_groups_are_said_to_be_equal():
    one = compare_pairs({3: 0.9}, {3: 0.8})
    assert one is not None
    assert (one.half_width, one.is_sure) == (inf, False)
    assert in_a_sentence(one, "A", "B") == "Cannot tell yet: add 3 seeds."
    same = of([0.01, -0.01, 0.011, -0.012] * 10)
    low, high = same.difference - same.half_width, same.difference + same.half_width
    assert in_a_sentence(same, "A", "B") == (
        "No difference to be seen on 40 seeds: A and B are within "
        f"{100 * max(-low, high):.2f} points of each other."
    )


def test_few_seeds_without_a_difference_are_not_given_up_on():
    assert of([0.01, -0.01]).more_seeds == 3
    assert of([0.0, 0.0, 0.0]).more_seeds == 3
    assert of([0.01, -0.01, 0.01, -0.01, 0.0, 0.0]).more_seeds is None


def test_only_seeds_that_both_have_are_compared():
    found = compare_pairs({0: 0.9, 1: 0.91, 7: 0.1}, {0: 0.8, 1: 0.82, 9: 1.0})
    assert found is not None
    assert (found.seeds, found.wins, found.losses) == (2, 2, 0)
    assert compare_pairs({0: 0.9}, {1: 0.9}) is None
