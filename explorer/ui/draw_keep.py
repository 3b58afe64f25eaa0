"""Keeping a drawing with its label: our handwriting, a test set of this installation's own."""

from dataclasses import dataclass

import streamlit as st

from explorer.data.drawing import Prepared, Steps, prepare_drawing
from explorer.errors import ExplorerError
from explorer.ui import cache, state
from explorer.ui.draw_source import clear, source_now
from explorer.ui.draw_steps import steps_now
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


def keep_buttons(prepared: Prepared) -> None:
    """Draw a button for each label; pressed, the drawing is kept and the pad cleared for the next."""
    st.markdown("**Keep it in our handwriting as a**", help=OUR_HANDWRITING)
    with st.container(horizontal=True, gap="xsmall"):
        for label in range(DIGITS):
            st.button(
                str(label),
                key=f"draw.keep:{label}",
                disabled=not _can_be_kept(prepared),
                on_click=_keep,
                args=(label,),
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


def _keep(label: int) -> None:
    """Keep what is on the pad now: its last stroke may be newer than the page."""
    steps = steps_now()
    try:
        source = source_now()
        prepared = None if source is None else prepare_drawing(source.raster, steps)
        if source is None or prepared is None or not _can_be_kept(prepared):
            return  # cleared, or kept, by a press just before this one
        image, words = prepared.image, f"{source.words}; {_in_words(steps)}"
        number = cache.store().handwriting.keep(image, label, preparation=words, raster=source.raster)
    except ExplorerError as error:
        state.keep(SAID, Kept(0, label, str(error)))
        return
    state.keep(SAID, Kept(number, label))
    state.keep(LAST, image.tobytes())
    clear()


def _can_be_kept(prepared: Prepared) -> bool:
    return bool(prepared.image.any()) and state.recall(LAST) != prepared.image.tobytes()


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
