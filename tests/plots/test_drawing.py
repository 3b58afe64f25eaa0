import base64
from io import BytesIO

import numpy as np
from PIL import Image

from explorer.data.drawing import Steps, prepare_drawing
from explorer.plots.drawing import PIXELS, step_pictures


def block(rows: slice, columns: slice) -> np.ndarray:
    made = np.zeros((280, 280), np.uint8)
    made[rows, columns] = 255
    return made


def test_each_step_says_in_numbers_what_it_did():
    raster = block(slice(20, 80), slice(200, 230))
    words = [
        picture.words.replace("\u00a0", " ")
        for picture in step_pictures(raster, prepare_drawing(raster), Steps())
    ]
    assert words == [
        "280 × 280 pixels",
        "ink begins 200 from the left, 20 from the top",
        "30 × 60 → 10 × 20, 20 × 20 box",
        "centre of mass at +6.5, −4.5: moved 6 left, 5 down",
    ]


def test_steps_that_are_not_taken_say_so():
    raster = block(slice(20, 80), slice(200, 230))
    steps = Steps(crop=False, box=False, centre=False)
    pictures = step_pictures(raster, prepare_drawing(raster, steps), steps)
    assert "not cropped" in pictures[1].words
    assert "whole" in pictures[2].words
    assert "left there" in pictures[3].words
    assert pictures[3].title == "4 · Not centred"


def test_lost_ink_is_told():
    raster = block(slice(0, 280), slice(0, 4))
    raster[0:4] = 255  # a corner: its mass lies far from the middle of its box
    steps = Steps(box=False)
    (*_, last) = step_pictures(raster, prepare_drawing(raster, steps), steps)
    assert "of the ink is lost" in last.words


def test_the_part_that_is_taken_is_framed_and_the_ink_is_white():
    raster = block(slice(100, 180), slice(100, 180))
    drawn, cropped, _, image = step_pictures(raster, prepare_drawing(raster), Steps())
    assert drawn.pixels[70, 70].tolist() == [255, 255, 255]
    assert drawn.pixels[50, 70].tolist() == [220, 100, 10]  # the frame, of two pixels
    assert (cropped.pixels == 255).all()
    assert image.pixels[20, 20].tolist() == [0, 0, 0]
    assert all(p.pixels.shape == (PIXELS, PIXELS, 3) for p in (drawn, cropped, image))


def test_a_picture_travels_whole_in_its_address():
    raster = block(slice(100, 180), slice(100, 180))
    for picture in step_pictures(raster, prepare_drawing(raster), Steps()):
        kind, _, content = picture.address.partition(",")
        assert kind == "data:image/png;base64"
        np.testing.assert_array_equal(
            np.asarray(Image.open(BytesIO(base64.b64decode(content)))), picture.pixels
        )


def test_a_photo_is_shown_in_its_colours_and_its_shape():
    photo = np.zeros((100, 200, 3), np.uint8)
    photo[...] = (10, 200, 30)
    ink = np.zeros((100, 200), np.uint8)
    ink[40:60, 90:110] = 255
    drawn, *_ = step_pictures(photo, prepare_drawing(ink), Steps())
    assert drawn.words == "200 × 100 pixels"
    assert drawn.pixels[70, 20].tolist() == [10, 200, 30]
    assert not drawn.pixels[10].any()  # above the wide picture


def test_nothing_drawn_has_four_black_pictures():
    pictures = step_pictures(np.zeros((280, 280), np.uint8), None, Steps())
    assert len(pictures) == 4
    assert not any(picture.pixels.any() for picture in pictures)
