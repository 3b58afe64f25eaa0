from dataclasses import replace
from itertools import pairwise

import pytest

from explorer.evaluation.change_levels import CHANGE_LEVELS, ChangeLevels
from explorer.plots.robustness import draw_legend, draw_robustness, most_telling, robustness, ticks

SHIFT, ROTATION = CHANGE_LEVELS["shift"], CHANGE_LEVELS["rotation"]
FALLING = [0.95, 0.9, 0.7, 0.4, 0.2, 0.12, 0.1, 0.1]
STEADY = [0.97, 0.96, 0.95, 0.9, 0.8, 0.7, 0.6, 0.5]


def test_accuracies_are_in_percent_at_their_levels():
    (curve,) = robustness(SHIFT, {"7": FALLING}).curves
    assert curve.levels == SHIFT.levels
    assert curve.accuracies == pytest.approx([95, 90, 70, 40, 20, 12, 10, 10])


def test_guessing_is_easier_among_two_classes_and_of_different_numbers_not_drawn():
    of_ten, of_two = robustness(SHIFT, {"7": FALLING}), robustness(SHIFT, {"7": FALLING}, {2})
    assert [line.y0 for line in draw_robustness(of_ten).layout.shapes[1:]] == [10]
    assert [line.y0 for line in draw_robustness(of_two).layout.shapes[1:]] == [50]
    assert len(draw_robustness(robustness(SHIFT, {"7": FALLING}, {2, 10})).layout.shapes) == 1


def test_shares_of_pixels_are_in_percent_too():
    drawn = robustness(CHANGE_LEVELS["shuffling"], {"7": [1, 0.9, 0.8, 0.7, 0.6, 0.5, 0.1]})
    assert drawn.curves[0].levels == (0, 2, 5, 10, 20, 50, 100)


def test_a_growing_curve_holds_the_first_levels():
    drawn = robustness(SHIFT, {"7": FALLING[:3], "9": STEADY})
    assert drawn.curves[0].levels == (0, 1, 2)
    assert drawn.common_levels == (0, 1, 2)
    assert drawn.accuracies_at(2) == pytest.approx((70, 95))


def test_most_is_told_where_two_runs_lie_furthest_apart():
    drawn = robustness(SHIFT, {"7": FALLING, "9": STEADY})
    assert most_telling(drawn) == 4  # 20 % and 80 %
    assert drawn.spread_at(4) == pytest.approx(60)


def test_of_one_run_most_is_told_where_a_quarter_is_lost():
    assert most_telling(robustness(SHIFT, {"7": FALLING})) == 2  # 70 % of 95 %
    assert most_telling(robustness(SHIFT, {"7": [0.95, 0.9, 0.94, 0.93, 0.92, 0.92, 0.91, 0.91]})) == 1


def test_nothing_is_told_before_all_runs_have_a_changed_level():
    assert most_telling(robustness(SHIFT, {})) is None
    assert most_telling(robustness(SHIFT, {"7": FALLING[:1]})) is None
    assert most_telling(robustness(SHIFT, {"7": FALLING, "9": []})) is None


def test_a_run_without_values_keeps_its_place_and_so_its_colour():
    figure = draw_robustness(robustness(SHIFT, {"7": [], "9": STEADY}))
    assert [line.name for line in figure.data] == ["7", "9"]
    assert figure.data[0].x == (None,)  # plotly gives no colour to a line without any point


def test_a_name_is_shown_as_it_was_written():
    shown = "a&amp;b &lt;b>bold&lt;/b>"
    drawn = robustness(SHIFT, {"a&b <b>bold</b>": STEADY})
    assert draw_robustness(drawn).data[0].name == shown
    assert draw_robustness(drawn, is_small=True).data[0].hovertemplate.startswith(shown)
    assert draw_legend(["a&b <b>bold</b>"]).data[0].name == shown


def test_the_unchanged_level_and_guessing_are_marked():
    figure = draw_robustness(robustness(ROTATION, {"7": [0.5] * 9}))
    assert {(line.x0, line.x1) for line in figure.layout.shapes if line.x0 == line.x1} == {(0, 0)}
    assert [line.y0 for line in figure.layout.shapes if line.y0 == line.y1] == [10]
    assert {note.text for note in figure.layout.annotations} == {"unchanged", "guessing"}


def test_axes_have_units_and_hold_every_level_and_the_whole_of_accuracy():
    for change in CHANGE_LEVELS.values():
        figure = draw_robustness(robustness(change, {"7": [0.5] * len(change.levels)}))
        low, high = figure.layout.xaxis.range
        assert all(low < place < high for place in figure.data[0].x)
        assert "(" in figure.layout.xaxis.title.text
        assert figure.layout.yaxis.title.text == "accuracy (%)"
        assert figure.layout.yaxis.range[0] < 0
        assert figure.layout.yaxis.range[1] > 100


def test_the_pointer_reads_the_exact_value():
    assert "%{y:.1f} %" in draw_robustness(robustness(SHIFT, {"7": FALLING})).data[0].hovertemplate
    small = draw_robustness(robustness(SHIFT, {"7": FALLING}), is_small=True)
    assert small.data[0].hovertemplate.startswith("7: ")
    assert not small.layout.showlegend


@pytest.mark.parametrize("change", CHANGE_LEVELS.values(), ids=lambda change: change.name)
def test_ticks_stand_at_levels_far_enough_apart_and_at_the_unchanged_one(change: ChangeLevels):
    drawn = robustness(change, {})
    marks = ticks(drawn, 0.1)
    assert drawn.none in marks
    assert set(marks) <= set(drawn.levels)
    least = 0.1 * (drawn.levels[-1] - drawn.levels[0])
    assert all(after - before >= least for before, after in pairwise(marks))


def test_no_two_ticks_of_equal_places_are_kept():
    drawn = replace(robustness(SHIFT, {}), levels=(0, 0.01, 5, 8))
    assert ticks(drawn, 0.1) == (0, 5, 8)
