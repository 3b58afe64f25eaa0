from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from explorer.config.run import Data
from explorer.data.files import load_arrays
from explorer.data.splits import load_splits, with_noisy_copies
from explorer.errors import ConfigError, DatasetError
from explorer.settings import Settings

Put = Callable[..., Path]


def test_tensors_have_the_promised_shapes_and_types(tmp_path: Path) -> None:
    splits = load_splits(Data(), tmp_path)
    for images, labels, count in (
        (splits.train_images, splits.train_labels, 1_293),
        (splits.validation_images, splits.validation_labels, 144),
        (splits.test_images, splits.test_labels, 360),
    ):
        assert images.shape == (count, 1, 28, 28)
        assert images.dtype == torch.uint8
        assert images.is_contiguous()
        assert labels.shape == (count,)
        assert labels.dtype == torch.int64


def test_every_image_is_the_one_its_index_names_and_has_its_label(put: Put, data_folder: Path) -> None:
    put("mnist", images=300, test_images=100)
    splits = load_splits(Data(dataset="mnist", train_size=100, validation_size=60, test_size=30), data_folder)
    arrays = load_arrays("mnist", data_folder)
    train, test = (arrays.train_images, arrays.train_labels), (arrays.test_images, arrays.test_labels)
    for images, labels, indices, (all_images, all_labels) in (
        (splits.train_images, splits.train_labels, splits.train_indices, train),
        (splits.validation_images, splits.validation_labels, splits.validation_indices, train),
        (splits.test_images, splits.test_labels, splits.test_indices, test),
    ):
        np.testing.assert_array_equal(images.squeeze(1).numpy(), all_images[indices])
        np.testing.assert_array_equal(labels.numpy(), all_labels[indices])


def test_no_image_trains_that_is_asked_later(put: Put, data_folder: Path) -> None:
    put("mnist", images=300, test_images=100)
    splits = load_splits(Data(dataset="mnist", validation_fraction=0.3), data_folder)
    seen = {image.numpy().tobytes() for image in splits.train_images}
    validation = {image.numpy().tobytes() for image in splits.validation_images}
    test = {image.numpy().tobytes() for image in splits.test_images}
    assert (len(seen), len(validation), len(test)) == (210, 90, 100)
    assert not seen & validation
    assert not seen & test
    assert not validation & test


def test_tensors_may_be_changed_without_harm_to_the_files(put: Put, data_folder: Path) -> None:
    put("mnist")
    config = Data(dataset="mnist", validation_fraction=0)
    first = load_splits(config, data_folder)
    first.train_images.zero_()
    assert load_splits(config, data_folder).train_images.any()


def test_noisy_copies_follow_the_originals_with_their_labels_and_indices(tmp_path: Path) -> None:
    plain = load_splits(Data(), tmp_path)
    noisy = load_splits(Data(noisy_copies=2, noisy_copies_sigma=0.1), tmp_path)
    count = len(plain.train_images)
    assert len(noisy.train_images) == 3 * count
    assert torch.equal(noisy.train_images[:count], plain.train_images)
    assert torch.equal(noisy.train_labels, plain.train_labels.repeat(3))
    np.testing.assert_array_equal(noisy.train_indices, np.tile(plain.train_indices, 3))
    assert not torch.equal(noisy.train_images[count : 2 * count], plain.train_images)
    assert not torch.equal(noisy.train_images[count : 2 * count], noisy.train_images[2 * count :])
    assert torch.equal(noisy.validation_images, plain.validation_images)
    assert torch.equal(noisy.test_images, plain.test_images)


@pytest.mark.parametrize("sigma", [0.01, 0.1])
def test_noise_has_the_deviation_asked_and_no_drift(sigma: float) -> None:
    grey = np.full((2_000, 28, 28), 128, np.uint8)
    noise = with_noisy_copies(grey, 1, sigma, seed=5)[2_000:].astype(float) - 128
    # Rounding to whole grey levels adds a variance of 1/12.
    assert noise.std() == pytest.approx(np.sqrt((255 * sigma) ** 2 + 1 / 12), rel=0.005)
    assert abs(noise.mean()) < 0.1


def test_noise_is_clipped_to_black_and_white() -> None:
    images = np.zeros((200, 28, 28), np.uint8)
    images[:, :14] = 255
    copies = with_noisy_copies(images, 1, 0.1, seed=5)[200:]
    # Half of the noise on pure black or white points outwards and is cut off.
    assert 0.48 < (copies[:, 14:] == 0).mean() < 0.54
    assert 0.48 < (copies[:, :14] == 255).mean() < 0.54
    assert copies[:, 14:].max() < 200


def test_noise_is_drawn_by_the_split_seed() -> None:
    images = np.full((10, 28, 28), 100, np.uint8)
    np.testing.assert_array_equal(with_noisy_copies(images, 1, 0.1, 3), with_noisy_copies(images, 1, 0.1, 3))
    assert (with_noisy_copies(images, 1, 0.1, 3) != with_noisy_copies(images, 1, 0.1, 4)).any()


def test_the_fifth_report_holds_back_a_fifth(put: Put, data_folder: Path) -> None:
    put("mnist", images=600)
    splits = load_splits(Data(dataset="mnist", validation_fraction=0.2), data_folder)
    assert (len(splits.train_labels), len(splits.validation_labels)) == (480, 120)
    assert torch.bincount(splits.validation_labels).tolist() == [12] * 10


def test_without_the_files_the_error_says_so_and_the_bundled_digits_go_on(data_folder: Path) -> None:
    with pytest.raises(DatasetError, match="The bundled digits need no files"):
        load_splits(Data(dataset="mnist"), data_folder)
    assert len(load_splits(Data(), data_folder).test_labels) == 360


def test_more_images_than_there_are_is_an_error_that_names_the_number(tmp_path: Path) -> None:
    with pytest.raises(
        ConfigError, match=r"data\.train_size must be at most 1,293 for Digits, bundled, got 2000"
    ):
        load_splits(Data(train_size=2_000), tmp_path)


@pytest.mark.mnist
def test_the_second_report_s_split_of_mnist(mnist_settings: Settings) -> None:
    config = Data(dataset="mnist", train_size=50_000, validation_size=5_000, test_size=5_000)
    splits = load_splits(config, mnist_settings.data)
    assert len(splits.train_images) == 50_000
    assert len(splits.validation_images) == 5_000
    assert len(splits.test_images) == 5_000
    few = load_splits(config.model_copy(update={"train_size": 2_000}), mnist_settings.data)
    assert torch.equal(few.validation_images, splits.validation_images)
    # MNIST's ones are 6,742 of 60,000: 224.7 of 2,000.
    assert int((few.train_labels == 1).sum()) in (224, 225)


@pytest.mark.mnist
def test_the_fourth_report_s_120_000_images(mnist_settings: Settings) -> None:
    config = Data(dataset="mnist", validation_fraction=0, noisy_copies=1, noisy_copies_sigma=0.01)
    splits = load_splits(config, mnist_settings.data)
    assert splits.train_images.shape == (120_000, 1, 28, 28)
    assert len(splits.validation_images) == 0
    change = splits.train_images[60_000:61_000].int() - splits.train_images[:1_000].int()
    assert 0 < change.abs().max() < 20
