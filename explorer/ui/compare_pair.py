"""The two runs of a comparison that are held against each other, A and B, and their answers."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from explorer.config.baseline import BaselineConfig
from explorer.data.partition import held_back_images
from explorer.evaluation.entries import latest_accuracy, run_name
from explorer.records import Run
from explorer.storage.fitted import load_fitted
from explorer.ui import cache, state
from explorer.ui.wording import plain

FIRST, SECOND = "compare.first", "compare.second"


@dataclass(frozen=True, slots=True)
class Pair:
    """Two different runs."""

    first: Run
    second: Run

    @property
    def runs(self) -> tuple[Run, Run]:
        """A and B."""
        return self.first, self.second


def pick_pair(runs: Sequence[Run]) -> Pair | None:
    """Let two of the runs be picked, at first the two best; None, and why, where there are no two."""
    options = {run.id: run for run in runs if run.result is not None or run.epoch > 0}
    if len(options) < 2:
        st.info(
            "This needs two runs that have answered their validation images: a finished epoch, or a fitted "
            "baseline. Choose another run above.",
            icon=":material/compare_arrows:",
        )
        return None
    ranked = sorted(options.values(), key=lambda run: -(latest_accuracy(run) or 0.0))
    for key, run in zip((FIRST, SECOND), ranked, strict=False):
        if state.said(key) not in options:
            state.put(key, run.id)
    if state.said(FIRST) == state.said(SECOND):
        state.put(SECOND, next(run.id for run in ranked if run.id != state.said(FIRST)))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        for key, label in ((FIRST, "A"), (SECOND, "B")):
            st.selectbox(
                label, list(options), key=state.key_of(key), persist_state="session", width=330,
                index=list(options).index(state.said(key)),
                format_func=lambda run_id: run_name(options[run_id]),
                help="One of the two runs whose answers are held against each other, image by image.",
            )  # fmt: skip
        st.button("Swap", icon=":material/swap_horiz:", on_click=_swap)
    first, second = options[state.said(FIRST)], options[state.said(SECOND)]
    if first.id == second.id:
        st.info("A and B are the same run: choose two different ones.", icon=":material/compare_arrows:")
        return None
    return Pair(first, second)


def answers_of(run: Run) -> NDArray[np.uint8]:
    """The answers to the validation images in split order, with the weights that are kept or the newest ones.

    Raises:
        CheckpointError: what a fitted baseline left is missing or damaged.
    """
    if isinstance(run.config, BaselineConfig):
        settings = cache.settings()
        made = cache.made_once(
            lambda: load_fitted(settings, run.id).predictions,
            "fitted answers", str(settings.home), run.id, str(run.ended_at),
        )  # fmt: skip
        return np.frombuffer(made, np.uint8)
    epoch = run.network_result.kept_epoch if run.network_result is not None else run.epoch
    return np.frombuffer(cache.store().predictions(run.id, epoch), np.uint8)


def moment_of(run: Run) -> str:
    """With which weights ``answers_of`` answers."""
    if isinstance(run.config, BaselineConfig):
        return "as fitted"
    epoch = run.network_result.kept_epoch if run.network_result is not None else run.epoch
    return f"after epoch {epoch:,}"


def cannot_disagree(pair: Pair) -> str:
    """Why the answers of the two can't be held against each other image by image; empty where they can."""
    first, second = (held_back_images(run.config.data) for run in pair.runs)
    if not first[1] or not second[1]:
        return "One of these runs held no validation images back: there is nothing that both have answered."
    if first[0] != second[0]:
        return "These runs learn from different datasets: there is no image that both have answered."
    if pair.first.config.data.labels != pair.second.config.data.labels:
        return "These runs learned different labels: each was validated on images of its own alone."
    if first != second:
        return (
            "These runs were validated on different images, so there are none that both have answered. Train "
            "them with the same split seed and as many validation images."
        )
    return ""


def named(pair: Pair) -> str:
    """Both by name, for captions."""
    return f"A is {plain(run_name(pair.first))}, B is {plain(run_name(pair.second))}."


def _swap() -> None:
    first, second = state.said(FIRST), state.said(SECOND)
    state.put(FIRST, second)
    state.put(SECOND, first)
