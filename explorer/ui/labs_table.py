"""The experiments of a lab as a table: what was reported beside what is measured, and the verdicts."""

from typing import Any

import pandas as pd
import streamlit as st

from explorer.labs.experiment import Experiment, Lab
from explorer.labs.judged import Judged, judged_orders
from explorer.ui import state
from explorer.ui.labs_look import LabNow
from explorer.ui.screen import is_phone
from explorer.ui.wording import plain

MARKS = {True: "✓", False: "✗", None: ""}
ROW, ROWS_SHOWN, PHONE_ROWS = 35, 14, 9
PHONE_ROW = 56  # room for two lines of a name
FEW_ORDERS = 2
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
_PHONE = {
    "experiment": _TEXT("Experiment", width=128),
    "reported": _TEXT("Reported", width=76),
    "measured": _TEXT("Measured", width=84),
}


def chosen_control(lab: Lab) -> str:
    """The widget that says which of a lab's experiments is looked at."""
    return f"labs.chosen:{lab.id}"


def chosen(lab: Lab) -> Experiment | None:
    """The experiment that is looked at, if any."""
    known = {experiment.id: experiment for experiment in lab.experiments}
    return known.get(state.said(chosen_control(lab), ""))


def table(now: LabNow) -> None:
    """Draw the table, whose rows can be chosen, and below it what became of the report's orders."""
    rows = [row(line) for line in now.judged.values()]
    key = f"labs.table:{now.lab.id}:{now.quick}"
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        column_config=_COLUMNS | _PHONE if is_phone() else _COLUMNS,
        column_order=NARROW if is_phone() else None,
        row_height=PHONE_ROW if is_phone() else ROW,
        height=_height(len(rows)),
        on_select=lambda: _take_row(key, now.lab),
        selection_mode="single-row",
        key=key,
        alt=f"Reported and measured figures of the {now.lab.id} report",
    )
    _orders(now)


def _orders(now: LabNow) -> None:
    """What became of the orders in which the report has its experiments; several are folded."""
    verdicts = judged_orders(now.lab, tuple(now.judged.values()), quick=now.quick)
    lines = [f"{MARKS[verdict.is_met]} {plain(verdict.words)}".strip() for verdict in verdicts]
    if len(lines) <= FEW_ORDERS:
        st.markdown("  \n".join(lines))
        return
    met = [verdict.is_met for verdict in verdicts if verdict.is_met is not None]
    held = f"{sum(met)} of {len(met)} hold" if met else "not measured yet"
    with st.expander(f"What the report says of which is better: {held}", icon=":material/swap_vert:"):
        st.markdown("  \n".join(lines))


def row(line: Judged) -> dict[str, str]:
    """An experiment's line of the table."""
    return {
        "": MARKS[line.verdict.is_met],
        "experiment": line.experiment.title,
        "where": line.experiment.figure.where,
        "reported": line.reported,
        "measured": line.value,
        "difference": line.difference,
        "tolerance": line.tolerance,
        "verdict": line.verdict.words,
    }


def _height(rows: int) -> int:
    """Pixels; longer tables are scrolled, so that what a choice shows is not far below."""
    each, most = (PHONE_ROW, PHONE_ROWS) if is_phone() else (ROW, ROWS_SHOWN)
    return ROW + each * min(rows, most) + 3


def _take_row(key: str, lab: Lab) -> None:
    selection: Any = state.recall(key)
    rows = selection["selection"]["rows"] if selection else []
    if rows:
        state.put(chosen_control(lab), lab.experiments[rows[0]].id)
