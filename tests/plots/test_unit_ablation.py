import numpy as np
import pytest

from explorer.plots.unit_ablation import draw_ranking, draw_unit_loss, ranking, unit_loss

IMAGES = np.array([10, 10, 0, 20])
INTACT = np.array([10, 8, 0, 20])
WITHOUT = np.array([[10, 8, 0, 20], [4, 8, 0, 20], [10, 9, 0, 20]])


def test_the_loss_by_class_is_counted_by_hand():
    loss = unit_loss(IMAGES, INTACT, WITHOUT[1])
    assert loss.intact == pytest.approx(0.95)
    assert loss.without == pytest.approx(0.8)
    assert loss.sentence == "95.00 % right with it, 80.00 % without it: 15.00 points are lost."
    (bars,) = draw_unit_loss(loss, "abcd").data
    assert list(bars.y) == [pytest.approx(60), pytest.approx(0), None, pytest.approx(0)]


def test_a_unit_that_only_disturbs_or_does_nothing_is_said_to():
    assert unit_loss(IMAGES, INTACT, WITHOUT[2]).sentence.endswith("2.50 points are gained.")
    assert unit_loss(IMAGES, INTACT, WITHOUT[0]).sentence.endswith("nothing changes.")


def test_units_are_ranked_by_what_is_lost_without_them():
    ranked = ranking(IMAGES, INTACT, WITHOUT, most=2)
    assert ranked.units == (1, 0)
    assert ranked.losses == (pytest.approx(0.15), 0)
    assert ranked.left_out == 1
    (bars,) = draw_ranking(ranked, chosen=0).data
    assert [key for (key,) in bars.customdata] == [1, 0]
    assert bars.marker.color[0] != bars.marker.color[1]
