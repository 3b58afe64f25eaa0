import numpy as np
import pytest

from explorer.classical.illustration import illustrate
from explorer.config.run import Hog
from explorer.data.features import feature_count
from explorer.plots.hog import draw_gradient, draw_image, edge, gradient_picture
from explorer.plots.hog_cells import cell_stars, degrees, draw_cells
from explorer.plots.hog_neighbours import draw_neighbours, neighbour_tiles
from explorer.plots.hog_numbers import draw_numbers, number_rows
from explorer.plots.hog_weights import cell_weights, draw_weight_stars, weight_stars

# Bright on the right from column 14 on: one upright edge.
UPRIGHT = np.zeros((28, 28), dtype=np.uint8)
UPRIGHT[:, 14:] = 255
STEPS = illustrate(UPRIGHT, Hog())


def segments(x: tuple[float | None, ...], y: tuple[float | None, ...]) -> list[tuple[float, ...]]:
    return [(x[n], y[n], x[n + 1], y[n + 1]) for n in range(0, len(x), 3)]


@pytest.mark.parametrize(
    ("direction", "right", "down"), [(0.0, 0.0, 1.0), (90.0, -1.0, 0.0), (45.0, -(0.5**0.5), 0.5**0.5)]
)
def test_an_edge_is_at_right_angles_to_its_gradient(direction: float, right: float, down: float):
    assert edge(direction, 1.0) == pytest.approx((right, down))


def test_strokes_lie_along_the_edge_and_only_where_there_is_one():
    picture = gradient_picture(STEPS.magnitude, STEPS.direction)
    lines = segments(picture.strokes_x, picture.strokes_y)
    assert {round((one + other) / 2) for one, _, other, _ in lines} == {13, 14}  # left and right of the edge
    assert all(one == pytest.approx(other) for one, _, other, _ in lines)  # upright
    assert picture.sentences[5][13] == "row 5, column 13: magnitude 1, direction 0°"
    assert picture.sentences[5][3] == "row 5, column 3: magnitude 0, no direction"


def test_a_blank_image_has_no_strokes_and_can_be_drawn():
    blank = illustrate(np.zeros((28, 28), dtype=np.uint8), Hog())
    picture = gradient_picture(blank.magnitude, blank.direction)
    assert picture.strokes_x == ()
    assert draw_gradient(picture).data[0].zmax == 1.0
    stars = cell_stars(blank.histograms, 7)
    assert stars.strokes_x == stars.tips_x == ()
    assert draw_cells(UPRIGHT, stars).data[1].x.count(None) == 2 * 5  # the borders of 4×4 cells


def test_magnitude_and_direction_of_other_shapes_are_refused():
    with pytest.raises(ValueError, match="magnitude is"):
        gradient_picture(np.zeros((2, 2)), np.zeros((2, 3)))


def test_the_image_is_drawn_pixel_by_pixel_with_the_first_row_on_top():
    figure = draw_image(UPRIGHT)
    assert [list(row) for row in figure.data[0].z] == UPRIGHT.tolist()
    assert figure.layout.yaxis.range[0] > figure.layout.yaxis.range[1]


def test_a_star_has_a_stroke_for_each_direction_that_was_counted():
    histograms = np.zeros((4, 4, 9))
    histograms[1, 2, 0], histograms[1, 2, 4] = 1.0, 0.25
    stars = cell_stars(histograms, 7)
    (first, second) = segments(stars.strokes_x, stars.strokes_y)
    middle = (2 * 7 + 3, 1 * 7 + 3)
    for line in (first, second):
        assert ((line[0] + line[2]) / 2, (line[1] + line[3]) / 2) == pytest.approx(middle)
    lengths = [np.hypot(line[2] - line[0], line[3] - line[1]) for line in (first, second)]
    assert lengths == pytest.approx([7.0, 3.5])  # the root of the counts, across the whole cell at most
    assert second[0] != second[2]
    assert second[1] == pytest.approx(second[3])  # 80–100°: brightness changes downwards, the edge is level
    assert stars.sentences[0] == "cell 2, 3: 0–20° → 1"
    assert len(stars.tips_x) == len(stars.sentences) == 4


def test_directions_are_told_in_degrees():
    assert [degrees(n, 4) for n in (0, 3)] == ["0–45°", "135–180°"]


@pytest.mark.parametrize("hog", [Hog(), Hog(cell_size=5, block_size=1), Hog(orientations=4, block_size=3)])
def test_numbers_are_those_of_the_features_in_their_order(hog: Hog):
    steps = illustrate(UPRIGHT, hog)
    rows = number_rows(steps.blocks)
    assert rows.count == feature_count(hog)
    assert np.array_equal(rows.values.ravel().astype(np.float32), steps.vector)
    assert len(rows.blocks) * len(rows.cells) * hog.orientations == rows.count
    (drawn,) = draw_numbers(rows).data
    assert np.array_equal(np.array(drawn.z), rows.values)


def test_each_number_is_told_with_block_cell_and_direction():
    rows = number_rows(STEPS.blocks)
    place = 4 * 36 + 3 * 9 + 2  # fifth block, its last cell, third direction
    assert rows.sentences[4][3 * 9 + 2] == (
        f"number {place + 1} of 324: {STEPS.vector[place]:.4f}<br>block 2, 2, cell 3, 3, 40–60°"
    )
    assert rows.cells == ("upper left", "upper right", "lower left", "lower right")


def test_neighbours_of_another_class_are_marked_and_counted():
    images = np.zeros((5, 28, 28), dtype=np.uint8)
    tiles = neighbour_tiles(images, [4, 9, 4, 4, 1], [1, 1.5, 2, 2.25, 3], own=4, names=tuple("0123456789"))
    assert tiles.captions[:2] == ("4 · 1.00", "9 ✗ · 1.50")
    assert tiles.agree == (True, False, True, True, False)
    assert tiles.sentence == "3 of 5 are of its class (4)"
    assert tiles.hovers[1] == "neighbour 2: class 9, distance 1.5, not 4"
    figure = draw_neighbours(tiles)
    assert [shape.line.width for shape in figure.layout.shapes] == [1, 3, 1, 1, 3]
    assert list(figure.data[1].text) == list(tiles.captions)


def test_weights_of_a_cell_are_added_up_over_its_blocks():
    hog = Hog()
    weights = np.ones((10, feature_count(hog)))
    summed = cell_weights(weights, cells=4, block_size=2, orientations=9)
    assert summed.shape == (10, 4, 4, 9)
    # A corner is in one block, a cell at the rim in two, one in the middle in four.
    assert summed[0, :, :, 0].tolist() == [[1, 2, 2, 1], [2, 4, 4, 2], [2, 4, 4, 2], [1, 2, 2, 1]]


def test_weights_for_and_against_a_class_are_drawn_apart():
    weights = np.zeros((10, 4, 4, 9))
    weights[3, 0, 0, 4], weights[7, 0, 0, 4] = 1.0, -1.0
    stars = weight_stars(weights, 7, tuple("0123456789"))
    left, top = stars.corners[3]
    (line,) = segments(*stars.positive)
    assert ((line[0] + line[2]) / 2 - left, (line[1] + line[3]) / 2 - top) == pytest.approx((3, 3))
    (line,) = segments(*stars.negative)
    assert (line[0] + line[2]) / 2 - stars.corners[7][0] == pytest.approx(3)
    assert list(draw_weight_stars(stars).data[2].text) == list("0123456789")
