from typing import Any

import pytest

from explorer.data.strokes import Stroke
from explorer.errors import DatasetError
from explorer.ui.answer_bars import SCRIPT as BARS
from explorer.ui.answer_bars import Card, as_data
from explorer.ui.drawing_pad import SCRIPT, STYLE, Drawing, read_drawing


def test_what_the_browser_tells_is_read():
    told = {"seq": 3, "strokes": [{"points": [1, 2, 3, 4], "width": 80, "erases": False}]}
    assert read_drawing(told) == Drawing(3, (Stroke(((1, 2), (3, 4)), 80),))
    assert read_drawing({"seq": 1, "strokes": []}) == Drawing(1)


@pytest.mark.parametrize(
    "told", ["x", 7, [], {}, {"seq": "1", "strokes": []}, {"seq": 1}, {"seq": 1, "strokes": [{"points": 3}]}]
)
def test_anything_else_is_refused_in_words(told: Any):
    with pytest.raises(DatasetError, match="draw again"):
        read_drawing(told)


@pytest.mark.parametrize("source", [SCRIPT, STYLE, BARS])
def test_nothing_is_loaded_from_elsewhere(source: str):
    assert "http" not in source
    assert "import" not in source.replace("important", "")
    assert "url(" not in source


def test_a_card_tells_its_answer_and_one_without_shares_has_none():
    names = tuple("0123456789")
    shares = (0.0,) * 6 + (0.75, 0.25, 0.0, 0.0)
    assert as_data(Card("run", names, shares))["answer"] == 6
    assert as_data(Card("run", names, shares))["values"] == list(shares)
    assert as_data(Card("run", names, note="waits"))["answer"] is None
