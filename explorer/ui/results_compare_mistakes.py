"""The mistakes of several runs beside one another: one confusion matrix each, on the test images."""

from collections.abc import Sequence

import streamlit as st

from explorer.data.catalog import DATASETS
from explorer.plots import confusion
from explorer.records import Run
from explorer.ui.results_mistakes import MATRIX_WIDTH
from explorer.ui.wording import plain


def compare_mistakes(runs: Sequence[Run], names: Sequence[str]) -> None:
    """Draw the matrices of the runs that have been tested; nothing where there is none."""
    if all(run.result is None for run in runs):
        return
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.markdown("**Mistakes on the test images**", width="content")
        chosen = st.segmented_control(
            "Numbers",
            ("Counts", "Row %"),
            default="Counts",
            required=True,
            key="compare.confusion",
            label_visibility="collapsed",
        )
    with st.container(horizontal=True, gap="small"):
        for run, name in zip(runs, names, strict=True):
            _matrix(run, name, as_shares=chosen == "Row %")


def _matrix(run: Run, name: str, *, as_shares: bool) -> None:
    if run.result is None:
        return
    classes = DATASETS[run.config.data.dataset].class_names
    test = run.result.test
    matrix = confusion.confusion_matrix(test.confusion, classes)
    with st.container(width=MATRIX_WIDTH[all(len(word) == 1 for word in classes)]):
        st.markdown(f"{plain(name)}: {test.correct:,} of {test.images:,} right")
        st.plotly_chart(
            confusion.draw_confusion(matrix, as_shares=as_shares),
            key=f"compare.matrix:{run.id}",
            config={"displayModeBar": False},
            alt=f"Confusion matrix of {name}: {matrix.mistakes:,} of {test.images:,} images misclassified",
        )
