import numpy as np
import pytest

from explorer.plots.attribution import attribution_picture, draw_attribution


def test_the_scale_is_that_of_the_strongest_pixel_and_the_total_their_sum():
    values = np.zeros((28, 28), np.float32)
    values[3, 4], values[5, 6] = -2.5, 1.0
    picture = attribution_picture(values, np.full((28, 28), 255, np.uint8), 3.0, 4.5)
    assert picture.scale == 2.5
    assert picture.total == pytest.approx(picture.score - picture.baseline_score)
    figure = draw_attribution(picture)
    assert (figure.data[0].zmin, figure.data[0].zmax) == (-2.5, 2.5)
    assert figure.data[0].z[3][4] == -2.5


def test_an_image_without_any_attribution_can_be_drawn():
    draw_attribution(attribution_picture(np.zeros((28, 28)), np.zeros((28, 28), np.uint8), 0.0, 0.0))
