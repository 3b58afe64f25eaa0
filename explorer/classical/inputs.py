"""What a method is fitted to and asked about: scaled pixels or features, and labels."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.classical.feature_files import DatasetFeatures
from explorer.config.run import Data
from explorer.data.features import mean_and_deviation
from explorer.data.files import load_arrays
from explorer.data.noisy_copies import with_noisy_copies
from explorer.data.partition import partition

PORTION = 8_192


@dataclass(frozen=True, slots=True)
class Scaling:
    """A method sees ``(value - mean) * factor`` of each pixel in 0…255, or of each feature."""

    mean: float
    factor: float


@dataclass(frozen=True, slots=True, eq=False)
class Inputs:
    """Scaled features (N, F) and labels (N,) uint8 of the three parts, and how they were scaled."""

    train: NDArray[Any]
    train_labels: NDArray[np.uint8]
    validation: NDArray[Any]
    validation_labels: NDArray[np.uint8]
    test: NDArray[Any]
    test_labels: NDArray[np.uint8]
    scaling: Scaling


def load_inputs(
    config: Data, data_folder: Path, features: DatasetFeatures | None, dtype: type[np.floating[Any]]
) -> Inputs:
    """The images that a configuration asks for, by their ``features``, or by their pixels where it is None.

    Raises:
        DatasetError: the dataset is missing or damaged.
        ConfigError: a size is greater than what there is.
    """
    arrays = load_arrays(config.dataset, data_folder)
    parts = partition(arrays.train_labels, arrays.test_labels, config)
    of_train: NDArray[Any] = arrays.train_images if features is None else features.train
    of_test: NDArray[Any] = arrays.test_images if features is None else features.test
    train, train_indices = of_train[parts.train], parts.train
    if config.noisy_copies:
        train = with_noisy_copies(train, config.noisy_copies, config.noisy_copies_sigma, config.split_seed)
        train_indices = np.tile(parts.train, 1 + config.noisy_copies)
    scaling = measure_scaling(config, train)
    return Inputs(
        train=_scaled(train, scaling, dtype),
        train_labels=arrays.train_labels[train_indices],
        validation=_scaled(of_train[parts.validation], scaling, dtype),
        validation_labels=arrays.train_labels[parts.validation],
        test=_scaled(of_test[parts.test], scaling, dtype),
        test_labels=arrays.test_labels[parts.test],
        scaling=scaling,
    )


def measure_scaling(config: Data, train: NDArray[Any]) -> Scaling:
    """The scaling that ``config.scaling`` names, measured on the training images (N, …) alone.

    ``unit``: pixels in [0, 1]; ``standard``: mean 0 and deviation 1 over all training pixels or features (one
    mean and one deviation, as for networks); ``none``: as they are. HOG features are in [0, 1] already, and
    ``unit`` leaves them as they are too.
    """
    if config.scaling == "standard":
        mean, deviation = mean_and_deviation(train)
        return Scaling(mean, 1 / deviation if deviation else 1.0)
    return Scaling(0.0, 1 / 255 if config.scaling == "unit" and config.features == "pixels" else 1.0)


def _scaled(values: NDArray[Any], scaling: Scaling, dtype: type[np.floating[Any]]) -> NDArray[Any]:
    """Rows (N, F) of a new array, a portion at a time."""
    scaled = np.empty((len(values), int(np.prod(values.shape[1:]))), dtype)
    for start in range(0, len(values), PORTION):
        portion = values[start : start + PORTION].reshape(-1, scaled.shape[1])
        np.multiply(portion - dtype(scaling.mean), dtype(scaling.factor), out=scaled[start : start + PORTION])
    return scaled
