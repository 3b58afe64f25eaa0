import numpy as np
import pytest

from explorer.classical.feature_files import dataset_features
from explorer.classical.inputs import load_inputs
from explorer.config.run import Data, Hog
from explorer.data.files import load_arrays
from explorer.data.partition import partition
from explorer.data.preparation import measure_scaling, prepare
from explorer.data.splits import load_splits

HOG = Hog(cell_size=14, block_size=1)


@pytest.mark.parametrize("scaling", ["standard", "unit", "none"])
def test_a_method_sees_the_pixels_that_a_network_sees(scaling, tmp_path):
    config = Data(scaling=scaling, train_size=200, test_size=50, noisy_copies=1, noisy_copies_sigma=0.1)
    inputs = load_inputs(config, tmp_path, None, np.float32)
    splits = load_splits(config, tmp_path)
    expected = measure_scaling(config, splits.train_images)
    assert (inputs.scaling.mean, inputs.scaling.factor) == pytest.approx((expected.mean, expected.factor))
    for seen, images in (
        (inputs.train, splits.train_images),
        (inputs.validation, splits.validation_images),
        (inputs.test, splits.test_images),
    ):
        prepared = prepare(images, expected).numpy().reshape(len(images), 784)
        np.testing.assert_allclose(seen, prepared, rtol=1e-5, atol=1e-5)
    assert np.array_equal(inputs.train_labels, splits.train_labels.numpy())
    assert np.array_equal(inputs.validation_labels, splits.validation_labels.numpy())
    assert np.array_equal(inputs.test_labels, splits.test_labels.numpy())


@pytest.mark.parametrize("scaling", ["unit", "none"])
def test_features_stay_as_they_are_unless_they_are_standardised(scaling, tmp_path):
    features = dataset_features("digits", HOG, tmp_path, tmp_path / "home")
    config = Data(features="hog", hog=HOG, scaling=scaling)
    inputs = load_inputs(config, tmp_path, features, np.float32)
    arrays = load_arrays("digits", tmp_path)
    parts = partition(arrays.train_labels, arrays.test_labels, config)
    assert np.array_equal(inputs.train, features.train[parts.train])
    assert np.array_equal(inputs.validation, features.train[parts.validation])
    assert np.array_equal(inputs.test, features.test)


def test_standard_features_have_mean_0_and_deviation_1_over_the_training_images(tmp_path):
    features = dataset_features("digits", HOG, tmp_path, tmp_path / "home")
    inputs = load_inputs(Data(features="hog", hog=HOG), tmp_path, features, np.float64)
    assert inputs.train.dtype == np.float64
    assert inputs.train.mean() == pytest.approx(0, abs=1e-9)
    assert inputs.train.std() == pytest.approx(1)
    assert inputs.test.std() != pytest.approx(1, abs=1e-9)
