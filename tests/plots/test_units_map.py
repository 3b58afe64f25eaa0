import numpy as np

from explorer.plots.units_map import ALL_SHOWN, draw_units_map, units_map


def test_every_unit_is_a_square_that_knows_its_layer_and_number():
    layers = units_map({"hidden 1": np.array([False, True, False]), "hidden 2": np.array([True, False])})
    assert [layer.title for layer in layers] == ["hidden 1: 1 of 3 dead", "hidden 2: 1 of 2 dead"]
    figure = draw_units_map(layers)
    (squares,) = figure.data
    assert [tuple(key) for key in squares.customdata] == [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1)]
    assert squares.text[1] == "hidden 1, unit 1: dead"
    colors = list(squares.marker.color)
    assert colors[1] == colors[3] != colors[0] == colors[2] == colors[4]
    assert len({(x, y) for x, y in zip(squares.x, squares.y, strict=True)}) == 5
    assert max(squares.y) < figure.layout.height


def test_of_a_large_layer_only_dead_units_are_drawn():
    dead = np.zeros(4096, bool)
    dead[[7, 4000]] = True
    (layer,) = units_map({"hidden 1": dead})
    assert layer.units == (7, 4000)
    assert layer.title == "hidden 1: 2 of 4,096 dead (only these drawn)"
    (full,) = units_map({"hidden 1": np.ones(4096, bool)})
    assert len(full.units) == ALL_SHOWN
    assert full.title == "hidden 1: 4,096 of 4,096 dead (512 of them drawn)"
