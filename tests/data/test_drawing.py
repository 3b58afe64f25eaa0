from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from explorer.data.drawing import Steps, centre_of_mass, moved_by, prepare_drawing
from explorer.data.strokes import draw_strokes
from tests.data.drawn_digits import LABELS, drawn

NO_STEPS = Steps(crop=False, box=False, centre=False)
EVERY_CHOICE = [Steps(*chosen) for chosen in product([True, False], repeat=3)]


def raster(rows: slice, columns: slice, side: int = 280, ink: int = 255) -> np.ndarray:
    made = np.zeros((side, side), np.uint8)
    made[rows, columns] = ink
    return made


def test_a_block_fills_the_box_and_lies_on_the_middle():
    """60 high and 30 wide becomes 20×10, and its centre of mass comes to within half a pixel of (14, 14)."""
    made = prepare_drawing(raster(slice(20, 80), slice(200, 230)))
    assert made is not None
    assert made.bounds == made.region == (20, 80, 200, 230)
    assert made.cropped.shape == (60, 30)
    assert made.scaled.shape == (20, 10)
    assert (made.scaled == 255).all()
    assert made.corner == (0, 16)  # its middle was at (50, 215) of 280, which is (5, 21.5) of 28
    assert made.mass == (9.5, 20.5)
    assert made.moved == (5, -6)
    expected = np.zeros((28, 28), np.uint8)
    expected[5:25, 10:20] = 255
    np.testing.assert_array_equal(made.image, expected)
    assert made.lost == 0


def test_areas_are_averaged():
    """Of each 10×10 pixels of a 200×200 drawing one is made: half of them full make 128."""
    picture = raster(slice(0, 200), slice(0, 200), side=200)
    picture[0:10, 0:5] = 0
    made = prepare_drawing(picture)
    assert made is not None
    assert made.scaled[0, 0] in (127, 128)
    assert (np.delete(made.scaled.ravel(), 0) == 255).all()


def test_without_any_step_the_raster_is_scaled_as_it_is():
    made = prepare_drawing(raster(slice(20, 80), slice(200, 230)), NO_STEPS)
    assert made is not None
    expected = np.zeros((28, 28), np.uint8)
    expected[2:8, 20:23] = 255
    np.testing.assert_array_equal(made.image, expected)
    assert made.moved == (0, 0)


def test_without_centring_a_digit_stays_where_it_was_drawn():
    corner = prepare_drawing(raster(slice(0, 60), slice(220, 280)), Steps(centre=False))
    middle = prepare_drawing(raster(slice(110, 170), slice(110, 170)), Steps(centre=False))
    assert corner is not None
    assert middle is not None
    assert corner.corner == (0, 8)
    assert middle.corner == (4, 4)
    assert corner.image[0, 27] == 255
    assert corner.image[:20, 8:].all()


def test_without_the_box_the_ink_is_scaled_to_the_whole_field():
    made = prepare_drawing(raster(slice(20, 80), slice(200, 230)), Steps(box=False))
    assert made is not None
    assert made.scaled.shape == (28, 14)


def test_without_the_crop_the_whole_pad_goes_into_the_box():
    made = prepare_drawing(raster(slice(0, 280), slice(0, 280)), Steps(crop=False, centre=False))
    assert made is not None
    assert made.image[4:24, 4:24].all()
    assert made.image.sum() == 400 * 255


def test_a_raster_that_is_no_square_keeps_its_aspect():
    picture = np.zeros((100, 300), np.uint8)
    picture[40:60, 100:200] = 255
    for steps in EVERY_CHOICE:
        made = prepare_drawing(picture, steps)
        assert made is not None
        longer = 20 if steps.box else 28
        assert made.scaled.shape == (round(longer / (5 if steps.crop else 3)), longer)
    whole = prepare_drawing(picture, NO_STEPS)
    assert whole is not None
    np.testing.assert_allclose(centre_of_mass(whole.image), (13.5, 13.5), atol=0.6)


@pytest.mark.parametrize("steps", EVERY_CHOICE)
def test_nothing_drawn_is_nothing(steps: Steps):
    assert prepare_drawing(np.zeros((280, 280), np.uint8), steps) is None


