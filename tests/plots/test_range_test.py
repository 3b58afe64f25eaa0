import math

import numpy as np
import pytest

from explorer.plots.range_test import draw_range_test, range_curve

RATES = [1e-4, 1e-3, 1e-2, 1e-1]
LOSSES = [2.4, 2.0, 0.9, 6.0]
SMOOTHED = [2.4, 2.2, 1.4, 4.0]


def test_the_suggestion_lies_on_the_smoothed_curve():
    made = range_curve(RATES, LOSSES, SMOOTHED, 1.1e-3, 0.01)
    assert made.suggested == (1e-3, 2.2)


def test_without_a_suggestion_nothing_is_marked_but_the_rate_now():
    made = range_curve(RATES, LOSSES, SMOOTHED, math.nan, 0.02)
    assert made.suggested is None
    figure = draw_range_test(made)
    assert [note.text for note in figure.layout.annotations] == ["now 0.02"]
    assert [trace.name for trace in figure.data] == ["smoothed", "single batches"]


def test_what_left_all_bounds_is_cut_off():
    made = range_curve(RATES, [2.4, 2.0, math.inf, 1.0], [2.4, 2.2, math.inf, math.nan], math.nan, 0.01)
    assert made.rates == (1e-4, 1e-3)
    assert made.smoothed == (2.4, 2.2)


def test_the_explosion_at_the_end_does_not_flatten_the_fall():
    made = range_curve(RATES, LOSSES, [2.4, 2.2, 1.4, 4e9], math.nan, 0.01)
    assert made.low == pytest.approx(1.4 - 0.15)
    assert made.high == pytest.approx(2.4 + 0.15)


def test_lines_and_notes_stand_at_their_rates_on_a_logarithmic_axis():
    figure = draw_range_test(range_curve(RATES, LOSSES, SMOOTHED, 1e-3, 0.05))
    assert figure.layout.xaxis.type == "log"
    assert [shape.x0 for shape in figure.layout.shapes] == [0.05, 1e-3]
    assert [note.xanchor for note in figure.layout.annotations] == ["left", "right"]  # away from each other
    places = [note.x for note in figure.layout.annotations]
    assert places == pytest.approx([math.log10(0.05), -3])


def test_hover_tells_rate_and_loss_exactly():
    figure = draw_range_test(range_curve(RATES, LOSSES, SMOOTHED, 1e-3, 0.05))
    smoothed = figure.data[0]
    np.testing.assert_allclose(smoothed.y, SMOOTHED)
    assert "%{x:.3g}" in smoothed.hovertemplate
    assert "%{y:.4f}" in smoothed.hovertemplate


def test_a_test_that_has_no_steps_yet_draws_an_empty_figure():
    figure = draw_range_test(range_curve([], [], [], math.nan, 0.01))
    assert list(figure.data[0].x) == []
