"""The experiments of a lab as a table: what was reported beside what is measured, and the verdicts."""

from typing import Any

import pandas as pd
import streamlit as st

from explorer.labs.experiment import Experiment, Lab
from explorer.labs.measured import Measured
from explorer.labs.verdict import amount, difference_in_words, judge_order
from explorer.ui import state
from explorer.ui.labs_look import LabNow
from explorer.ui.screen import is_phone
from explorer.ui.wording import plain

MARKS = {True: "✓", False: "✗", None: ""}
ROW, ROWS_SHOWN, PHONE_ROWS = 35, 14, 9
NARROW = ("", "experiment", "reported", "measured")  # what a phone has room for; below it stands the rest
_TEXT = st.column_config.TextColumn
_COLUMNS: dict[str, Any] = {
    "": _TEXT("", width=30, help="✓ as reported, ✗ not as reported."),
    "experiment": _TEXT("Experiment"),
    "where": _TEXT("Where in the report"),
    "reported": _TEXT("Reported"),
    "measured": _TEXT("Measured", help="Mean ± sample standard deviation (runs)."),
    "difference": _TEXT("Difference"),
    "tolerance": _TEXT("Tolerance", help="Stated before anything was run."),
    "verdict": _TEXT("Verdict"),
}
_PHONE = {"experiment": _TEXT("Experiment", width=130), "reported": _TEXT("Reported", width=74)}


def chosen_control(lab: Lab) -> str:
    """The widget that says which of a lab's experiments is looked at."""
    return f"labs.chosen:{lab.id}"


def chosen(lab: Lab) -> Experiment | None:
    """The experiment that is looked at, if any."""
    known = {experiment.id: experiment for experiment in lab.experiments}
    return known.get(state.said(chosen_control(lab), ""))


def table(now: LabNow) -> None:
    """Draw the table, whose rows can be chosen, and below it what became of the orders in the report."""
    rows = [row(experiment, now) for experiment in now.lab.experiments]
    key = f"labs.table:{now.lab.id}:{now.quick}"
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        column_config=_COLUMNS | _PHONE if is_phone() else _COLUMNS,
        column_order=NARROW if is_phone() else None,
        height=ROW * (min(len(rows), PHONE_ROWS if is_phone() else ROWS_SHOWN) + 1) + 3,
        on_select=lambda: _take_row(key, now.lab),
        selection_mode="single-row",
        key=key,
        alt=f"Reported and measured figures of the {now.lab.id} report",
    )
    for order in now.lab.orders:
        verdict = judge_order(now.lab, order, now.means, quick=now.quick)
        st.markdown(f"{MARKS[verdict.is_met]} {plain(verdict.words)}".strip())


def row(experiment: Experiment, now: LabNow) -> dict[str, str]:
    """An experiment's line of the table."""
    judged, figure = now.judged[experiment.id], experiment.figure
    difference = judged.verdict.difference
    return {
        "": MARKS[judged.verdict.is_met],
        "experiment": experiment.title,
        "where": figure.where,
        "reported": reported_in_words(experiment),
        "measured": measured_in_words(experiment, judged.measured),
        "difference": "" if difference is None else signed(difference, experiment),
        "tolerance": ""
        if figure.tolerance is None
        else f"± {difference_in_words(figure.tolerance, experiment)}",
        "verdict": judged.verdict.words,
    }


def reported_in_words(experiment: Experiment) -> str:
    """The reported number, or what the report says in its place."""
    figure = experiment.figure
    return figure.statement if figure.value is None else amount(figure.value, experiment)


def measured_in_words(experiment: Experiment, measured: Measured) -> str:
    """Mean ± sample standard deviation (runs); empty where there is none."""
    value = "" if measured.mean is None else amount(measured.mean, experiment)
    if value and measured.n > 1 and measured.std is not None:
        value += f" ± {amount(measured.std, experiment)} ({measured.n})"
    return value


def signed(difference: float, experiment: Experiment) -> str:
    """A difference with its sign."""
    return f"{'+' if difference >= 0 else '−'}{difference_in_words(difference, experiment)}"


def _take_row(key: str, lab: Lab) -> None:
    selection: Any = state.recall(key)
    rows = selection["selection"]["rows"] if selection else []
    if rows:
        state.put(chosen_control(lab), lab.experiments[rows[0]].id)
