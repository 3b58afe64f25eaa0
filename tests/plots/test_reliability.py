import numpy as np
import pytest

from explorer.evaluation.calibration import calibration
from explorer.plots.reliability import draw_reliability, reliability


def made_of(*groups: tuple[int, float, int]):
    """So many images each, answered with 0 at this probability, of which so many are 0."""
    rows, labels = [], []
    for count, sure, right in groups:
        rows += [[sure, 1 - sure] + [0.0] * 8] * count
        labels += [0] * right + [1] * (count - right)
    return reliability(calibration(np.array(rows).reshape(-1, 10), np.array(labels, dtype=int)))


# 20 images at 95 %, of which 16 are right (80 %), and 5 at 55 %, of which 3 are right (60 %).
DRAWN = made_of((20, 0.95, 16), (5, 0.55, 3))


def test_the_numbers_are_those_counted_by_hand():
    assert [(bar.count, round(bar.low, 6), round(bar.high, 6)) for bar in DRAWN.bars] == [
        (5, 0.5, 0.6),
        (20, 0.9, 1.0),
    ]
    assert [bar.accuracy for bar in DRAWN.bars] == pytest.approx([0.6, 0.8])
    assert DRAWN.images == 25
    assert DRAWN.confidence == pytest.approx((20 * 0.95 + 5 * 0.55) / 25)  # 87.0 %
    assert DRAWN.accuracy == pytest.approx(19 / 25)
    assert DRAWN.error == pytest.approx((20 * 0.15 + 5 * 0.05) / 25)  # 13 points


def test_it_is_told_in_words():
    assert DRAWN.sentence == "says 87.0 % on average and is right in 76.0 %: over-confident by 11.0 points"
    assert "under-confident by 20.0 points" in made_of((10, 0.8, 10)).sentence
    assert made_of((10, 0.8, 8)).sentence.endswith("as sure as it is right")
    assert DRAWN.bars[1].sentence == (
        "20 images answered with 90 to 100 %:<br>says 95.0 % on average, right in 80.0 %"
    )


def test_bars_stand_on_their_bins_and_points_at_the_means():
    bars, diagonal, points = draw_reliability(DRAWN).data
    assert list(bars.x) == pytest.approx([55, 95])
    assert list(bars.y) == pytest.approx([60, 80])
    assert list(bars.text) == ["5", "20"]
    assert list(points.x) == pytest.approx([55, 95])
    assert list(points.y) == list(bars.y)
    assert (list(diagonal.x), list(diagonal.y)) == ([0, 100], [0, 100])


def test_bins_of_few_images_are_paler():
    few, many = draw_reliability(DRAWN).data[2].marker.color
    assert few != many


def test_no_images_make_no_bars():
    assert draw_reliability(made_of()).data[0].x == ()
