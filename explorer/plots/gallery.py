"""Which images were misread, the network's surest mistakes first, page by page as tiles."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.plots.tiles import Tiles, tiles

LONG_NAME = 4  # letters; longer names take a line each


@dataclass(frozen=True, slots=True, eq=False)
class Gallery:
    """Images of a part in the order in which they are shown.

    ``indices`` (n,) count in the part; ``labels`` and ``answers`` (n,) are classes; ``confidences`` (n,) is
    the probability that the network gave its answer, in [0, 1], or None while that is not known.
    """

    indices: NDArray[np.int64]
    labels: NDArray[np.uint8]
    answers: NDArray[np.uint8]
    confidences: NDArray[np.float32] | None

    @property
    def count(self) -> int:
        """How many images there are."""
        return len(self.indices)

    def page(self, number: int, size: int) -> "Gallery":
        """The images of one page; pages count from 1."""
        cut = slice((number - 1) * size, number * size)
        confidences = None if self.confidences is None else self.confidences[cut]
        return Gallery(self.indices[cut], self.labels[cut], self.answers[cut], confidences)


def gallery(
    labels: NDArray[np.uint8],
    answers: NDArray[np.uint8],
    probabilities: NDArray[np.float32] | None = None,
    *,
    true: int | None = None,
    answer: int | None = None,
) -> Gallery:
    """The images of a true class that were given an answer; None stands for any class.

    Without two equal classes these are mistakes alone, surest first; of a class read as itself they are
    the hits, least sure first. Equal ones stay in order, as all do without ``probabilities`` (N, 10).
    """
    is_hits = true is not None and true == answer
    wanted = labels == answers if is_hits else labels != answers
    if true is not None:
        wanted &= labels == true
    if answer is not None:
        wanted &= answers == answer
    indices = np.flatnonzero(wanted)
    confidences = None
    if probabilities is not None:
        sure = probabilities[indices, answers[indices]]
        order = np.argsort(sure if is_hits else -sure, kind="stable")
        indices, confidences = indices[order], sure[order]
    return Gallery(indices, labels[indices], answers[indices], confidences)


def gallery_tiles(
    page: Gallery,
    images: NDArray[np.uint8],
    names: Sequence[str],
    *,
    columns: int = 10,
    marked: int | None = None,
) -> Tiles:
    """The tiles of a page; ``images`` (N, 28, 28) are those of the whole part, ``marked`` one of its indices.

    Under each stands its class, what it was read as, and how sure the network was.
    """
    captions, hovers = [], []
    for place in range(page.count):
        true, answer = names[page.labels[place]], names[page.answers[place]]
        sure = None if page.confidences is None else float(page.confidences[place])
        captions.append(_caption(true, answer, sure))
        read = "read rightly" if true == answer else f"read as {answer}"
        with_certainty = "" if sure is None else f" with {percent(sure)}"
        hovers.append(f"image {page.indices[place]}: {true}, {read}{with_certainty}")
    return tiles(
        images[page.indices],
        captions,
        hovers=hovers,
        marked=[index == marked for index in page.indices.tolist()],
        keys=page.indices.tolist(),
        columns=columns,
    )


def percent(share: float) -> str:
    """A share in percent, never rounded to certainty: 99.97 %, not 100 %."""
    if share >= 0.9999:
        return "> 99.99 %" if share < 1 else "100 %"
    return f"{100 * share:.2f} %" if share >= 0.995 else f"{100 * share:.0f} %"


def _caption(true: str, answer: str, sure: float | None) -> str:
    lines = [true if true == answer else f"{true} → {answer}"]
    if true != answer and max(len(true), len(answer)) > LONG_NAME:
        lines = [true, f"→ {answer}"]
    return "<br>".join(lines if sure is None else [*lines, percent(sure)])
