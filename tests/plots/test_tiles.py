import base64
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from explorer.plots.tiles import draw_tiles, tiles

IMAGES = np.random.default_rng(0).integers(0, 256, (11, 28, 28), dtype=np.uint8)


def picture(figure) -> np.ndarray:
    data = figure.data[0].source.partition(",")[2]
    return np.array(Image.open(BytesIO(base64.b64decode(data))))


def test_every_image_is_in_the_picture_at_its_place():
    made = tiles(IMAGES, [""] * 11, columns=4)
    seen = picture(draw_tiles(made))
    for place, image in enumerate(IMAGES):
        top, left = place // 4 * 32, place % 4 * 32
        np.testing.assert_array_equal(seen[top : top + 28, left : left + 28, 0], image)
    assert not seen[70:90, 3 * 32 + 2 : 3 * 32 + 20, 1].any(), "where no tile is, the page shows"


def test_a_click_on_a_tile_tells_its_key():
    figure = draw_tiles(tiles(IMAGES[:3], ["a", "b", "c"], keys=[70, 50, 60]))
    assert [point[0] for point in figure.data[2].customdata] == [70, 50, 60]
    assert list(figure.data[2].text) == ["a", "b", "c"]


def test_marked_tiles_are_framed():
    figure = draw_tiles(tiles(IMAGES[:2], ["", ""], marked=[False, True]))
    assert [shape.line.width for shape in figure.layout.shapes] == [1, 3]


def test_few_images_take_few_columns():
    assert tiles(IMAGES[:3], [""] * 3, columns=8).columns == 3


def test_no_images_make_an_empty_picture():
    draw_tiles(tiles(IMAGES[:0], []))


def test_captions_must_be_as_many_as_images():
    with pytest.raises(ValueError, match="3 images"):
        tiles(IMAGES[:3], ["one"])
