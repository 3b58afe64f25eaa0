import numpy as np

from explorer.plots.feature_maps import draw_map_tiles, draw_unit_bars, map_tiles


def test_every_map_lies_at_its_place_on_one_scale():
    maps = np.arange(5 * 22 * 23, dtype=np.float32).reshape(5, 22, 23)
    tiles = map_tiles(maps, columns=3)
    assert tiles.scale == 2529
    np.testing.assert_array_equal(tiles.pixels[1:23, 1:24], maps[0])
    np.testing.assert_array_equal(tiles.pixels[24:46, 25:48], maps[4])
    assert np.isnan(tiles.pixels[0, 0])
    assert tiles.peaks == (505, 1011, 1517, 2023, 2529)
    texts = draw_map_tiles(tiles).data[1].text
    assert texts[1][1] == "filter 4: greatest 2.53e+03"
    assert texts[1][2] == ""


def test_small_maps_are_enlarged_by_whole_factors():
    tiles = map_tiles(np.array([[[1.0, 2.0], [3.0, 4.0]]]))
    assert tiles.pitch == (23, 23)
    assert tiles.pixels[1:12, 1:12].min() == tiles.pixels[1:12, 1:12].max() == 1


def test_units_have_a_bar_each():
    figure = draw_unit_bars(np.array([0.0, -1.5, 2.0]))
    assert list(figure.data[0].y) == [0.0, -1.5, 2.0]
    draw_unit_bars(np.zeros(4))
