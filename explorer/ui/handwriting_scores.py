"""How many of our drawings each run reads: counted in this process, a portion at a time."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

from explorer.config.baseline import BaselineConfig
from explorer.errors import AnalysisError, ExplorerError
from explorer.models.forward import forward
from explorer.records import Run
from explorer.ui import cache
from explorer.ui.draw_readers import Reader, make_reader

SECONDS_A_LOOK = 0.15
PORTION = 50  # drawings that a network is asked at once
SLOW_PORTION = 20  # of a method that is asked one by one


@dataclass(frozen=True, slots=True, eq=False)
class Score:
    """What a run says to each drawing (N,) uint8, or in words why it says nothing."""

    answers: NDArray[np.uint8] | None
    problem: str = ""

    def right(self, labels: NDArray[np.uint8]) -> int:
        """How many drawings it reads rightly."""
        return 0 if self.answers is None else int((self.answers == labels).sum())


class _Look:
    """A moment in which answers are worked out: at least one portion, however slow the machine is."""

    def __init__(self) -> None:
        self._until = time.monotonic() + SECONDS_A_LOOK
        self.has_worked = False

    @property
    def is_over(self) -> bool:
        """Whether the rest waits for the next look."""
        return self.has_worked and time.monotonic() > self._until


def score_together(runs: Sequence[Run], images: NDArray[np.uint8]) -> dict[int, Score]:
    """Scores by the numbers of runs with a result: those known, and as many more as a moment allows.

    A look takes about 0.15 s; call again for the rest. Answers are kept by run, result and images, so that
    one drawing more is one portion more.
    """
    look = _Look()
    found: dict[int, Score] = {}
    for run in runs:
        score = _score(run, images, look)
        if score is None:
            break
        found[run.id] = score
    return found


def _score(run: Run, images: NDArray[np.uint8], look: _Look) -> Score | None:
    """None where the moment is over before all answers are known."""
    size = SLOW_PORTION if _is_asked_one_by_one(run) else PORTION
    readers: list[Reader] = []  # made once, and only where an answer is not known
    parts: list[NDArray[np.uint8]] = []

    def work(portion: NDArray[np.uint8]) -> NDArray[np.uint8]:
        look.has_worked = True
        return _answers(run, readers, portion)

    try:
        for start in range(0, len(images), size):
            if look.is_over:
                return None
            parts.append(_known_answers(run, images[start : start + size], work))
    except ExplorerError as error:
        return Score(None, str(error))
    return Score(np.concatenate(parts) if parts else np.zeros(0, np.uint8))


def _known_answers(
    run: Run, images: NDArray[np.uint8], work: Callable[[NDArray[np.uint8]], NDArray[np.uint8]]
) -> NDArray[np.uint8]:
    """The answers to a portion, worked out once for a run, its result and these images."""
    digest = sha256(np.ascontiguousarray(images).data).hexdigest()
    home, ended = str(cache.settings().home), str(run.ended_at)
    return cache.small_made_once(
        lambda: work(images), "handwriting", home, run.id, _epoch(run), ended, digest
    )


def _answers(run: Run, readers: list[Reader], images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    if not readers:
        if isinstance(run.config, BaselineConfig) and run.config.baseline.model == "forest":
            raise AnalysisError("The trees of a forest are not kept, so it can't be asked again.")
        readers.append(make_reader(run, _epoch(run), cache.settings()))
    reader = readers[0]
    if isinstance(reader.config, BaselineConfig) or reader.config.data.features == "hog":
        return np.array([reader.read(image).answer for image in images], np.uint8)
    seen = images[:, None].astype(np.float32)
    prepared = (seen - np.float32(reader.scaling.mean)) * np.float32(reader.scaling.factor)
    logits = forward(reader.config.network, reader.arrays, prepared).logits
    return np.asarray(logits.argmax(1), np.uint8)


def _is_asked_one_by_one(run: Run) -> bool:
    return isinstance(run.config, BaselineConfig) or run.config.data.features == "hog"


def _epoch(run: Run) -> int:
    """The epoch whose weights the result was measured with."""
    return 1 if run.network_result is None else run.network_result.kept_epoch
