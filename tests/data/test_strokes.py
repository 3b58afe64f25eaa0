from typing import Any

import numpy as np
import pytest

from explorer.data.strokes import MOST_POINTS, Stroke, as_sent, draw_strokes, read_strokes
from explorer.errors import DatasetError

LINE = Stroke(((200, 500), (800, 500)), 100)


def test_a_line_is_as_long_and_as_wide_as_the_pen_made_it():
    picture = draw_strokes([LINE], side=100)
    rows, columns = np.flatnonzero(picture[:, 50]), np.flatnonzero(picture[50])
    assert abs(rows[0] - 45) <= 1
    assert abs(rows[-1] - 54) <= 1
    assert abs(columns[0] - 15) <= 1  # with half a pen at either end
    assert abs(columns[-1] - 84) <= 1
    assert picture.max() == 255
    assert picture.dtype == np.uint8


def test_a_click_is_a_round_dot():
    picture = draw_strokes([Stroke(((500, 500),), 200)], side=100)
    assert abs(int((picture > 127).sum()) - 314) < 25
    np.testing.assert_allclose(np.argwhere(picture).mean(axis=0), 49.5, atol=0.6)


def test_an_eraser_takes_away_what_was_there_before_it_and_nothing_after():
    eraser = Stroke(((0, 500), (1000, 500)), 300, erases=True)
    assert not draw_strokes([LINE, eraser]).any()
    assert (draw_strokes([eraser, LINE]) == draw_strokes([LINE])).all()


def test_nothing_drawn_is_black():
    assert draw_strokes([]).shape == (280, 280)
    assert not draw_strokes([]).any()


def test_strokes_that_leave_the_pad_are_cut_at_its_edge():
    picture = draw_strokes([Stroke(((-500, 500), (1500, 500)), 100)], side=100)
    assert picture[50].all()


def test_strokes_travel_and_come_back():
    strokes = (LINE, Stroke(((1, 2),), 20, erases=True))
    assert read_strokes(as_sent(strokes)) == strokes
    assert read_strokes([]) == ()


@pytest.mark.parametrize(
    "sent",
    [
        None, "strokes", 7, {}, [1], ["points"], [None], [{}], [{"points": "0101", "width": 80}],
        [{"points": [1, 2, 3], "width": 80}], [{"points": [1, "2"], "width": 80}],
        [{"points": [1, None], "width": 80}], [{"points": [True, False], "width": 80}],
        [{"points": [1e9, 1], "width": 80}], [{"points": [float("nan"), 1], "width": 80}],
        [{"points": [float("inf"), 1], "width": 80}], [{"points": [1, 2], "width": 1e9}],
        [{"points": [1, 2], "width": 0}], [{"points": [1, 2]}], [{"points": [[1, 2], [3, 4]], "width": 80}],
        [{"points": [1] * (2 * MOST_POINTS + 2), "width": 80}],
        [{"points": [1] * 2 * MOST_POINTS, "width": 80}, {"points": [1, 1], "width": 80}],
    ],
)  # fmt: skip
def test_anything_else_is_refused_in_words(sent: Any):
    with pytest.raises(DatasetError, match="can't be read"):
        read_strokes(sent)
