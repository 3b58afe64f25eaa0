"""The form of an adaptive search: its fields and ranges, its budget, and what they amount to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from explorer.config.fields import field
from explorer.config.searching import BATCH, Objective, Range, Search, check_search, read_range
from explorer.errors import ConfigError, Problem
from explorer.ui import form, state
from explorer.ui.sweep_axes import asked_values, field_name, values_control
from explorer.ui.sweep_form import AxisText, offered

SEARCHED = "search.fields"
BUDGET = "search.budget"
OBJECTIVE = "search.objective"
FIRST = ("optimizer.learning_rate", "regularisation.l2", "network.dropout")
OBJECTIVES: dict[Objective, str] = {
    "validation_loss": "Least validation loss",
    "validation_accuracy": "Greatest validation accuracy",
}
USUAL_BUDGET = 32


@dataclass(frozen=True, slots=True)
class SearchAsked:
    """What the controls of a search say; a range as ``log:1e-4:1``, ``lin:0:0.5`` or a list of values."""

    ranges: tuple[AxisText, ...]
    budget: int = USUAL_BUDGET
    objective: Objective = "validation_loss"


@dataclass(frozen=True, slots=True)
class SearchReading:
    """What they amount to: a search, or the problems that stand in its way."""

    search: Search | None
    problems: tuple[Problem, ...]


def search_controls() -> None:
    """Draw the controls of a search."""
    st.multiselect(
        "Search over", offered(), _fields_asked(), key=state.key_of(SEARCHED),
        format_func=field_name, persist_state="session",
        help="All fields at once: the next runs are proposed from what the runs before them came to "
        "(tree-structured Parzen estimators, by Optuna).",
    )  # fmt: skip
    for path in _fields_asked():
        with st.container(border=True):
            st.markdown(f"**{field_name(path)}**")
            values_control(path, has_steps=False)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.number_input(
            "Runs", min_value=1, max_value=9999, value=state.said(BUDGET, USUAL_BUDGET), width=120,
            key=state.key_of(BUDGET), persist_state="session",
            help=f"How many to train in all, {BATCH} at a time.",
        )  # fmt: skip
        st.selectbox(
            "Look for", list(OBJECTIVES), list(OBJECTIVES).index(state.said(OBJECTIVE, "validation_loss")),
            key=state.key_of(OBJECTIVE), format_func=lambda name: OBJECTIVES[name], persist_state="session",
            help="By what runs are judged, and so where the next ones are tried.",
        )  # fmt: skip


def asked_search() -> SearchAsked:
    """What these controls say, in a callback too, where they were not drawn with it yet."""
    ranges = tuple(AxisText(path, asked_values(path, has_steps=False)) for path in _fields_asked())
    objective: Objective = state.said(OBJECTIVE, "validation_loss")
    return SearchAsked(ranges, int(state.said(BUDGET, USUAL_BUDGET)), objective)


def _fields_asked() -> Sequence[str]:
    picked: Sequence[str] = state.said(SEARCHED, FIRST)
    return picked


def set_search(asked: SearchAsked) -> None:
    """Set the controls from outside, before they are drawn; the ranges are set with those of a grid."""
    state.put(SEARCHED, [entry.field for entry in asked.ranges if entry.field in offered()])
    state.put(BUDGET, asked.budget)
    state.put(OBJECTIVE, asked.objective)


def read_search_form(current: Mapping[str, Any], asked: SearchAsked) -> SearchReading:
    """The search around the values of the Train form; every fault is found."""
    reading = form.read(current)
    problems = list(reading.problems)
    ranges = []
    for entry in asked.ranges:
        try:
            ranges.append(read_range(entry.field, entry.text))
        except ConfigError as error:
            problems.extend(error.problems)
    if reading.config is None:
        return SearchReading(None, tuple(problems))
    search = Search(reading.config, tuple(ranges), asked.budget, asked.objective)
    try:
        check_search(search)
    except ConfigError as error:
        problems.extend(problem for problem in error.problems if ranges or not problems)
    return SearchReading(None if problems else search, tuple(problems))


def range_text(found: Range) -> AxisText:
    """A range as its controls take it."""
    if found.spacing == "choice":
        return AxisText(found.field, ", ".join(_word(choice) for choice in found.choices))
    return AxisText(found.field, f"{found.spacing}:{found.low:.10g}:{found.high:.10g}")


def _word(value: Any) -> str:
    if isinstance(value, list):
        return "-".join(str(item) for item in value)
    return value if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else f"{value}"


def searched_titles(fields: Sequence[str]) -> list[str]:
    """What the searched fields are called within a figure."""
    return [entry.title for path in fields if (entry := field(path)) is not None]
