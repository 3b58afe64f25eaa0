"""Image by image: what a run answered on a part, and how sure it was where its weights can be asked."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from explorer.config.baseline import BaselineConfig
from explorer.errors import CheckpointError
from explorer.evaluation.metrics import accuracy, confusion_matrix, per_class
from explorer.records import EpochMetrics, Evaluation, Run
from explorer.storage.arrays import Arrays
from explorer.storage.fitted import load_fitted
from explorer.ui import cache
from explorer.ui.answers import answer
from explorer.ui.scrubber import Moment
from explorer.ui.wording import plain

Part = Literal["test", "validation"]


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """Images (N, 28, 28) of a part in split order, their classes and the run's answers (N,).

    ``probabilities`` (N, 10) float32 are None while, or where, they are not known.
    """

    part: Part
    images: NDArray[np.uint8]
    labels: NDArray[np.uint8]
    answers: NDArray[np.uint8]
    probabilities: NDArray[np.float32] | None


def validation_answers(
    run: Run, epochs: Sequence[EpochMetrics], moment: Moment | None
) -> tuple[int, NDArray[np.uint8]] | None:
    """The newest epoch up to the moment with answers on the validation images, and those answers.

    A baseline has one set of answers and no epochs. None where nothing was recorded, or it does not fit.
    """
    labels = cache.validation_labels(run.config.data)
    if not len(labels):
        return None
    if isinstance(run.config, BaselineConfig):
        epoch, recorded = 0, _fitted_answers(run)
    else:
        result = run.network_result
        last = moment.epoch if moment is not None else result.kept_epoch if result is not None else None
        known = [each.epoch for each in epochs if each.validation_loss is not None]
        until = [each for each in known if last is None or each <= last]
        if not until:
            return None
        epoch, recorded = until[-1], cache.store().predictions(run.id, until[-1])
    if len(recorded) != len(labels):
        return None
    return epoch, np.frombuffer(recorded, dtype=np.uint8)


def evaluated(answers: NDArray[np.uint8], labels: NDArray[np.uint8], loss: float | None) -> Evaluation:
    """The answers counted."""
    counts = confusion_matrix(labels, answers)
    return Evaluation(
        loss=loss,
        accuracy=accuracy(counts),
        confusion=tuple(tuple(int(count) for count in row) for row in counts),
        per_class=per_class(counts),
    )


def answers_of(
    run: Run, part: Part, epochs: Sequence[EpochMetrics], moment: Moment | None, *, is_wanted: bool
) -> Answers | None:
    """What is known of a part image by image; what is missing, and why, is said on the page.

    ``is_wanted`` asks for probabilities also while every new epoch would ask again.
    """
    if part == "test":
        return _test_answers(run, moment)
    found = validation_answers(run, epochs, moment)
    if found is None:
        st.caption("Its answers were not recorded image by image: the images can't be shown.")
        return None
    epoch, recorded = found
    labels, images = cache.validation_labels(run.config.data), cache.validation_images(run.config.data)
    probabilities = None
    if isinstance(run.config, BaselineConfig):
        pass
    elif moment is None or epoch not in moment.kept:
        st.caption("How sure the network was is not known: its weights were not kept.")
    elif run.status.is_active and epoch == moment.kept[-1] and not is_wanted:
        st.caption(
            "To leave the training its time, the network is asked how sure it is once you choose a class, a "
            "cell or an earlier epoch, or once the run has ended."
        )
    else:
        probabilities = _probabilities(run, epoch, part, len(labels))
    return Answers(part, images, labels, recorded, probabilities)


def _test_answers(run: Run, moment: Moment | None) -> Answers | None:
    if isinstance(run.config, BaselineConfig):
        has_others = run.result is not None and run.result.validation is not None
        st.caption(
            "Of a baseline only the answers on validation images are kept one by one."
            + (" Choose Validation above to see its mistakes." if has_others else "")
        )
        return None
    if moment is None or not moment.is_result:
        st.caption("The weights behind these numbers were not kept: the images can't be shown.")
        return None
    images, labels = cache.test_images(run.config.data)
    probabilities = _probabilities(run, moment.epoch, "test", len(labels))
    if probabilities is None:
        return None
    return Answers("test", images, labels, probabilities.argmax(axis=1).astype(np.uint8), probabilities)


def _probabilities(run: Run, epoch: int, part: Part, images: int) -> NDArray[np.float32] | None:
    """The inspector's answer; while it works, its progress is drawn, and the page again when it is there."""
    found: Arrays = {}
    answer(
        f"mistakes.{part}",
        "probabilities",
        {"run_id": run.id, "epoch": epoch, "part": part},
        found.update,
        run_id=run.id,
        waiting="Asking the network how sure it is …",
        keeps_last=False,  # the probabilities of another epoch are no stand-in
    )
    probabilities = found.get("probabilities")
    if probabilities is not None and len(probabilities) != images:
        st.caption(
            f"The network was asked about {len(probabilities):,} images, and there are {images:,} now: "
            f"the dataset was changed. How sure it was of each is not known."
        )
        return None
    return probabilities


def _fitted_answers(run: Run) -> bytes:
    """Of an ended baseline; empty where its file is gone."""
    if run.ended_at is None:
        return b""
    settings = cache.settings()
    try:
        return cache.made_once(
            lambda: load_fitted(settings, run.id).predictions,
            "fitted answers", str(settings.home), run.id, run.ended_at.isoformat(),
        )  # fmt: skip
    except CheckpointError as error:
        st.caption(plain(str(error)))
        return b""
