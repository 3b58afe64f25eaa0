"""Whether a network is right as often as it says it is: the reliability diagram, with its error in words."""

import streamlit as st

from explorer.evaluation.calibration import BINS, calibration
from explorer.plots.reliability import FEW, draw_reliability, reliability
from explorer.records import Run
from explorer.ui.results_mistakes_answers import Answers

WIDTH = 400


def mistakes_calibration(run: Run, answers: Answers) -> None:
    """Draw the diagram of a part's probabilities; nothing where they are not known."""
    if answers.probabilities is None or not len(answers.labels):
        return
    drawn = reliability(calibration(answers.probabilities, answers.labels))
    st.markdown("**Is it right as often as it says?**")
    with st.container(horizontal=True, gap="medium", vertical_alignment="center"):
        with st.container(width=WIDTH):
            st.plotly_chart(
                draw_reliability(drawn),
                key=f"mistakes.reliability:{run.id}",
                config={"displayModeBar": False},
                alt=f"Reliability diagram: {drawn.sentence}",
            )
        with st.container(width=330):
            st.markdown(f"On these {drawn.images:,} {answers.part} images the network {drawn.sentence}.")
            st.markdown(f"Expected calibration error: **{100 * drawn.error:.1f} points**")
            st.caption(
                f"Images are sorted into {BINS} bins by the probability of the answer they were given. Bars "
                f"below the dashed line: the network is too sure of itself; above it: not sure enough. "
                f"Numbers are images; a bin of fewer than {FEW} (pale) says little. The error is the mean "
                f"gap to the line, weighted by images (Naeini et al., 2015; Guo et al., 2017)."
            )
