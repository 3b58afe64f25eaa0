import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from skimage.feature import hog as reference

from explorer.classical.hog_process import describe
from explorer.classical.illustration import illustrate
from explorer.config.run import Hog
from explorer.data.digits import read_digits
from explorer.data.features import feature_count

SETTINGS = st.builds(
    Hog, orientations=st.integers(2, 18), cell_size=st.integers(3, 14), block_size=st.integers(1, 4)
).filter(lambda hog: hog.block_size <= 28 // hog.cell_size)
# Few grey levels give many directions on the border of two bins.
IMAGES = arrays(
    np.uint8, (28, 28), elements=st.sampled_from([0, 1, 2, 85, 127, 128, 254, 255]), fill=st.just(0)
)


@settings(deadline=None, max_examples=100)
@given(image=IMAGES, hog=SETTINGS)
def test_the_features_are_those_of_scikit_image(image, hog):
    expected = describe(image[None], hog.orientations, hog.cell_size, hog.block_size)[0]
    shown = illustrate(image, hog)
    assert shown.vector.shape == (feature_count(hog),)
    assert shown.vector.dtype == np.float32
    np.testing.assert_allclose(shown.vector, expected, atol=1e-6, rtol=0)


@settings(deadline=None, max_examples=30)
@given(hog=SETTINGS, place=st.integers(0, 1796))
def test_the_features_of_digits_are_those_of_scikit_image(hog, place):
    image = read_digits()[0][place]
    expected = describe(image[None], hog.orientations, hog.cell_size, hog.block_size)[0]
    np.testing.assert_allclose(illustrate(image, hog).vector, expected, atol=1e-6, rtol=0)


def test_blocks_are_scikit_images_blocks_in_place():
    image = read_digits()[0][0]
    expected = reference(
        (image / 255).astype(np.float32), 9, (7, 7), (2, 2), block_norm="L2-Hys", feature_vector=False
    )
    shown = illustrate(image, Hog())
    assert shown.blocks.shape == (3, 3, 2, 2, 9)
    np.testing.assert_allclose(shown.blocks, expected, atol=1e-6)


def test_a_horizontal_edge_counted_by_hand():
    image = np.zeros((28, 28), np.uint8)
    image[14:] = 255
    shown = illustrate(image, Hog())
    # Rows 13 and 14 see 1 below and 0 above: magnitude 1, straight down, the 5th of 9 bins (80° to 100°).
    assert np.array_equal(shown.magnitude.sum(axis=1), [0.0] * 13 + [28.0, 28.0] + [0.0] * 13)
    assert shown.direction[13, 5] == 90
    # A cell of 7×7 has one such row: 7 of its 49 pixels.
    assert shown.histograms[1, 2, 4] == pytest.approx(7 / 49)
    assert shown.histograms[2, 0, 4] == pytest.approx(7 / 49)
    assert shown.histograms.sum() == pytest.approx(8 / 7)
    # The first block has 2 such cells of 4: 1/√2 each, cut to 0.2, and 1/√2 again.
    assert shown.blocks[0, 0, 1, 0, 4] == pytest.approx(math.sqrt(0.5), rel=1e-6)
    assert np.count_nonzero(shown.blocks[0, 0]) == 2


def test_an_empty_image_has_no_gradient_and_features_of_zero():
    shown = illustrate(np.full((28, 28), 7, np.uint8), Hog())
    assert not shown.magnitude.any()
    assert not shown.vector.any()


def test_a_block_that_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="a block of 3×3 cells does not fit into 2×2"):
        illustrate(np.zeros((28, 28), np.uint8), Hog(cell_size=14, block_size=3))
