"""Which classes a run mixes up: the confusion matrix, its images, and how sure the network was of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from explorer.data.catalog import DATASETS
from explorer.plots import confusion
from explorer.plots.confusion_difference import confusion_difference, draw_difference
from explorer.plots.per_class import class_rows
from explorer.records import EpochMetrics, Evaluation, Run
from explorer.ui import cache, state
from explorer.ui.results_mistakes_answers import Part, answers_of, evaluated, validation_answers
from explorer.ui.results_mistakes_calibration import mistakes_calibration
from explorer.ui.results_mistakes_difference import other_in_words, other_run
from explorer.ui.results_mistakes_gallery import choose_cell, chosen_cell, is_chosen, mistakes_gallery
from explorer.ui.results_numbers import evaluations
from explorer.ui.scrubber import Moment
from explorer.ui.wording import plain

# Pixels, by whether the classes have names of one sign; side by side in the Train page's right column.
MATRIX_WIDTH = {True: 400, False: 560}
TABLE_WIDTH = {True: 386, False: 560}
MOST_PAIRS = 3
NUMBERS = COUNTS, ROW_SHARES, _ = "Counts", "Row %", "Difference"


@dataclass(frozen=True, slots=True)
class _Shown:
    """The answers whose matrix is drawn: of which part, counted."""

    part: str
    evaluation: Evaluation


def mistakes(
    run: Run, epochs: Sequence[EpochMetrics], moment: Moment | None = None, *, first: str = COUNTS
) -> None:
    """Draw the matrix of the ended run's parts; at other moments that of the epoch's validation images.

    Below it the images of the chosen cell, or all mistakes, and the reliability diagram. ``first`` says which
    numbers the matrix shows until others are chosen.
    """
    with st.container(horizontal=True, vertical_alignment="center"):
        shown = _shown(run, epochs, moment)
        if shown is not None:
            numbers = _choice("Numbers", NUMBERS, run, first)
            other = other_run(run, shown.part) if numbers == "Difference" else None
    if shown is None:
        st.info(
            "The matrix needs the validation answers of a finished epoch, or the end of the run."
            if run.status.is_active
            else "There are no answers to count: no epoch with validation images was finished.",
            icon=":material/grid_on:",
        )
        return
    _draw(run, shown, other, as_shares=numbers != "Counts")
    if shown.part == "Training":
        st.caption("Choose Validation or Test above to see the images themselves.")
        return
    st.markdown("**The images**")
    part: Part = "test" if shown.part == "Test" else "validation"
    answers = answers_of(run, part, epochs, moment, is_wanted=is_chosen(run))
    if answers is not None:
        mistakes_gallery(run, answers)
        mistakes_calibration(run, answers)


def _shown(run: Run, epochs: Sequence[EpochMetrics], moment: Moment | None) -> _Shown | None:
    is_result = moment is None or moment.is_result
    parts = evaluations(run.result) if run.result is not None and is_result else {}
    if parts:
        chosen = _choice("Images", tuple(parts), run)
        return _Shown(chosen, parts[chosen])
    found = validation_answers(run, epochs, moment)
    if found is None:
        return None
    epoch, answers = found
    loss = next((each.validation_loss for each in epochs if each.epoch == epoch), None)
    evaluation = evaluated(answers, cache.validation_labels(run.config.data), loss)
    st.markdown(
        f"Validation images after epoch {epoch:,}: {evaluation.correct:,} of {evaluation.images:,} right",
        width="content",
    )
    return _Shown("Validation", evaluation)


def _choice(label: str, options: tuple[str, ...], run: Run, first: str = "") -> str:
    chosen = st.segmented_control(
        label,
        options,
        default=first or options[0],
        required=True,
        key=f"mistakes.{label.lower()}:{run.id}",
        label_visibility="collapsed",
    )
    return chosen or options[0]


def _draw(run: Run, shown: _Shown, other: tuple[Run, Evaluation] | None, *, as_shares: bool) -> None:
    names = DATASETS[run.config.data.dataset].class_names
    matrix = confusion.confusion_matrix(shown.evaluation.confusion, names)
    are_short = all(len(name) == 1 for name in names)
    _pairs(run, matrix)
    beside = st.container(horizontal=True, gap="small")
    with beside.container(width=MATRIX_WIDTH[are_short]):
        _matrix(run, matrix, shown, other, as_shares=as_shares)
    with beside.container(width=TABLE_WIDTH[are_short]):
        _classes(run, shown.evaluation, names, are_short=are_short)


def _pairs(run: Run, matrix: confusion.ConfusionMatrix) -> None:
    """The most confused pairs in words; each can be pressed to see its images."""
    worst = confusion.most_confused(matrix, MOST_PAIRS)
    if not worst:
        st.markdown("**No mistakes:** every image was classified correctly.")
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown("**Most frequent mistakes:**", width="content")
        for place, (true, answer) in enumerate(worst):
            st.button(
                plain(matrix.sentences[true][answer]),
                key=f"mistakes.pair:{run.id}:{place}",
                type="tertiary",
                on_click=choose_cell,
                args=(run.id, true, answer),
            )


def _matrix(
    run: Run,
    matrix: confusion.ConfusionMatrix,
    shown: _Shown,
    other: tuple[Run, Evaluation] | None,
    *,
    as_shares: bool,
) -> None:
    marked = chosen_cell(run)
    if other is None:
        figure = confusion.draw_confusion(matrix, as_shares=as_shares, marked=marked)
    else:
        there = confusion.confusion_matrix(other[1].confusion, matrix.names)
        figure = draw_difference(confusion_difference(matrix, there, f"run {other[0].id}"), marked)
    key = f"mistakes.matrix:{run.id}"
    st.plotly_chart(
        figure,
        key=key,
        config={"displayModeBar": False},
        on_select=lambda: _take_cell(key, run.id),
        selection_mode="points",
        alt=f"Confusion matrix: {matrix.mistakes:,} of {shown.evaluation.images:,} images misclassified",
    )
    if other is not None:
        st.caption(other_in_words(*other, shown.part))
    elif shown.part != "Training":
        st.caption("Click a cell to see its images.")


def _take_cell(key: str, run_id: int) -> None:
    selection: Any = state.recall(key)
    points = selection["selection"]["points"] if selection else []
    if points and len(points[0].get("customdata") or ()) == 2:
        choose_cell(run_id, *(int(number) for number in points[0]["customdata"]))


def _classes(run: Run, evaluation: Evaluation, names: tuple[str, ...], *, are_short: bool) -> None:
    rows = [
        (row.name, row.precision, row.recall, row.f1, row.support, row.mistake)
        for row in class_rows(evaluation, names)
    ]
    columns = _columns(are_short=are_short)
    st.dataframe(
        pd.DataFrame(rows, columns=list(columns)),
        hide_index=True,
        column_config=columns,
        key=f"mistakes.classes:{run.id}",
        alt="Precision, recall and F1 of each class",
    )


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
