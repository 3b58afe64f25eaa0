"""Saves the figures of a page as SVG and PNG: drawn anew by the browser, in light colours on white."""

import json

import streamlit as st

from explorer.plots.palette import DARK, LIGHT
from explorer.plots.paper import INK
from explorer.plots.plotly_script import plotly_script
from explorer.ui.browser_source import source

PAPER = {
    "text": INK,
    "ground": "#ffffff",
    "font": "Helvetica, Arial, sans-serif",
    "colors": LIGHT,
    "dark": DARK,
}
# Pages that only list and explain.
WITHOUT_FIGURES = ("Runs", "Workers", "Help", "Guide")

STYLE = source("save_figures.css")
SCRIPT = f"const PAPER = {json.dumps(PAPER)};\n" + source(
    "save_figures_pen.js", "save_figures_sources.js", "save_figures.js"
)

_mount = st.components.v2.component(
    "explorer.save_figures",
    html='<div class="figures"></div>',
    css=STYLE,
    js=SCRIPT,
)


def save_figures(page: str) -> None:
    """A fold below the page of this title that lists the figures now on it, each to be saved."""
    if page not in WITHOUT_FIGURES:
        st.fragment(_folded)()


def _folded() -> None:
    # Not a dialog: that would close whenever the page is drawn anew.
    folded = st.expander(
        "Save figures",
        key="save_figures",
        icon=":material/image:",
        type="compact",
        on_change="rerun",  # the script, five megabytes of it, is sent to those who want it
    )
    if not folded.open:
        return
    with folded:
        st.caption(
            "Every figure on this page as you see it now, in light colours for paper. "
            "SVG stays sharp at any size."
        )
        _mount(key="save_figures.list", data=plotly_script(), width="stretch", height="content")
