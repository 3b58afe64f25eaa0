import pytest

from explorer.plots.confusion import confusion_matrix
from explorer.plots.confusion_difference import confusion_difference, draw_difference

HERE = confusion_matrix(((3, 1, 0), (0, 0, 2), (0, 0, 0)), "abc")  # row %: 75 25 0 | 0 0 100 | nothing
THERE = confusion_matrix(((6, 0, 2), (0, 5, 5), (0, 0, 4)), "abc")  # row %: 75 0 25 | 0 50 50 | 0 0 100


def test_the_difference_is_that_of_row_percentages_in_points():
    difference = confusion_difference(HERE, THERE)
    assert difference.points == ((0, 25, -25), (0, -50, 50), (0, 0, -100))
    assert difference.greatest == 100


def test_a_run_differs_from_itself_in_nothing():
    difference = confusion_difference(HERE, HERE)
    assert difference.greatest == 0
    assert set(draw_difference(difference).data[1].text) == {""}


def test_every_cell_is_told_in_words():
    sentences = confusion_difference(HERE, THERE, "run 7").sentences
    assert sentences[0][1] == "a read as b: 25.0 % here, 0.0 % in run 7: +25.0 points"
    assert sentences[1][1] == "b classified correctly: 0.0 % here, 50.0 % in run 7: −50.0 points"


def test_the_colours_are_as_far_to_one_side_as_to_the_other():
    cells, text = draw_difference(confusion_difference(HERE, THERE)).data
    assert (cells.zmin, cells.zmax) == (-100, 100)
    assert [list(row) for row in cells.z] == [[None, 25, -25], [None, -50, 50], [None, None, -100]]
    assert list(text.text) == ["", "+25.0", "−25.0", "", "−50.0", "+50.0", "", "", "−100.0"]


def test_a_click_tells_the_cell_and_the_chosen_one_is_framed():
    figure = draw_difference(confusion_difference(HERE, THERE), marked=(0, 2))
    assert list(figure.data[1].customdata[5]) == [1, 2]
    (frame,) = figure.layout.shapes
    assert (frame.x0, frame.x1, frame.y0, frame.y1) == (1.5, 2.5, -0.5, 0.5)


def test_other_classes_are_refused():
    with pytest.raises(ValueError, match="can't be compared"):
        confusion_difference(HERE, confusion_matrix(((1, 0), (0, 1)), "ab"))
