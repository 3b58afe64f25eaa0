from explorer.plots.probabilities import draw_probabilities, probability_bars

NAMES = [str(digit) for digit in range(10)]


def test_the_answer_is_the_class_of_the_longest_bar_and_the_truth_is_marked():
    bars = probability_bars([0.1, 0.7, 0.2] + [0.0] * 7, NAMES, truth=2)
    assert (bars.answer, bars.is_right) == (1, False)
    figure = draw_probabilities(bars)
    assert list(figure.data[0].y)[:3] == ["0", "1", "2 ✓"]
    assert list(figure.data[0].x)[:2] == [10.0, 70.0]


def test_of_a_drawing_nobody_knows_the_truth():
    bars = probability_bars([0.5] * 2, ["a", "b"])
    assert not bars.is_right
    assert list(draw_probabilities(bars).data[0].y) == ["a", "b"]


def test_short_bars_have_their_number_beside_them_and_long_ones_inside():
    drawn = draw_probabilities(probability_bars([0.096, 0.124, 0.78], ["0", "1", "2"]))
    assert drawn.data[0].textposition == ("outside", "outside", "inside")
