import base64
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from explorer.config.run import Network
from explorer.plots.activation_pictures import HEIGHT, ActivationPicture, activation_pictures

ONE_LAYER = Network.model_validate({"hidden": [4]})


def of(values: list[float]) -> ActivationPicture:
    (picture,) = activation_pictures(ONE_LAYER, (np.array(values, np.float32),))
    return picture


def test_a_unit_has_a_bar_as_high_as_its_activation():
    picture = of([0, 1, 2, 4])
    assert picture.words == "hidden 1: 3 of 4 units answer"
    assert picture.scale == 4
    heights = np.count_nonzero(picture.pixels[:, ::14], axis=0)
    assert heights.tolist() == pytest.approx([0, HEIGHT / 4, HEIGHT / 2, HEIGHT], abs=1)
    assert (picture.pixels[-1, ::14] == [0, 1, 2, 4]).all()  # they stand on one line
    assert not picture.pixels[:, 13::14].any()


def test_negative_activations_hang_below_the_line():
    picture = of([-2, 2, -1, 0])
    upper, lower = picture.pixels[: HEIGHT // 2, ::14], picture.pixels[HEIGHT // 2 :, ::14]
    assert upper.any(axis=0).tolist() == [False, True, False, False]
    assert lower.any(axis=0).tolist() == [True, False, True, False]


def test_silent_and_very_wide_layers_have_a_picture_too():
    assert not of([0, 0, 0, 0]).pixels.any()
    assert of([0, 0, 0, 0]).address.startswith("data:image/png")
    wide = Network.model_validate({"hidden": [4096]})
    (picture,) = activation_pictures(wide, (np.ones(4096, np.float32),))
    assert picture.pixels.shape == (5 * HEIGHT, 820)
    assert np.count_nonzero(picture.pixels[0::HEIGHT]) == 4096


def test_a_convolution_has_a_tile_a_filter():
    network = Network.model_validate({"preset": "lenet"})
    shapes = [(6, 12, 12), (16, 4, 4), (120,), (84,)]
    pictures = activation_pictures(network, tuple(np.ones(shape, np.float32) for shape in shapes))
    assert [picture.words for picture in pictures] == [
        "convolution 1: 6 × 12 × 12, after pooling and activation",
        "convolution 2: 16 × 4 × 4, after pooling and activation",
        "hidden 1: 120 of 120 units answer",
        "hidden 2: 84 of 84 units answer",
    ]
    content = base64.b64decode(pictures[0].address.partition(",")[2])
    assert Image.open(BytesIO(content)).size == pictures[0].pixels.shape[::-1]
