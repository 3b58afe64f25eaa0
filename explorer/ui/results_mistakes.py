"""Which classes a run mixes up: the confusion matrix, and precision, recall and F1."""

from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from explorer.data.catalog import DATASETS
from explorer.evaluation.metrics import accuracy, confusion_matrix, per_class
from explorer.plots import confusion
from explorer.plots.per_class import class_rows
from explorer.records import EpochMetrics, Evaluation, Run
from explorer.ui import cache
from explorer.ui.results_numbers import evaluations
from explorer.ui.scrubber import Moment

# Pixels, by whether the classes have names of one sign; side by side in the Train page's right column.
MATRIX_WIDTH = {True: 400, False: 560}
TABLE_WIDTH = {True: 386, False: 560}


def _columns(*, are_short: bool) -> dict[str, Any]:
    """How each column is shown; narrow enough that none is cut off beside the matrix."""
    number, text = st.column_config.NumberColumn, st.column_config.TextColumn
    right = "Of the images {} this class, the share that {}."
    return {
        "class": text("Class", width=52 if are_short else 110),
        "precision": number("Precision", format="%.3f", width=78, help=right.format("read as", "is it")),
        "recall": number("Recall", format="%.3f", width=62, help=right.format("of", "was read as it")),
        "f1": number("F1", format="%.3f", width=56, help="Harmonic mean of precision and recall."),
        "images": number("Images", format="localized", width=64),
        "mistake": text(
            "Read as" if are_short else "Most often read as",
            width=72 if are_short else 150,
            help="The class that its misclassified images are most often read as, and how many are.",
        ),
    }


def mistakes(run: Run, epochs: list[EpochMetrics], moment: Moment | None = None) -> None:
    """Draw the matrix of the ended run's parts; at other moments that of the epoch's validation images."""
    is_result = moment is None or moment.is_result
    parts = evaluations(run.result) if run.result is not None and is_result else {}
    until = [known for known in epochs if moment is None or known.epoch <= moment.epoch]
    newest = None if parts else _newest(run, until)
    if newest is None and not parts:
        st.info(
            "The matrix needs the validation answers of a finished epoch, or the end of the run."
            if run.status.is_active
            else "There are no answers to count: no epoch with validation images was finished.",
            icon=":material/grid_on:",
        )
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        if newest is not None:
            epoch, evaluation = newest
            st.markdown(
                f"Validation images after epoch {epoch:,}: "
                f"{evaluation.correct:,} of {evaluation.images:,} right",
                width="content",
            )
        else:
            evaluation = parts[_choice("Images", tuple(parts), run)]
        as_shares = _choice("Numbers", ("Counts", "Row %"), run) == "Row %"
    _draw(run, evaluation, as_shares=as_shares)


def _choice(label: str, options: tuple[str, ...], run: Run) -> str:
    chosen = st.segmented_control(
        label,
        options,
        default=options[0],
        required=True,
        key=f"mistakes.{label.lower()}:{run.id}",
        label_visibility="collapsed",
    )
    return chosen or options[0]


def _draw(run: Run, evaluation: Evaluation, *, as_shares: bool) -> None:
    names = DATASETS[run.config.data.dataset].class_names
    matrix = confusion.confusion_matrix(evaluation.confusion, names)
    are_short = all(len(name) == 1 for name in names)
    worst = confusion.largest_mistakes(matrix)
    if worst:
        st.markdown("**Most frequent mistakes:** " + " · ".join(worst))
    else:
        st.markdown("**No mistakes:** every image was classified correctly.")
    beside = st.container(horizontal=True, gap="small")
    with beside.container(width=MATRIX_WIDTH[are_short]):
        st.plotly_chart(
            confusion.draw_confusion(matrix, as_shares=as_shares),
            key=f"mistakes.matrix:{run.id}",
            config={"displayModeBar": False},
            alt=f"Confusion matrix: {matrix.mistakes:,} of {evaluation.images:,} images misclassified",
        )
    with beside.container(width=TABLE_WIDTH[are_short]):
        rows = [
            (row.name, row.precision, row.recall, row.f1, row.support, row.mistake)
            for row in class_rows(evaluation, names)
        ]
        st.dataframe(
            pd.DataFrame(rows, columns=list(_columns(are_short=are_short))),
            hide_index=True,
            column_config=_columns(are_short=are_short),
            key=f"mistakes.classes:{run.id}",
            alt="Precision, recall and F1 of each class",
        )


def _newest(run: Run, epochs: list[EpochMetrics]) -> tuple[int, Evaluation] | None:
    if not epochs or epochs[-1].validation_loss is None:
        return None
    newest = epochs[-1]
    answers = np.frombuffer(cache.store().predictions(run.id, newest.epoch), dtype=np.uint8)
    labels = cache.validation_labels(run.config.data)
    if len(answers) != len(labels) or not len(labels):
        return None
    counts = confusion_matrix(labels, answers)
    evaluation = Evaluation(
        loss=newest.validation_loss or 0.0,
        accuracy=accuracy(counts),
        confusion=tuple(tuple(int(count) for count in row) for row in counts),
        per_class=per_class(counts),
    )
    return newest.epoch, evaluation
