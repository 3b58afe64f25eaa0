"""Which images train, which are held back to choose by, and which are asked once at the end."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.config.run import Data
from explorer.data.catalog import DATASETS
from explorer.data.files import train_label_counts
from explorer.data.stratified import ascending, draw, quotas, shuffled_classes
from explorer.errors import ConfigError, Problem

FEWEST_TRAIN_IMAGES = 10
SIZE_FIELDS = (
    "data.dataset",
    "data.labels",
    "data.train_size",
    "data.test_size",
    "data.validation_size",
    "data.validation_fraction",
    "data.split_seed",
)

# What a stream of random numbers is for; each use of a split seed has its own.
HOLD_BACK, TEST_SUBSET, COPY_NOISE = 0, 1, 2


@dataclass(frozen=True, slots=True, eq=False)
class Partition:
    """Ascending int64 indices of the images in each part.

    ``train`` and ``validation`` count in the training files, ``test`` in the test files.
    """

    train: NDArray[np.int64]
    validation: NDArray[np.int64]
    test: NDArray[np.int64]


def partition(labels_train: NDArray[np.uint8], labels_test: NDArray[np.uint8], config: Data) -> Partition:
    """A stratified partition that depends on the labels, the sizes and ``split_seed`` alone.

    Every class has its share in each part, to within one image; where ``config.labels`` names some, only
    theirs train and validate. The validation images come from the training files and are the same whatever
    the train size; no part takes an image of another.

    Raises:
        ConfigError: with every size that is greater than what there is.
    """
    classes = shuffled_classes(labels_train, (config.split_seed, HOLD_BACK))
    if config.labels:
        classes = [
            members if label in config.labels else members[:0] for label, members in enumerate(classes)
        ]
    counts = np.array([len(members) for members in classes])
    available = int(counts.sum())
    held_back = validation_count(available, config)
    _check_sizes(available, held_back, len(labels_test), config)
    left = available - held_back
    validation_quotas = quotas(counts, held_back)
    train_quotas = quotas(
        counts - validation_quotas, left if config.train_size is None else config.train_size
    )
    return Partition(
        train=ascending(
            [members[len(members) - n :] for members, n in zip(classes, train_quotas, strict=True)]
        ),
        validation=ascending([members[:n] for members, n in zip(classes, validation_quotas, strict=True)]),
        test=np.arange(len(labels_test))
        if config.test_size is None
        else draw(labels_test, config.test_size, (config.split_seed, TEST_SUBSET)),
    )


@dataclass(frozen=True, slots=True)
class PartSizes:
    """How many images each part has; noisy copies are not counted."""

    train: int
    validation: int
    test: int


def part_sizes(config: Data) -> PartSizes:
    """How many images ``partition`` would put into each part, known without reading an image.

    Raises:
        ConfigError: with every size that is greater than what the dataset has.
    """
    dataset = DATASETS[config.dataset]
    if dataset.is_own and not dataset.train_count:
        hint = "It was deleted: choose another, or add its images again by this name on the Data page."
        raise ConfigError((Problem("data.dataset", config.dataset, "a dataset that is here", hint),))
    available = _available(config)
    held_back = validation_count(available, config)
    _check_sizes(available, held_back, dataset.test_count, config)
    left = available - held_back
    return PartSizes(
        train=left if config.train_size is None else config.train_size,
        validation=held_back,
        test=dataset.test_count if config.test_size is None else config.test_size,
    )


def data_of_sizes(values: Mapping[str, object], faults: Collection[Problem]) -> Data | None:
    """The dataset and its sizes among dotted values, whatever else is at fault; None where one of them is."""
    at_fault = {fault.field.partition("[")[0] for fault in faults}  # of a list, one of its items
    if at_fault & {*SIZE_FIELDS, "data"}:
        return None
    return Data.model_validate(
        {path.removeprefix("data."): values[path] for path in SIZE_FIELDS if path in values}
    )


def validation_count(available: int, config: Data) -> int:
    """How many of the images in the training files are held back: the size, or else the share."""
    if config.validation_size is not None:
        return config.validation_size
    return int(config.validation_fraction * available + 0.5)


def held_back_images(config: Data) -> tuple[object, ...]:
    """What decides which images are held back: two configurations hold the same back if these are equal."""
    return config.dataset, validation_count(_available(config), config), config.split_seed, config.labels


def _available(config: Data) -> int:
    """How many images train and validate."""
    if not config.labels:
        return DATASETS[config.dataset].train_count
    counts = train_label_counts(config.dataset)
    return sum(counts[label] for label in config.labels)


def _check_sizes(available: int, held_back: int, tests: int, config: Data) -> None:
    title, problems = DATASETS[config.dataset].title, []
    if config.labels:
        title = f"{title} with labels {', '.join(map(str, config.labels))}"
    most = available - FEWEST_TRAIN_IMAGES
    if most < 0 and config.labels:
        accepted = f"labels of at least {FEWEST_TRAIN_IMAGES} training images"
        hint = f"{title} has {available:,}."
        problems.append(Problem("data.labels", list(config.labels), accepted, hint))
    elif held_back > most:
        field = "data.validation_fraction" if config.validation_size is None else "data.validation_size"
        value = config.validation_fraction if config.validation_size is None else held_back
        accepted = f"at most {most:,} of the {available:,} training images of {title}"
        problems.append(
            Problem(field, value, accepted, f"At least {FEWEST_TRAIN_IMAGES} must be left to train.")
        )
    elif config.train_size is not None and config.train_size > available - held_back:
        accepted = f"at most {available - held_back:,} for {title}"
        hint = f"It has {available:,} training images, of which {held_back:,} are held back for validation."
        problems.append(Problem("data.train_size", config.train_size, accepted, hint))
    if config.test_size is not None and config.test_size > tests:
        hint = "Leave it empty to ask all."
        problems.append(Problem("data.test_size", config.test_size, f"at most {tests:,} for {title}", hint))
    if problems:
        raise ConfigError(tuple(problems))
