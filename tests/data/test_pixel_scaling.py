import pytest
import torch

from explorer.config.run import Data
from explorer.data.files import load_arrays
from explorer.data.pixel_scaling import pixel_scaling
from explorer.data.preparation import measure_scaling


@pytest.mark.parametrize("scaling", ["standard", "unit", "none"])
def test_it_is_the_scaling_of_training_to_the_bit(scaling: str, tmp_path):
    images = load_arrays("digits", tmp_path).train_images
    config = Data(scaling=scaling)
    expected = measure_scaling(config, torch.tensor(images).unsqueeze(1))
    assert pixel_scaling(config, images) == (expected.mean, expected.factor)


def test_images_of_one_colour_are_only_moved(tmp_path):
    images = load_arrays("digits", tmp_path).train_images[:3] * 0 + 7
    assert pixel_scaling(Data(), images) == (7.0, 1.0)
