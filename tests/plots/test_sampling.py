from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.plots.sampling import keep_extremes, merge_bins
from explorer.records import StepMetrics

from .records import step


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=400), st.integers(4, 60))
def test_thinned_values_keep_ends_and_extremes_within_the_limit(values: list[float], most: int):
    array = np.array(values)
    kept = keep_extremes(array, most)
    assert len(kept) <= max(most, 1)
    assert (np.diff(kept) > 0).all()
    assert {0, len(array) - 1} <= set(kept.tolist())
    assert (array[kept].min(), array[kept].max()) == (array.min(), array.max())


def test_few_values_stay_as_they_are():
    assert keep_extremes(np.array([3.0, 1.0, 2.0]), 4).tolist() == [0, 1, 2]
    assert keep_extremes(np.array([]), 4).tolist() == []


def test_a_missing_value_is_no_extreme():
    values = np.array([1.0, np.nan, 5.0, 1.0, 2.0, 0.5, np.nan, 1.0, 1.0, 1.0])
    kept = keep_extremes(values, 6)
    assert {2, 5} <= set(kept.tolist())


def test_fewer_than_four_points_are_refused():
    with pytest.raises(ValueError, match="at least 4, got 3"):
        keep_extremes(np.arange(9.0), 3)


def test_merged_bins_weigh_the_mean_by_steps_and_keep_least_and_greatest():
    bins = [StepMetrics(1, 1, 1, 4.0, 4.0, 4.0), StepMetrics(1, 2, 4, 1.0, 0.5, 2.0), step(5, 3.0)]
    first, second = merge_bins(bins, 2)
    assert (first.first_step, first.last_step, first.loss) == (1, 4, (4.0 + 3 * 1.0) / 4)
    assert (first.loss_min, first.loss_max) == (0.5, 4.0)
    assert second == bins[2]


def test_two_thousand_bins_become_at_most_five_hundred_that_cover_the_same_steps():
    bins = [step(number, number / 7) for number in range(1, 2001)]
    merged = merge_bins(bins)
    assert len(merged) == 500
    assert [merged[0].first_step, merged[-1].last_step] == [1, 2000]
    assert all(a.last_step + 1 == b.first_step for a, b in pairwise(merged))
