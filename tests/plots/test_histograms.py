import numpy as np
import pytest

from explorer.plots.histograms import (
    MOST_SAMPLED,
    draw_histogram,
    draw_history,
    history_of_counts,
    history_of_spreads,
    spread,
)


def test_a_spread_counts_every_value_of_a_small_array_and_some_of_a_large_one():
    small = spread(np.array([[0.0, 1.0], [1.0, 4.0]]))
    assert (small.counts.sum(), small.low, small.high) == (4, 0.0, 4.0)
    assert spread(np.zeros(3_000_000, np.float32)).counts.sum() < 2 * MOST_SAMPLED
    assert spread(np.array([np.nan, 2.0])).counts.sum() == 1
    assert spread(np.array([])).counts.sum() == 0


def test_epochs_of_different_ranges_lie_on_the_same_edges():
    random = np.random.default_rng(0)
    narrow, wide = random.uniform(-1, 1, 40_000), random.uniform(-4, 4, 40_000)
    history = history_of_spreads((1, 5), [spread(narrow), spread(wide)], bins=8)
    np.testing.assert_allclose(history.edges, np.linspace(-4, 4, 9), atol=0.01)
    np.testing.assert_allclose(history.shares.sum(1), 1)
    np.testing.assert_allclose(history.shares[0], [0, 0, 0, 0.5, 0.5, 0, 0, 0], atol=0.02)
    np.testing.assert_allclose(history.shares[1], [0.125] * 8, atol=0.02)
    with pytest.raises(ValueError, match="as many spreads"):
        history_of_spreads((1, 2), [spread(narrow)])


def test_a_history_that_grows_has_the_epochs_that_are_there():
    history = history_of_counts((1, 2, 3), np.array([[3, 1], [0, 2]]), np.array([0.0, 1.0, 2.0]))
    assert history.epochs == (1, 2)
    assert history.shares.tolist() == [[0.75, 0.25], [0, 1]]
    figure = draw_history(history, "weight", 2)
    (heat,) = figure.data
    assert list(heat.customdata[0]) == [75, 0]
    (frame,) = figure.layout.shapes
    assert (frame.x0, frame.x1) == (0.5, 1.5)
    assert not draw_history(history, "weight", 3).layout.shapes


def test_one_epoch_alone_is_drawn_in_percent():
    (bars,) = draw_histogram(np.array([0.0, 1.0, 3.0]), np.array([0.75, 0.25]), "weight").data
    assert (list(bars.y), list(bars.width)) == ([75.0, 25.0], [1.0, 2.0])
