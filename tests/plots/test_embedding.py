import numpy as np
import pytest

from explorer.plots.embedding import draw_point_cloud, point_cloud, sketch

NAMES = tuple("0123456789")


def cloud(dimensions: int = 2, shares=None):
    random = np.random.default_rng(0)
    return point_cloud(
        random.normal(size=(30, dimensions)),
        np.arange(30) % 10,
        np.arange(100, 130),
        random.integers(0, 256, (30, 28, 28), dtype=np.uint8),
        names=NAMES,
        shares=shares,
    )


def test_every_point_is_drawn_once_in_the_colour_of_its_class():
    figure = draw_point_cloud(cloud())
    assert [trace.name for trace in figure.data] == list(NAMES)
    assert sorted(point[0] for trace in figure.data for point in trace.customdata) == list(range(100, 130))
    assert [point[0] for point in figure.data[3].customdata] == [103, 113, 123]


def test_three_dimensions_are_drawn_in_space():
    figure = draw_point_cloud(cloud(3, shares=(0.5, 0.3, 0.1)))
    assert {trace.type for trace in figure.data} == {"scatter3d"}
    assert "50 % of the variance" in figure.layout.scene.xaxis.title.text


def test_a_sketch_shows_where_the_ink_is():
    image = np.zeros((28, 28), np.uint8)
    image[4, 4] = image[7, 5] = image[8:10, 6] = 255
    lines = sketch(image).split("<br>")
    assert len(lines) == 10
    assert {len(line) for line in lines} == {20}
    assert (lines[0][0], lines[1][1], lines[2][2]) == ("▀", "▄", "█")
    assert lines[5].strip("\u00a0") == ""


def test_what_does_not_fit_together_is_refused():
    with pytest.raises(ValueError, match="as many"):
        point_cloud(
            np.zeros((3, 2)), np.zeros(2, int), np.zeros(3, int), np.zeros((3, 28, 28), np.uint8), names=NAMES
        )
    with pytest.raises(ValueError, match="4 dimensions"):
        point_cloud(
            np.zeros((1, 4)), np.zeros(1, int), np.zeros(1, int), np.zeros((1, 28, 28), np.uint8), names=NAMES
        )


def test_the_buttons_of_the_figure_lie_above_its_legend():
    names = ("0", "1")
    cloud = point_cloud(
        np.zeros((2, 2)), np.array([0, 1]), np.arange(2), np.zeros((2, 28, 28), np.uint8), names=names
    )
    assert draw_point_cloud(cloud).layout.margin.t >= 30
