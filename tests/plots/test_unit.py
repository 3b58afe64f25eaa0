import numpy as np
import pytest

from explorer.plots.unit import (
    draw_activation_histogram,
    draw_class_means,
    draw_unit_picture,
    draw_weight_bars,
    weight_bars,
)


def test_the_picture_gives_each_weight_where_it_lies_on_a_symmetric_scale():
    weights = np.zeros(784)
    weights[28 * 3 + 5] = -0.5
    (heat,) = draw_unit_picture(weights).data
    assert heat.z[3][5] == -0.5
    assert (heat.zmin, heat.zmax) == (-0.5, 0.5)
    assert len(draw_unit_picture(np.ones((1, 5, 5))).data[0].z) == 5
    with pytest.raises(ValueError, match="no square picture"):
        draw_unit_picture(np.zeros(10))


def test_of_many_weights_the_greatest_of_either_sign_are_shown_in_their_order():
    bars = weight_bars(np.array([0.1, -3.0, 0.2, 2.0]), ["a", "b", "c", "d"], most=2)
    assert (bars.names, bars.values, bars.left_out) == (("b", "d"), (-3.0, 2.0), 2)
    (drawn,) = draw_weight_bars(bars, "weight", "unit").data
    assert list(drawn.y) == [-3.0, 2.0]
    with pytest.raises(ValueError, match="as many names"):
        weight_bars(np.zeros(2), ["a"])


def test_a_bar_of_the_histogram_spans_its_bin():
    (drawn,) = draw_activation_histogram(np.array([3, 1]), np.array([0.0, 2.0, 4.0])).data
    assert (list(drawn.x), list(drawn.width), list(drawn.y)) == ([1.0, 3.0], [2.0, 2.0], [3, 1])


def test_a_class_without_images_has_no_bar():
    (drawn,) = draw_class_means(np.array([0.5, np.nan]), ["a", "b"]).data
    assert list(drawn.y) == [0.5, None]
