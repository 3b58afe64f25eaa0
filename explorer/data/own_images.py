"""The images of a dataset of one's own on their way in: counted, checked, and parted."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from explorer.data.stratified import draw
from explorer.errors import DatasetError

SIDE, CLASSES = 28, 10
MOST_IMAGES = 100_000
FEWEST_IMAGES = 30
TEST_SHARE = 0.2
SPLIT_SEED = 4_711
AS_IT_IS = "The images were taken as they are."

Report = Callable[[float], None]  # how much is done, in [0, 1]


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """Images (N, 28, 28) uint8, light on dark in 0…255, and their labels (N,) uint8 in 0…9."""

    images: NDArray[np.uint8]
    labels: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def counts(self) -> tuple[int, ...]:
        """How many images each class has."""
        return tuple(np.bincount(self.labels, minlength=CLASSES).tolist())


EMPTY = Part(np.zeros((0, SIDE, SIDE), np.uint8), np.zeros(0, np.uint8))


@dataclass(frozen=True, slots=True, eq=False)
class OwnImages:
    """All that came in. ``source``, ``preparation`` and ``split`` say in words what was made of what."""

    train: Part
    test: Part
    source: str
    preparation: str
    split: str = ""


def with_test_part(found: OwnImages) -> OwnImages:
    """The same, with a fifth of each class split off for testing where there is no test part.

    Which images these are depends on the labels and a fixed seed alone.

    Raises:
        DatasetError: too few images, too few in a part, or images of one class only.
    """
    total = len(found.train) + len(found.test)
    classes = sum(count > 0 for count in found.train.counts)
    if total < FEWEST_IMAGES:
        raise DatasetError(f"A dataset needs at least {FEWEST_IMAGES} images, not {total}. Add more.")
    check_count(total)
    if classes < 2:
        raise DatasetError(
            "The images to train on are all of one class: there is nothing to tell apart. "
            "Add images of another digit, or look whether the labels are right."
        )
    if len(found.test):
        if len(found.train) < FEWEST_IMAGES // 2:
            raise DatasetError(
                f"Only {len(found.train)} images are left to train on, and {len(found.test)} to test with."
            )
        return replace(found, split="The files say which images are for testing.")
    chosen = draw(found.train.labels, max(round(TEST_SHARE * total), 1), (SPLIT_SEED,))
    left = np.setdiff1d(np.arange(total), chosen)
    words = (
        f"There was no test part: {len(chosen):,} of the {total:,} images, the same share of each class, "
        f"were split off for testing, drawn by a fixed seed."
    )
    images, labels = found.train.images, found.train.labels
    return replace(
        found,
        train=Part(images[left], labels[left]),
        test=Part(images[chosen], labels[chosen]),
        split=words,
    )


def check_count(images: int) -> None:
    """Refuse more images than a dataset of one's own may have; raises DatasetError."""
    if images > MOST_IMAGES:
        raise DatasetError(
            f"A dataset of your own can have {MOST_IMAGES:,} images, and these are more. Take a part of them."
        )


def joined(parts: Iterable[Part]) -> Part:
    """All parts as one, in order."""
    listed = list(parts)
    if not listed:
        return EMPTY
    return Part(
        np.concatenate([part.images for part in listed]), np.concatenate([part.labels for part in listed])
    )
