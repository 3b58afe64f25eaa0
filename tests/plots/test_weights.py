import base64
import io

import numpy as np
import pytest
from PIL import Image

from explorer.plots.palette import NEGATIVE, POSITIVE
from explorer.plots.weights import draw_weight_tiles, weight_tiles


def test_a_tile_shows_its_unit_the_right_way_up_within_thin_gaps():
    weights = np.zeros((3, 784), dtype=np.float32)
    weights[2] = np.arange(784) / 783
    tiles = weight_tiles(weights)
    assert (tiles.columns, tiles.pitch) == (3, 29)
    assert tiles.pixels.shape == (30, 3 * 29 + 1)
    np.testing.assert_array_equal(tiles.pixels[1:29, 59:87], weights[2].reshape(28, 28))
    assert np.isnan(tiles.pixels[0]).all()
    assert np.isnan(tiles.pixels[:, [0, 29, 58, 87]]).all()


def test_where_no_tile_is_there_is_no_gap_either():
    tiles = weight_tiles(np.ones((5, 784)))
    assert tiles.columns == 3
    assert (tiles.pixels[31:, 59:] == 0).all()


def test_small_filters_are_enlarged_by_whole_factors():
    weights = np.arange(9.0).reshape(1, 1, 3, 3)
    tiles = weight_tiles(weights)
    assert tiles.pitch == 22
    np.testing.assert_array_equal(tiles.pixels[1:22, 1:22], np.kron(weights[0, 0], np.ones((7, 7))))


def test_the_scale_is_symmetric_and_not_ruled_by_an_outlier():
    weights = np.random.default_rng(0).uniform(-1, 1, (10, 784)).astype(np.float32)
    weights[0, 0] = -50.0
    assert weight_tiles(weights).scale == pytest.approx(1.0, abs=0.02)
    assert weight_tiles(np.zeros((2, 784))).scale == 0.0


def test_units_beyond_the_limit_are_counted_and_the_largest_can_come_first():
    weights = np.diag(np.arange(1.0, 785.0))[:6]
    first = weight_tiles(weights, most=4)
    assert (first.units, first.left_out) == ((0, 1, 2, 3), 2)
    assert first.norms == (1.0, 2.0, 3.0, 4.0)
    assert weight_tiles(weights, most=4, order=(5, 4, 3, 2, 1, 0)).units == (5, 4, 3, 2)


def test_weights_that_are_no_square_pictures_are_refused():
    with pytest.raises(ValueError, match=r"\(4, 324, 2\) are no square pictures"):
        weight_tiles(np.zeros((4, 324, 2)))


def test_the_picture_is_see_through_at_zero_and_full_at_the_ends_of_the_scale():
    weights = np.zeros((1, 784), dtype=np.float32)
    weights[0, :20], weights[0, 20:40] = 1.0, -1.0
    source = draw_weight_tiles(weight_tiles(weights)).data[0].source
    picture = np.asarray(Image.open(io.BytesIO(base64.b64decode(source.partition(",")[2]))).convert("RGBA"))
    assert picture.shape == (30, 30, 4)
    assert tuple(picture[1, 1]) == (*POSITIVE, 255)
    assert tuple(picture[1, 25]) == (*NEGATIVE, 255)
    assert picture[20, 20, 3] == 0
    assert 0 < picture[0, 0, 3] < 255  # the gap


def test_five_hundred_units_are_one_light_picture_with_a_name_for_each():
    weights = np.random.default_rng(0).normal(size=(512, 784)).astype(np.float32)
    image, points, _ = draw_weight_tiles(weight_tiles(weights)).data
    assert len(image.source) < 700_000
    assert len(points.text) == 512
    assert points.text[7] == f"unit 7, weight norm {np.linalg.norm(weights[7]):.3g}"
    assert points.customdata[7][0] == 7


def test_each_group_starts_a_row_and_each_point_lies_on_its_tile():
    weights = np.ones((6, 784), dtype=np.float32) * np.arange(1, 7)[:, None]
    tiles = weight_tiles(weights, order=(4, 0, 1, 5, 2, 3), groups=["a", "a", "b", "b", "a", "b"])
    assert tiles.groups == ((0, "a"), (1, "b"))
    assert tiles.places == ((0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2))
    points = draw_weight_tiles(tiles).data[1]
    for x, y, (unit,) in zip(points.x, points.y, points.customdata, strict=True):
        assert tiles.pixels[int(y), int(x)] == unit + 1


def test_on_a_scale_of_its_own_a_faint_tile_is_as_full_as_a_strong_one():
    weights = np.zeros((2, 784), dtype=np.float32)
    weights[0, 5], weights[1, 5] = 100.0, -0.01
    tiles = weight_tiles(weights, own_scales=True)
    assert tiles.scale == 1.0
    assert tiles.pixels[1, 6] == 1.0
    assert tiles.pixels[1, 35] == -1.0


def test_dead_tiles_are_crossed_out_and_the_chosen_one_is_framed():
    tiles = weight_tiles(np.ones((4, 784)), order=(3, 2, 1, 0), crossed=[False, False, False, True])
    figure = draw_weight_tiles(tiles, chosen=2)
    crosses = figure.data[1]
    assert [place for place in crosses.x if place is not None] == [0.5, 29.5, 0.5, 29.5]
    assert figure.data[2].text[0].endswith("<br>dead")
    assert not figure.data[2].text[1].endswith("dead")
    (frame,) = figure.layout.shapes
    assert (frame.x0, frame.y0) == (29.5, 0.5)
    assert not draw_weight_tiles(tiles, chosen=9).layout.shapes
