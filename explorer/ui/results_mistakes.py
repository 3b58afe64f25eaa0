"""Which classes a run mixes up: the confusion matrix, and precision, recall and F1."""

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

MATRIX_WIDTH, TABLE_WIDTH = 640, 500  # pixels

_COLUMNS = {
    "class": st.column_config.TextColumn("Class", width="small"),
    "precision": st.column_config.NumberColumn(
        "Precision", format="%.3f", help="Of the images read as this class, the share that is it."
    ),
    "recall": st.column_config.NumberColumn(
        "Recall", format="%.3f", help="Of the images of this class, the share that was read as it."
    ),
    "f1": st.column_config.NumberColumn("F1", format="%.3f", help="Harmonic mean of precision and recall."),
    "images": st.column_config.NumberColumn("Images", format="localized"),
    "mistake": st.column_config.TextColumn("Most often read as"),
}


def mistakes(run: Run, epochs: list[EpochMetrics]) -> None:
    """Draw the matrix of the ended run's parts, or of the newest epoch's validation images."""
    parts = evaluations(run.result) if run.result is not None else {}
    newest = None if parts else _newest(run, epochs)
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
    # Side by side where there is room, one below the other where there is not.
    beside = st.container(horizontal=True, gap="large")
    with beside.container(width=MATRIX_WIDTH):
        st.plotly_chart(
            confusion.draw_confusion(matrix, as_shares=as_shares),
            key=f"mistakes.matrix:{run.id}",
            config={"displayModeBar": False},
            alt=f"Confusion matrix: {matrix.mistakes:,} of {evaluation.images:,} images read wrongly",
        )
    with beside.container(width=TABLE_WIDTH):
        worst = confusion.largest_mistakes(matrix)
        if worst:
            st.markdown("**Most frequent mistakes**\n" + "\n".join(f"- {sentence}" for sentence in worst))
        else:
            st.markdown("**No mistakes**: every image was read rightly.")
        rows = [
            (row.name, row.precision, row.recall, row.f1, row.support, row.mistake)
            for row in class_rows(evaluation, names)
        ]
        st.dataframe(
            pd.DataFrame(rows, columns=list(_COLUMNS)),
            hide_index=True,
            column_config=_COLUMNS,
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
