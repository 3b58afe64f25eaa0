"""The steps from the drawing to what a network sees, each shown and each to be switched off."""

import streamlit as st

from explorer.data.drawing import Prepared, Steps
from explorer.plots.drawing import NOTHING_YET, PIXELS, step_pictures
from explorer.ui import state
from explorer.ui.draw_source import Source

SWITCHES = {
    "crop": ("Crop to the ink", "Off: the whole pad is scaled, and a small digit stays small."),
    "box": ("Fit a box of 20 × 20", "Off: scaled to the whole 28 × 28, larger than in MNIST."),
    "centre": (
        "Centre of mass",
        "Off: the digit stays where it was drawn. A fully connected network learned from centred digits "
        "alone: draw in a corner and see.",
    ),
}


def switches() -> Steps:
    """Draw the switches; which steps are taken."""
    with st.container(horizontal=True, gap="medium"):
        for name, (title, help_line) in SWITCHES.items():
            st.toggle(title, value=True, key=_switch(name), help=help_line, width="content")
    return steps_now()


def steps_now() -> Steps:
    """Which steps the switches say, in a callback too, where they were not drawn with it yet."""
    return Steps(**{name: bool(state.recall(_switch(name), default=True)) for name in SWITCHES})


def _switch(name: str) -> str:
    return f"draw.step:{name}"


def show_steps(source: Source | None, prepared: Prepared | None, steps: Steps) -> None:
    """Draw what each step made of the source; of nothing, where it will be."""
    if source is None or prepared is None:
        st.caption(f"What the networks will see appears here: {NOTHING_YET}.")
        return
    with st.container(horizontal=True, gap="medium"):
        for picture in step_pictures(source.picture, prepared, steps):
            with st.container(width=PIXELS, gap="xsmall"):
                st.markdown(f"**{picture.title}**")
                st.image(picture.address, width=PIXELS, alt=f"{picture.title}: {picture.words}")
                st.caption(picture.words)
