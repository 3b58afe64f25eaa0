import math

from explorer.plots.preview import draw_preview, preview


def test_the_best_value_is_that_of_the_greatest_accuracy_and_the_first_of_equals():
    made = preview("Learning rate", [0.01, 0.1, 1.0], [0.5, 0.9, 0.9], 0.1, 3)
    assert (made.best, made.best_accuracy) == (0.1, 0.9)


def test_a_network_that_diverged_has_a_cross_and_no_accuracy():
    made = preview("Learning rate", [0.01, 10.0], [0.5, math.nan], 0.01, 1)
    assert made.values == (0.01,)
    assert made.diverged == (10.0,)
    crosses = draw_preview(made).data[1]
    assert list(crosses.customdata) == ["10"]


def test_where_all_diverged_there_is_no_best():
    made = preview("Learning rate", [1.0, 10.0], [math.nan, math.nan], 1.0, 1)
    assert made.best is None
    draw_preview(made)


def test_zero_stands_to_the_left_of_a_logarithmic_range():
    made = preview("L2", [0.0, 1e-6, 1e-4, 1e-2], [0.9, 0.9, 0.8, 0.1], 0.0, 1)
    figure = draw_preview(made)
    places = list(figure.data[0].x)
    assert places == sorted(places)
    assert places[1:] == [-6.0, -4.0, -2.0]
    assert figure.layout.xaxis.ticktext[0] == "0"
    assert figure.layout.xaxis.title.text == "L2"


def test_momenta_stand_on_a_plain_axis():
    made = preview("Momentum", [0.0, 0.5, 0.9], [0.9, 0.91, 0.92], 0.5, 1)
    figure = draw_preview(made)
    assert list(figure.data[0].x) == [0.0, 0.5, 0.9]
    assert figure.layout.xaxis.title.text == "momentum"


def test_a_chosen_value_outside_of_what_was_tried_is_marked_too():
    figure = draw_preview(preview("Learning rate", [0.01, 0.1, 1.0], [0.5, 0.9, 0.8], 10.0, 3))
    assert figure.layout.shapes[0].x0 == 1.0


def test_nothing_tried_yet_draws_an_empty_figure():
    assert list(draw_preview(preview("Learning rate", [], [], 0.1, 0)).data[0].x) == []


def test_the_chosen_value_is_marked():
    figure = draw_preview(preview("Learning rate", [0.01, 0.1, 1.0], [0.5, 0.9, 0.8], 0.1, 3))
    assert figure.layout.shapes[0].x0 == -1.0
    assert figure.layout.annotations[0].text == "0.1"
