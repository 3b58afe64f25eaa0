"""The mistakes of two runs: both confusion matrices and their difference."""

from collections.abc import Sequence

import numpy as np
import streamlit as st

from explorer.data.catalog import DATASETS
from explorer.evaluation.metrics import confusion_matrix as count
from explorer.plots import confusion
from explorer.plots.confusion_difference import confusion_difference, draw_difference
from explorer.records import Run
from explorer.ui import cache
from explorer.ui.compare_pair import Pair, answers_of, moment_of, pick_pair
from explorer.ui.results_mistakes import MATRIX_WIDTH
from explorer.ui.results_numbers import evaluations
from explorer.ui.wording import plain

NO_MODE_BAR = {"displayModeBar": False}
PARTS = ("Validation", "Test", "Training")

Counts = Sequence[Sequence[int]]


def mistakes(runs: Sequence[Run]) -> None:
    """Let A and B be picked and draw their matrices, and what A has more than B."""
    pair = pick_pair(runs)
    if pair is None:
        return
    datasets = {run.config.data.dataset for run in pair.runs}
    if len(datasets) > 1:
        st.info(
            "These runs learn from different datasets: their classes have nothing in common.",
            icon=":material/grid_on:",
        )
        return
    counted = [_parts(run) for run in pair.runs]
    common = [part for part in PARTS if all(part in own for own in counted)]
    if not common:
        st.info(
            "There are no images that both runs have answered: the matrices need the validation answers of a "
            "finished epoch, or the end of the run.",
            icon=":material/grid_on:",
        )
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        part = _choice("Part", common, "compare.matrix_part")
        as_shares = _choice("Numbers", ("Counts", "Row %"), "compare.matrix_numbers") == "Row %"
    names = DATASETS[pair.first.config.data.dataset].class_names
    matrices = [confusion.confusion_matrix(own[part], names) for own in counted]
    _draw(pair, matrices, part, as_shares=as_shares)


def _draw(pair: Pair, matrices: Sequence[confusion.ConfusionMatrix], part: str, *, as_shares: bool) -> None:
    width = MATRIX_WIDTH[all(len(name) == 1 for name in matrices[0].names)]
    with st.container(horizontal=True, gap="small"):
        for letter, run, matrix in zip("AB", pair.runs, matrices, strict=True):
            images = sum(sum(row) for row in matrix.counts)
            # Results were measured once; the newest answers of a run that still trains were not.
            told = f", {moment_of(run)}" if run.result is None else ""
            with st.container(width=width):
                st.markdown(
                    f"**{letter}** · {plain(run.name)}: "
                    f"{images - matrix.mistakes:,} of {images:,} right{told}"
                )
                st.plotly_chart(
                    confusion.draw_confusion(matrix, as_shares=as_shares),
                    key=f"compare.matrix:{letter}",
                    config=NO_MODE_BAR,
                    alt=f"Confusion matrix of {letter}, run {run.id}: {matrix.mistakes:,} of {images:,} "
                    f"{part.lower()} images misclassified",
                )
        with st.container(width=width):
            st.markdown("**A − B**, row %: :orange[more in A], :blue[more in B]")
            found = confusion_difference(matrices[0], matrices[1], "B", "in A")
            st.plotly_chart(
                draw_difference(found),
                key="compare.matrix:difference",
                config=NO_MODE_BAR,
                alt=f"Confusion of A less that of B in percentage points, at most {found.greatest:.1f}",
            )


def _parts(run: Run) -> dict[str, Counts]:
    """The confusion counts of each part that the run has answered."""
    if run.result is not None:
        return {name: part.confusion for name, part in evaluations(run.result).items()}
    answers, labels = answers_of(run), cache.validation_labels(run.config.data)
    if not len(labels) or len(answers) != len(labels):
        return {}
    return {"Validation": np.asarray(count(labels, answers)).tolist()}


def _choice(label: str, options: Sequence[str], key: str) -> str:
    picked = st.segmented_control(
        label, options, default=options[0], required=True, key=key, persist_state="session",
        label_visibility="collapsed",
    )  # fmt: skip
    return str(picked or options[0])
