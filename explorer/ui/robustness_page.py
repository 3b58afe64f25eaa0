"""The Robustness page: several networks under one change of their images, or under all nine."""

from collections.abc import Sequence

import streamlit as st

from explorer.evaluation.change_levels import CHANGE_LEVELS
from explorer.records import Run
from explorer.ui import cache, state
from explorer.ui.robustness_address import CHANGE, IMAGES, choice_in_address, show_in_address
from explorer.ui.robustness_curves import one_change, overview
from explorer.ui.robustness_runs import ROBUSTNESS, can_be_asked, choose_runs, say_what_is_missing

OVERVIEW = "overview"
CHANGES = (*CHANGE_LEVELS, OVERVIEW)
CHANGE_KEY, IMAGES_KEY = "robustness.change", "robustness.images"
PORTIONS = {"1000": "1,000", "all": "All"}


def show() -> None:
    """Draw the page."""
    st.title("Robustness")
    st.caption(
        "How many images does a network still read when they are changed in a way that it did not train on? "
        "A fully connected network ties what it learned to places in the image; a convolutional one looks "
        "for the same strokes everywhere."
    )
    runs = cache.store().runs()
    if not any(can_be_asked(run) for run in runs):
        _nothing(runs)
        return
    subjects = choose_runs(runs, ROBUSTNESS)
    change, images = _choices()
    show_in_address(ROBUSTNESS.chosen(), change, images)
    say_what_is_missing(subjects, runs)
    if not subjects:
        st.info("Choose a run above: each gets a curve.", icon=":material/show_chart:")
    elif change == OVERVIEW:
        overview(subjects, None if images == "all" else int(images))
    else:
        known = next(levels for levels in CHANGE_LEVELS.values() if levels.name == change)
        one_change(subjects, known, None if images == "all" else int(images))


def _nothing(runs: Sequence[Run]) -> None:
    if any(run.status.is_active for run in runs):
        st.info(
            "A run can be asked from the end of its first epoch on. Look again in a moment.",
            icon=":material/hourglass_top:",
            title="No network yet",
        )
        st.button("Look again", icon=":material/refresh:")
    else:
        st.info(
            "Train a small network and a LeNet on the same images; then see here what a shift of three "
            "pixels does to each. Baselines and networks on HOG features are not asked here.",
            icon=":material/shield:",
            title="No network yet",
        )
    st.page_link("pages/train.py", label="Train a network", icon=":material/play_arrow:")


def _choices() -> tuple[str, str]:
    """What is changed, and how many images are asked."""
    for key, name, known in ((CHANGE_KEY, CHANGE, CHANGES), (IMAGES_KEY, IMAGES, tuple(PORTIONS))):
        is_first = state.said(key) is None
        named = choice_in_address(name, known) if state.arrived() or is_first else None
        if named is not None or is_first:
            state.put(key, named or known[0])
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        change = st.pills(
            "Change",
            CHANGES,
            default=state.said(CHANGE_KEY),
            key=state.key_of(CHANGE_KEY),
            required=True,
            persist_state="session",
            format_func=lambda name: "All nine" if name == OVERVIEW else CHANGE_LEVELS[name].title,
            width="content",
            help="What is done to the images before the networks are asked; they are not trained on it.",
        )
        images = st.segmented_control(
            "Validation images",
            list(PORTIONS),
            default=state.said(IMAGES_KEY),
            key=state.key_of(IMAGES_KEY),
            required=True,
            persist_state="session",
            format_func=PORTIONS.__getitem__,
            help="1,000 are evenly spread over all that a run held back. The curve of 1,000 images is sure "
            "to about ±3 percentage points where it is steep, ±1 where it is near 100 %.",
        )
    return str(change), str(images)
