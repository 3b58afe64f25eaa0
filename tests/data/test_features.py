from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from skimage.feature import hog as hog_of

from explorer.config.run import Data, Hog
from explorer.data.features import BATCH, feature_count, inputs_of, mean_and_deviation
from explorer.data.files import load_arrays
from explorer.data.preparation import Scaling, measure_scaling, prepare
from explorer.data.splits import load_splits, splits_of_features

Put = Callable[..., Path]


@pytest.mark.parametrize("orientations", [2, 9])
@pytest.mark.parametrize("cell_size", [3, 7, 8, 14])
@pytest.mark.parametrize("block_size", [1, 2])
def test_scikit_image_gives_as_many_numbers(orientations: int, cell_size: int, block_size: int) -> None:
    features = hog_of(
        np.zeros((28, 28), np.float32),
        orientations=orientations,
        pixels_per_cell=(cell_size, cell_size),
        cells_per_block=(block_size, block_size),
    )
    settings = Hog(orientations=orientations, cell_size=cell_size, block_size=block_size)
    assert feature_count(settings) == features.size


def test_only_features_have_a_length_of_their_own() -> None:
    assert inputs_of(Data(features="hog")) == 324  # 9 orientations, 2×2 cells a block, 3×3 blocks
    assert inputs_of(Data()) is None


@pytest.mark.parametrize("count", [3, BATCH, 2 * BATCH + 1])
def test_mean_and_deviation_are_numpy_s(count: int) -> None:
    values = np.random.default_rng(0).gamma(0.5, size=(count, 5)).astype(np.float32)
    mean, deviation = mean_and_deviation(values)
    assert mean == pytest.approx(values.astype(np.float64).mean(), rel=1e-12)
    assert deviation == pytest.approx(values.astype(np.float64).std(), rel=1e-12)


def test_features_are_standardised_as_a_whole_and_else_left_as_they_are() -> None:
    features = torch.rand(200, 30) * torch.arange(30) / 30
    standard = measure_scaling(Data(features="hog"), features)
    prepared = prepare(features, standard)
    torch.testing.assert_close(prepared, (features - features.mean()) / features.std(correction=0))
    for scaling in ("unit", "none"):
        assert measure_scaling(Data(features="hog", scaling=scaling), features) == Scaling(0.0, 1.0)


def test_equal_features_are_only_moved_to_0() -> None:
    same = torch.full((4, 3), 0.5)
    assert not prepare(same, measure_scaling(Data(features="hog"), same)).any()


def test_preparing_features_leaves_them_unchanged() -> None:
    features = torch.rand(10, 4)
    before = features.clone()
    prepared = prepare(features, Scaling(0.5, 2.0))
    prepared.zero_()
    prepare(features, Scaling(0.0, 1.0)).zero_()
    assert torch.equal(features, before)


def test_splits_of_features_are_those_of_the_images(put: Put, data_folder: Path) -> None:
    put("mnist", images=300, test_images=100)
    sizes = {"dataset": "mnist", "train_size": 100, "validation_size": 60, "test_size": 30, "split_seed": 3}
    random = np.random.default_rng(0)
    train = random.random((300, 324), np.float32)
    test = random.random((100, 324), np.float32)
    images = load_splits(Data(**sizes), data_folder)
    features = splits_of_features(Data(features="hog", **sizes), data_folder, train, test)
    for part, of_files in (("train", train), ("validation", train), ("test", test)):
        indices = getattr(images, f"{part}_indices")
        np.testing.assert_array_equal(getattr(features, f"{part}_indices"), indices)
        vectors = getattr(features, f"{part}_images")
        assert vectors.dtype == torch.float32
        np.testing.assert_array_equal(vectors.numpy(), of_files[indices])
        assert torch.equal(getattr(features, f"{part}_labels"), getattr(images, f"{part}_labels"))


def test_features_of_other_images_are_refused(put: Put, data_folder: Path) -> None:
    put("mnist", images=300, test_images=100)
    vectors = np.zeros((300, 324), np.float32)
    with pytest.raises(ValueError, match="300 training and 100 test images, got 300 and 300"):
        splits_of_features(Data(dataset="mnist", features="hog"), data_folder, vectors, vectors)
    assert len(load_arrays("mnist", data_folder).test_labels) == 100


def test_pixels_are_never_handed_out_as_features(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="hog must be computed"):
        load_splits(Data(features="hog"), tmp_path)
