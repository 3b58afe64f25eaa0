"""What a run learns from: training, validation and test sets as tensors."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from explorer.config.run import Data
from explorer.data.files import load_arrays
from explorer.data.noisy_copies import with_noisy_copies
from explorer.data.partition import partition


@dataclass(frozen=True, slots=True, eq=False)
class Splits:
    """Images and labels (N,) int64, on the host.

    Images are (N, 1, 28, 28) uint8 in 0…255, or in their place feature vectors (N, F) float32.
    The indices (N,) int64 say which image of the training or test files each one is; a noisy copy has
    the index of its original. Originals come first, then one whole set of copies after the other.
    """

    train_images: Tensor
    train_labels: Tensor
    validation_images: Tensor
    validation_labels: Tensor
    test_images: Tensor
    test_labels: Tensor
    train_indices: NDArray[np.int64]
    validation_indices: NDArray[np.int64]
    test_indices: NDArray[np.int64]


def load_splits(config: Data, data_folder: Path) -> Splits:
    """The images that a configuration asks for; they depend on ``split_seed``, never on the training seed.

    Raises:
        DatasetError: the dataset is missing or damaged.
        ConfigError: a size is greater than what there is.
        ValueError: the configuration asks for features; see ``splits_of_features``.
    """
    if config.features != "pixels":
        raise ValueError(f"only pixels are read from files, {config.features} must be computed")
    arrays = load_arrays(config.dataset, data_folder)
    parts = partition(arrays.train_labels, arrays.test_labels, config)
    train_images = arrays.train_images[parts.train]
    if config.noisy_copies:
        train_images = with_noisy_copies(
            train_images, config.noisy_copies, config.noisy_copies_sigma, config.split_seed
        )
    train_indices = np.tile(parts.train, 1 + config.noisy_copies)
    return Splits(
        train_images=_images(train_images),
        train_labels=_labels(arrays.train_labels[train_indices]),
        validation_images=_images(arrays.train_images[parts.validation]),
        validation_labels=_labels(arrays.train_labels[parts.validation]),
        test_images=_images(arrays.test_images[parts.test]),
        test_labels=_labels(arrays.test_labels[parts.test]),
        train_indices=train_indices,
        validation_indices=parts.validation,
        test_indices=parts.test,
    )


def splits_of_features(
    config: Data, data_folder: Path, train: NDArray[np.float32], test: NDArray[np.float32]
) -> Splits:
    """The same images by their features: ``train`` and ``test`` (N, F) of all images of the files, in order.

    Raises:
        DatasetError: the dataset is missing or damaged.
        ConfigError: a size is greater than what there is.
        ValueError: there is not one feature vector for each image.
    """
    arrays = load_arrays(config.dataset, data_folder)
    if (len(train), len(test)) != (len(arrays.train_labels), len(arrays.test_labels)):
        raise ValueError(
            f"needs features of {len(arrays.train_labels):,} training and {len(arrays.test_labels):,} test "
            f"images, got {len(train):,} and {len(test):,}"
        )
    parts = partition(arrays.train_labels, arrays.test_labels, config)
    return Splits(
        train_images=torch.from_numpy(train[parts.train]),
        train_labels=_labels(arrays.train_labels[parts.train]),
        validation_images=torch.from_numpy(train[parts.validation]),
        validation_labels=_labels(arrays.train_labels[parts.validation]),
        test_images=torch.from_numpy(test[parts.test]),
        test_labels=_labels(arrays.test_labels[parts.test]),
        train_indices=parts.train,
        validation_indices=parts.validation,
        test_indices=parts.test,
    )


def _images(images: NDArray[np.uint8]) -> Tensor:
    return torch.from_numpy(images).unsqueeze(1)


def _labels(labels: NDArray[np.uint8]) -> Tensor:
    return torch.from_numpy(labels.astype(np.int64))
