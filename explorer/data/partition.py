"""Which images train, which are held back to choose by, and which are asked once at the end."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.config.run import Data
from explorer.data.catalog import DATASETS
from explorer.errors import ConfigError, Problem

FEWEST_TRAIN_IMAGES = 10
SIZE_FIELDS = (
    "data.dataset",
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

    Every class has its share in each part, to within one image. The validation images come from the
    training files and are the same whatever the train size; no part takes an image of another.

    Raises:
        ConfigError: with every size that is greater than what there is.
    """
    available, held_back = len(labels_train), validation_count(len(labels_train), config)
    _check_sizes(available, held_back, len(labels_test), config)
    left = available - held_back
    classes = _shuffled_classes(labels_train, (config.split_seed, HOLD_BACK))
    counts = np.array([len(members) for members in classes])
    validation_quotas = quotas(counts, held_back)
    train_quotas = quotas(
        counts - validation_quotas, left if config.train_size is None else config.train_size
    )
    return Partition(
        train=_sorted(
            [members[len(members) - n :] for members, n in zip(classes, train_quotas, strict=True)]
        ),
        validation=_sorted([members[:n] for members, n in zip(classes, validation_quotas, strict=True)]),
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
    """How many images ``partition`` would put into each part, known without reading a file.

    Raises:
        ConfigError: with every size that is greater than what the dataset has.
    """
    dataset = DATASETS[config.dataset]
    if dataset.is_own and not dataset.train_count:
        hint = "It was deleted: choose another, or add its images again by this name on the Data page."
        raise ConfigError((Problem("data.dataset", config.dataset, "a dataset that is here", hint),))
    held_back = validation_count(dataset.train_count, config)
    _check_sizes(dataset.train_count, held_back, dataset.test_count, config)
    left = dataset.train_count - held_back
    return PartSizes(
        train=left if config.train_size is None else config.train_size,
        validation=held_back,
        test=dataset.test_count if config.test_size is None else config.test_size,
    )


def data_of_sizes(values: Mapping[str, object], faults: Collection[Problem]) -> Data | None:
    """The dataset and its sizes among dotted values, whatever else is at fault; None where one of them is."""
    if any(fault.field in SIZE_FIELDS or fault.field == "data" for fault in faults):
        return None
    return Data.model_validate(
        {path.removeprefix("data."): values[path] for path in SIZE_FIELDS if path in values}
    )


def validation_count(available: int, config: Data) -> int:
    """How many of the images in the training files are held back: the size, or else the share."""
    if config.validation_size is not None:
        return config.validation_size
    return int(config.validation_fraction * available + 0.5)


def draw(labels: NDArray[np.uint8], size: int, seed: Sequence[int]) -> NDArray[np.int64]:
    """Ascending indices of ``size`` images drawn by a seed, every class in its share to within one image."""
    classes = _shuffled_classes(labels, seed)
    counts = quotas(np.array([len(members) for members in classes]), size)
    return _sorted([members[:n] for members, n in zip(classes, counts, strict=True)])


def quotas(counts: NDArray[np.int64], size: int) -> NDArray[np.int64]:
    """``size`` places shared among classes by their counts, by largest remainder (Hamilton, 1792)."""
    total = max(int(counts.sum()), 1)
    whole, remainders = np.divmod(counts * size, total)
    first = np.argsort(-remainders, kind="stable")[: size - int(whole.sum())]
    whole[first] += 1
    return whole


def _shuffled_classes(labels: NDArray[np.uint8], seed: Sequence[int]) -> list[NDArray[np.int64]]:
    order = np.random.default_rng(seed).permutation(len(labels))
    by_class = order[np.argsort(labels[order], kind="stable")]
    return np.split(by_class, np.cumsum(np.bincount(labels, minlength=1))[:-1])


def _sorted(parts: list[NDArray[np.int64]]) -> NDArray[np.int64]:
    return np.sort(np.concatenate(parts))


def _check_sizes(available: int, held_back: int, tests: int, config: Data) -> None:
    title, problems = DATASETS[config.dataset].title, []
    most = available - FEWEST_TRAIN_IMAGES
    if held_back > most:
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
