"""The experiments of a lab as a table: what was reported beside what is measured, and the verdicts."""

from typing import Any

import pandas as pd
import streamlit as st

from explorer.labs.experiment import Experiment, Lab
from explorer.labs.judged import Judged, judged_orders
from explorer.labs.verdict import TOO_CLOSE
from explorer.ui import state
from explorer.ui.labs_look import LabNow
from explorer.ui.screen import is_phone
from explorer.ui.wording import plain

MARKS = {True: "✓", False: "✗", None: ""}
ROW, ROWS_SHOWN = 35, 14
PHONE_HEIGHT = 520
FEW_ORDERS = 2
_TEXT = st.column_config.TextColumn
_COLUMNS: dict[str, Any] = {
    "": _TEXT("", width=30, help="✓ as reported (or as expected here), ✗ not."),
    "experiment": _TEXT("Experiment", width=345),
    "where": _TEXT("Where in the report", width=150),
    "reported": _TEXT("Reported", width=195),
    "measured": _TEXT("Measured", width=145, help="Mean ± sample standard deviation (runs)."),
    "difference": _TEXT("Difference", width=90),
    "tolerance": _TEXT(
        "Tolerance", width=100, help="How near counts as reported; never tuned to what came out."
    ),
    "verdict": _TEXT("Verdict"),
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
    if is_phone():
        _narrow(now)
    else:
        _wide(now)
    _orders(now)


def _wide(now: LabNow) -> None:
    rows = [row(line) for line in now.judged.values()]
    key = f"labs.table:{now.lab.id}:{now.quick}"
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        column_config=_COLUMNS,
        height=ROW * (min(len(rows), ROWS_SHOWN) + 1) + 3,  # what a choice shows is not far below
        on_select=lambda: _take_row(key, now.lab),
        selection_mode="single-row",
        key=key,
        alt=_alt(now),
    )


def _narrow(now: LabNow) -> None:
    """What a phone has room for, in lines as long as they need be; the rest stands by the chosen one."""
    st.table(
        pd.DataFrame([narrow_row(line) for line in now.judged.values()]),
        border="horizontal",
        height=PHONE_HEIGHT,
        hide_index=True,
        alt=_alt(now),
    )


def narrow_row(line: Judged) -> dict[str, str]:
    """An experiment's line on a phone, as Markdown."""
    title = plain(line.experiment.title)
    mark = MARKS[line.verdict.is_met]
    return {
        "Experiment": f"**{mark}** {title}" if mark else title,
        "Reported": plain(line.reported),
        "Measured": plain(line.value),
    }


def _alt(now: LabNow) -> str:
    return f"Reported and measured figures of the {now.lab.id} report"


def _orders(now: LabNow) -> None:
    """What became of the orders in which the report has its experiments; many are folded."""
    verdicts = judged_orders(now.lab, tuple(now.judged.values()), quick=now.quick)
    lines = [f"{MARKS[verdict.is_met]} {plain(verdict.words)}".strip() for verdict in verdicts]
    if len(lines) <= FEW_ORDERS:
        for each in lines:
            st.markdown(each)
        return
    met = [verdict.is_met for verdict in verdicts if verdict.is_met is not None]
    close = sum(TOO_CLOSE in verdict.words for verdict in verdicts)
    held = f"{sum(met)} of {len(met)} hold" if met else "not measured yet"
    held += f", {close} cannot be told" if close else ""
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
        "verdict": line.verdict.words.removesuffix(f": {line.reported}"),  # which stands beside it
    }


def _take_row(key: str, lab: Lab) -> None:
    selection: Any = state.recall(key)
    rows = selection["selection"]["rows"] if selection else []
    if rows:
        state.put(chosen_control(lab), lab.experiments[rows[0]].id)
