"""The score that a fitted method gives each class for one image, and what it looks for."""

from dataclasses import dataclass

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from explorer.classical.illustration import illustrate
from explorer.classical.scores import class_scores
from explorer.config.baseline import BaselineConfig
from explorer.data.words import title_of
from explorer.errors import CheckpointError
from explorer.plots.hog_weights import cell_weights, draw_weight_stars, weight_stars
from explorer.plots.methods_scores import draw_scores, score_bars
from explorer.plots.methods_weights import draw_weight_pictures, weight_pictures
from explorer.records import Run, RunStatus
from explorer.storage.fitted import load_fitted
from explorer.ui import cache, state
from explorer.ui.classical_choice import ChosenImage
from explorer.ui.wording import plain

METHODS = ("linear_svm", "rbf_svm", "logistic")
RUN = "classical.scores.run"
STILL = {"displayModeBar": False, "scrollZoom": False}
WAITS = {
    RunStatus.QUEUED: "waits for a worker",
    RunStatus.RUNNING: "is being fitted",
}


def scores(image: ChosenImage) -> None:
    """Draw the scores of a chosen fit; where there is none, say how to get one."""
    st.subheader("A fitted method's scores for it", anchor=False)
    runs = [run for run in cache.store().runs() if _can_score(run, image)]
    ready = {run.id: run for run in runs if run.status is RunStatus.FINISHED and run.result is not None}
    if not ready:
        _nothing(runs)
        return
    if state.said(RUN) not in ready:
        state.put(RUN, next(iter(ready)))
    run_id = st.selectbox(
        "Fitted method",
        list(ready),
        index=list(ready).index(state.said(RUN)),
        format_func=lambda number: f"Run {number}: {ready[number].name}",
        key=state.key_of(RUN),
        persist_state="session",
        width=420,
        help="Whose scores are shown: every SVM and logistic regression fitted here.",
    )
    run = ready[int(run_id)]
    try:
        answer = _asked(run, image)
    except CheckpointError as error:
        st.warning(
            plain(str(error)), icon=":material/broken_image:", title="This fit can't be asked any more"
        )
        return
    left, right = st.columns(2, gap="large")
    with left:
        _bars(run, answer, image)
    with right:
        _weights(run, answer, image)


def _can_score(run: Run, image: ChosenImage) -> bool:
    config = run.config
    return (
        isinstance(config, BaselineConfig)
        and config.baseline.model in METHODS
        and config.data.dataset == image.dataset
    )


def _nothing(runs: list[Run]) -> None:
    newest = runs[0] if runs else None
    if newest is not None and newest.status.is_active:
        st.info(
            f"Run {newest.id} ({plain(newest.name)}) {WAITS[newest.status]}. Its scores appear here when it "
            "is done and the page is looked at again.",
            icon=":material/hourglass_top:",
        )
    elif newest is not None and newest.status is RunStatus.FAILED:
        st.error(f"{plain(newest.reason)}", icon=":material/error:", title=f"Run {newest.id} failed")
    else:
        st.info(
            "Fit a linear SVM on these images (on the view Fit): it gives each class a score w·x + b, and "
            "the greatest wins.",
            icon=":material/bar_chart:",
            title="No SVM or logistic regression has been fitted to these images yet",
        )


@dataclass(frozen=True, slots=True, eq=False)
class _Answer:
    """What a method says to one image; ``weights`` and ``offsets`` of linear ones, else None."""

    scores: NDArray[np.float64]
    weights: NDArray[np.floating] | None
    offsets: NDArray[np.floating] | None
    support_vectors: int


def _asked(run: Run, image: ChosenImage) -> _Answer:
    """Kept for all tabs, but not the whole model: one with many support vectors takes 100 MB."""
    settings = cache.settings()

    def ask() -> _Answer:
        model = load_fitted(settings, run.id).model
        return _Answer(
            scores=class_scores(model, _features(run, image)),
            weights=model.get("weights"),
            offsets=model.get("offsets"),
            support_vectors=len(model.get("support_vectors", ())),
        )

    ended = run.ended_at.isoformat() if run.ended_at is not None else ""
    return cache.made_once(ask, "scores", str(settings.home), run.id, ended, image.index)


def _features(run: Run, image: ChosenImage) -> NDArray[np.floating]:
    """The image as the machine takes it, before scaling."""
    if run.config.data.features == "pixels":
        return image.pixels.reshape(-1).astype(np.float64)
    return illustrate(image.pixels, run.config.data.hog).blocks.reshape(-1)


def _bars(run: Run, answer: _Answer, image: ChosenImage) -> None:
    bars = score_bars(answer.scores, image.names, answer.offsets)
    winner, own = bars.names[bars.winner], image.names[image.label]
    verdict = "right" if winner == own else f"wrong: it is of class {plain(own)}"
    st.markdown(f"**It answers {plain(winner)}** ({verdict}), {bars.lead:.2f} ahead of the next class")
    linear = answer.offsets is not None
    st.plotly_chart(
        draw_scores(bars, "score w·x + b" if linear else "duels won, and how clearly"),
        key="classical.scores.bars",
        config=STILL,
        alt=f"Score of each class: {'; '.join(bars.sentences)}",
    )
    if not linear:
        st.caption(
            "Each pair of classes fights a duel; a score counts those that a class wins, and a part below "
            "one for how clearly."
        )
    elif run.config.baseline.model == "linear_svm":  # type: ignore[union-attr]
        st.caption(
            "One border a class, against all others: above 0 it says “mine”, below 0 “not mine”. Several or "
            "none may say so; the greatest score decides."
        )
    else:
        st.caption("The softmax of these scores is the probability of each class.")


def _weights(run: Run, answer: _Answer, image: ChosenImage) -> None:
    weights = answer.weights
    if weights is None:
        st.info(
            f"{title_of('rbf_svm')}s have no weight a feature: they compare the image with "
            f"{answer.support_vectors:,} training images that lie at the borders.",
            icon=":material/info:",
        )
        return
    st.markdown("**What it looks for**: its weights, class by class")
    data = run.config.data
    if data.features == "pixels":
        figure = draw_weight_pictures(weight_pictures(weights, image.names))
        words = "Orange pixels speak for the class, blue ones against it; all classes share one scale."
    else:
        cells = len(image.pixels) // data.hog.cell_size
        by_cell = cell_weights(
            weights, cells=cells, block_size=data.hog.block_size, orientations=data.hog.orientations
        )
        figure = draw_weight_stars(weight_stars(by_cell, data.hog.cell_size, image.names))
        words = (
            "Strokes lie along the edges that speak for the class (orange) or against it (blue); weights "
            "of one cell are added up over its blocks, and each class has its own scale."
        )
    st.plotly_chart(figure, key=f"classical.scores.weights:{data.features}", config=STILL, alt=words)
    st.caption(words)
