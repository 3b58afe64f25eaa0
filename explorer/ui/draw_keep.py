"""Keeping a drawing with its label: our handwriting, a test set of this installation's own."""

from dataclasses import dataclass

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from explorer.data.drawing import Prepared, Steps
from explorer.errors import ExplorerError
from explorer.ui import cache, draw_source, state
from explorer.ui.draw_source import Source
from explorer.ui.wording import plain

DIGITS = 10
OUR_HANDWRITING = "People's own digits, shared by all who use this installation: every run is scored on them."
SAID, LAST = "draw.kept_said", "draw.kept_image"


@dataclass(frozen=True, slots=True)
class Kept:
    """What was kept last, or why it could not be."""

    number: int
    label: int
    problem: str = ""


def keep_buttons(source: Source, prepared: Prepared, steps: Steps) -> None:
    """Draw a button for each label; pressed, the drawing is kept and the pad cleared for the next."""
    is_kept = state.recall(LAST) == prepared.image.tobytes()
    words = f"{source.words}; {_in_words(steps)}"
    st.markdown("**Keep it in our handwriting as a**", help=OUR_HANDWRITING)
    with st.container(horizontal=True, gap="xsmall"):
        for label in range(DIGITS):
            st.button(
                str(label),
                key=f"draw.keep:{label}",
                disabled=is_kept or not prepared.image.any(),
                on_click=_keep,
                args=(prepared.image, label, words, source.raster),
            )


def what_was_kept() -> None:
    """Say what was kept last and how many there are, with a way back."""
    said: Kept | None = state.recall(SAID)
    if said is not None and said.problem:
        st.warning(plain(said.problem), icon=":material/error:")
    elif said is not None:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(f":material/check: Kept as a {said.label}.", width="content")
            st.button(
                "Undo", key="draw.unkeep", icon=":material/undo:", type="tertiary", on_click=_forget,
                args=(said.number,),
            )  # fmt: skip
    kept = sum(cache.store().handwriting.counts())
    if kept:
        st.page_link(
            "pages/data.py",
            label=f"Our handwriting: {kept:,} drawing{'s' * (kept > 1)}",
            icon=":material/signature:",
            query_params={"view": "handwriting"},
        )


def _keep(image: NDArray[np.uint8], label: int, words: str, raster: NDArray[np.uint8]) -> None:
    try:
        number = cache.store().handwriting.keep(image, label, preparation=words, raster=raster)
    except ExplorerError as error:
        state.keep(SAID, Kept(0, label, str(error)))
        return
    state.keep(SAID, Kept(number, label))
    state.keep(LAST, image.tobytes())
    draw_source.clear()


def _forget(number: int) -> None:
    state.forget(SAID, LAST)
    try:
        cache.store().handwriting.forget(number)
    except ExplorerError as error:
        state.keep(SAID, Kept(number, 0, str(error)))


def _in_words(steps: Steps) -> str:
    taken = [
        name
        for name, is_taken in (
            ("cropped to the ink", steps.crop),
            ("fitted into 20 × 20", steps.box),
            ("centred by mass", steps.centre),
        )
        if is_taken
    ]
    return ", ".join(taken) if taken else "scaled as a whole"
