"""Loss and accuracy of a walk, and two gradients over one another."""

import numpy as np

from explorer.plots.backprop_check import agreement, draw_agreement
from explorer.plots.backprop_curve import draw_walk, walk_curves


def test_batches_count_from_one_and_epochs_from_before_the_first_step():
    curves = walk_curves([(2.0, 0.1), (1.0, 0.5), (0.5, 0.75)], [(2.2, 0.1), (0.4, 0.9)], 3)
    assert curves.batch_loss.places == (1, 2, 3)
    assert curves.batch_loss.values == (2.0, 1.0, 0.5)
    assert curves.batch_accuracy.values == (0.1, 0.5, 0.75)
    assert curves.epoch_loss.places == (0, 3)
    assert curves.epoch_accuracy.values == (0.1, 0.9)


def test_what_is_no_number_is_left_out_and_long_walks_are_thinned():
    curves = walk_curves([(2.0, 0.1), (float("nan"), 0.0), (float("inf"), 0.0)], [(2.2, 0.1)], 3)
    assert curves.batch_loss.places == (1,)
    many = walk_curves([(1.0 + n % 7, 0.5) for n in range(5000)], [(2.0, 0.1)], 50)
    assert len(many.batch_loss.places) <= 500
    assert max(many.batch_loss.values) == 7


def test_both_panels_are_drawn_accuracy_in_percent():
    figure = draw_walk(walk_curves([(2.0, 0.25)], [(2.2, 0.1)], 3))
    assert [tuple(trace.y) for trace in figure.data] == [(2.0,), (2.2,), (25.0,), (10.0,)]


def test_a_walk_that_has_not_begun_is_drawn():
    assert [len(trace.x) for trace in draw_walk(walk_curves([], [(2.2, 0.1)], 3)).data] == [0, 1, 0, 1]


def test_gradients_lie_over_one_another_with_the_line_where_they_are_equal():
    drawn = agreement(
        [("W¹", np.array([0.5, -2.0]), np.array([0.5, -2.0])), ("b¹", np.zeros(1), np.zeros(1))]
    )
    assert drawn.limit == 2
    figure = draw_agreement(drawn)
    assert list(figure.data[0].x) == list(figure.data[0].y)
    assert [trace.name for trace in figure.data[1:]] == ["W¹", "b¹"]
    assert list(figure.data[1].x) == [0.5, -2.0]


def test_large_parameters_are_thinned_and_flat_ones_drawn():
    drawn = agreement([("W¹", np.arange(2000.0), np.arange(2000.0))])
    assert len(drawn.clouds[0].analytic) == 500
    assert agreement([("W¹", np.zeros(3), np.zeros(3))]).limit == 1
