"""What is wrong with a baseline that only the data tell; found before anything is computed."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from explorer.config.baseline import BaselineConfig
from explorer.data.catalog import DATASETS
from explorer.data.files import load_arrays
from explorer.data.partition import part_sizes, partition
from explorer.errors import ConfigError, Problem


def problems(config: BaselineConfig, data_folder: Path) -> tuple[Problem, ...]:
    """Everything wrong with the request, given the dataset's images; empty if it can be fitted.

    Raises:
        DatasetError: the sizes are right, but the dataset is missing or damaged.
    """
    return tuple(_problems(config, data_folder))


def _problems(config: BaselineConfig, data_folder: Path) -> Iterator[Problem]:
    data = config.data
    too_large: tuple[Problem, ...] = ()
    try:
        images = part_sizes(data).train
    except ConfigError as error:
        too_large = error.problems
        images = data.train_size or DATASETS[data.dataset].train_count
    yield from too_large
    if config.baseline.model == "knn" and images:  # none: the dataset itself is not here
        yield from too_many_neighbours(config.baseline.k, images * (1 + data.noisy_copies))
    if too_large:
        return
    arrays = load_arrays(data.dataset, data_folder)
    try:
        train = partition(arrays.train_labels, arrays.test_labels, data).train
    except ConfigError as error:  # the files hold fewer images than they are known to
        yield from error.problems
        return
    classes = np.unique(arrays.train_labels[train])
    if len(classes) < 2:
        yield Problem(
            "data.train_size",
            data.train_size,
            "enough for images of two classes",
            f"All {len(train):,} training images are of class {classes[0]}: there is nothing to tell apart.",
        )


def too_many_neighbours(k: int, images: int) -> tuple[Problem, ...]:
    """That there are fewer than ``k`` training images, noisy copies counted; else nothing."""
    if k <= images:
        return ()
    accepted = f"at most {images:,}, the number of training images"
    return (Problem("baseline.k", k, accepted, "Take fewer neighbours, or more training images."),)