@pytest.mark.parametrize("steps", EVERY_CHOICE)
def test_one_dot_and_full_black_are_prepared_without_a_fault(steps: Steps):
    dot = prepare_drawing(raster(slice(140, 141), slice(3, 4)), steps)
    full = prepare_drawing(raster(slice(None), slice(None)), steps)
    assert dot is not None
    assert full is not None
    assert dot.image.shape == full.image.shape == (28, 28)
    assert full.image.max() == 255
    if steps.crop:
        assert dot.image.max() == 255  # a dot alone fills the box
    # A square of even side has its middle between two pixels: one of them is the field's.
    np.testing.assert_allclose(full.mass, 13.5)


def test_a_line_as_thin_as_a_pixel_is_kept():
    made = prepare_drawing(raster(slice(0, 280), slice(7, 8)))
    assert made is not None
    assert made.scaled.shape == (20, 1)
    assert made.image[:, 14].sum() == 20 * 255


def test_moving_loses_what_leaves_the_field():
    image = np.arange(1, 10, dtype=np.uint8).reshape(3, 3)
    assert moved_by(image, (1, -1)).tolist() == [[0, 0, 0], [2, 3, 0], [5, 6, 0]]
    assert moved_by(image, (0, 0)).tolist() == image.tolist()
    assert not moved_by(image, (3, 0)).any()
    assert not moved_by(image, (0, -7)).any()


@settings(max_examples=40, deadline=None)
@given(
    patch=arrays(np.uint8, (9, 7)),
    first=st.tuples(st.integers(0, 90), st.integers(0, 90)),
    second=st.tuples(st.integers(0, 90), st.integers(0, 90)),
)
def test_with_all_steps_it_does_not_matter_where_a_digit_is_drawn(
    patch: np.ndarray, first: tuple[int, int], second: tuple[int, int]
):
    # Cropped to the same ink, laid elsewhere by less than a pixel, and then brought to the same middle.
    made = []
    for top, left in (first, second):
        picture = np.zeros((100, 100), np.uint8)
        picture[top : top + 9, left : left + 7] = patch
        made.append(prepare_drawing(picture))
    if made[0] is None or made[1] is None:
        assert made == [None, None]
        return
    np.testing.assert_array_equal(made[0].scaled, made[1].scaled)
    if made[0].lost == made[1].lost == 0:
        np.testing.assert_array_equal(made[0].image, made[1].image)


@settings(max_examples=40, deadline=None)
@given(
    picture=arrays(np.uint8, st.tuples(st.integers(1, 60), st.integers(1, 60))),
    steps=st.sampled_from(EVERY_CHOICE),
)
def test_any_raster_becomes_an_image_of_the_right_kind(picture: np.ndarray, steps: Steps):
    made = prepare_drawing(picture, steps)
    assert (made is None) == (not picture.any())
    if made is None:
        return
    assert made.image.shape == (28, 28)
    assert made.image.dtype == np.uint8
    assert max(made.scaled.shape) == (20 if steps.box else 28)
    assert 0 <= made.lost <= 1
    if steps.centre and made.image.any() and not made.lost:
        assert all(abs(place - 14) <= 0.5 for place in centre_of_mass(made.image))


@pytest.mark.parametrize("number", range(len(LABELS)))
def test_drawn_digits_lie_as_those_of_mnist(number: int):
    made = prepare_drawing(draw_strokes(drawn(number, shrunk=0.4, right=-200, down=210)))
    assert made is not None
    rows, columns = np.flatnonzero(made.image.any(1)), np.flatnonzero(made.image.any(0))
    assert max(np.ptp(rows), np.ptp(columns)) + 1 == 20
    assert all(13.5 <= place <= 14.5 for place in centre_of_mass(made.image))
    assert made.lost == 0


@pytest.mark.parametrize("wrong", [np.zeros((2, 2, 3), np.uint8), np.zeros((2, 2)), np.zeros(4, np.uint8)])
def test_another_kind_of_array_is_a_fault_of_the_caller(wrong: np.ndarray):
    with pytest.raises(ValueError, match="raster"):
        prepare_drawing(wrong)
