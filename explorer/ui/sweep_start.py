"""The form that starts a sweep: a grid over one or two fields, or a search over several."""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import streamlit as st

from explorer.config.run import DatasetName
from explorer.config.searching import Search
from explorer.config.sweeping import Sweep, group_name
from explorer.errors import ExplorerError, Problem
from explorer.jobs import queue
from explorer.jobs.median_rule import switch_on
from explorer.jobs.search import start_search
from explorer.ui import cache, state, sweep_address
from explorer.ui.dataset_note import dataset_note
from explorer.ui.form import Values
from explorer.ui.search_form import SearchAsked, read_search_form, search_controls
from explorer.ui.sweep_axes import axis_controls
from explorer.ui.sweep_cost import cost_of, cost_of_search
from explorer.ui.sweep_form import AxisText, SweepReading, read, sentence
from explorer.ui.sweep_status import runs_in_words
from explorer.ui.wording import plain

MODE = "sweep.mode"
GRID, SEARCH = "Grid", "Search"
REPEATS = "sweep.repeats"
RULE = "sweep.rule"
READING = "sweep.reading"
REFUSAL = "sweep.refusal"
STARTED = "sweep.started"
SHOWN = "sweep.shown"
RULE_HELP = (
    "The median rule (Golovin et al., 2017): after 3 epochs a run ends once its best validation loss is "
    "above the median of the other runs' mean losses."
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the form says: the fields that it sets, and itself as parameters of an address."""

    fields: tuple[str, ...]
    parameters: Mapping[str, str]
    is_rule: bool


def start_form(current: Values) -> Wanted:
    """Draw the form around the values of the Train form."""
    mode = st.segmented_control(
        "How to look", [GRID, SEARCH], default=state.said(MODE, GRID), required=True,
        key=state.key_of(MODE), persist_state="session",
        help="A grid tries all values of one or two fields. A search chooses the values of several fields "
        "itself, by what it has seen so far.",
    )  # fmt: skip
    return _search(current) if mode == SEARCH else _grid(current)


def _grid(current: Values) -> Wanted:
    axes = axis_controls()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        repeats = st.number_input(
            "Seeds a value", min_value=1, max_value=1000, value=state.said(REPEATS, 1), width=120,
            key=state.key_of(REPEATS), persist_state="session",
            help="Runs with the seeds seed, seed + 1, …: they tell how much is chance.",
        )  # fmt: skip
        is_rule = _rule()
    found = _read(current, axes, int(repeats))
    sweep = found.sweep
    _start_button(
        f"Start {runs_in_words(len(sweep.points) * sweep.repeats)}" if sweep is not None else "Start",
        {point.data.dataset for point in sweep.points} if sweep is not None else set(),
        lambda: _start_sweep(sweep, is_rule),
        is_sound=sweep is not None,
    )
    _cost_or_problems(cost_of(sweep) if sweep is not None else "", found.problems)
    fields = tuple(axis.field for axis in axes)
    return Wanted(fields, sweep_address.grid_parameters(axes, int(repeats)), is_rule)


def _search(current: Values) -> Wanted:
    asked: SearchAsked = search_controls()
    is_rule = _rule()
    found = read_search_form(current, asked)
    search = found.search
    _start_button(
        f"Search with {search.budget} runs" if search is not None else "Search",
        {search.base.data.dataset} if search is not None else set(),
        lambda: _start_search(search, is_rule),
        is_sound=search is not None,
    )
    _cost_or_problems(cost_of_search(search) if search is not None else "", found.problems)
    fields = tuple(entry.field for entry in asked.ranges)
    return Wanted(fields, sweep_address.search_parameters(asked), is_rule)


def _rule() -> bool:
    return st.checkbox(
        "Stop the hopeless early", bool(state.said(RULE, False)), key=state.key_of(RULE),
        persist_state="session", help=RULE_HELP,
    )  # fmt: skip


def _read(current: Values, axes: tuple[AxisText, ...], repeats: int) -> SweepReading:
    """What the form amounts to; for a thousand runs that takes a moment, so it is done once a change."""
    asked = (dict(current), axes, repeats)
    known: tuple[object, SweepReading] | None = state.recall(READING)
    if known is None or known[0] != asked:
        known = (asked, read(current, axes, repeats))
        state.keep(READING, known)
    return known[1]


def _start_button(
    label: str, datasets: set[DatasetName], start: Callable[[], None], *, is_sound: bool
) -> None:
    notes = [dataset_note(name) for name in sorted(datasets)]  # each, not only the first that is missing
    st.button(
        label,
        type="primary",
        icon=":material/play_arrow:",
        disabled=not is_sound or not all(notes),
        on_click=start,
        key="sweep.start",
    )
    refusal = state.take(REFUSAL)
    if refusal:
        st.error(plain(refusal), icon=":material/error:")


def _cost_or_problems(cost: str, problems: Sequence[Problem]) -> None:
    if not problems:
        st.caption(cost)
        return
    lines = "\n".join(f"- {plain(sentence(problem))}" for problem in problems)
    st.warning(lines, icon=":material/edit:", title="Before this can start")


def _start_sweep(sweep: Sweep | None, is_rule: bool) -> None:
    if sweep is not None:
        group = group_name("sweep", [axis.field for axis in sweep.axes], secrets.token_hex(3))
        configs = sweep.configs()
        _start(group, lambda: queue.submit_group(cache.store(), cache.settings(), configs, group), is_rule)


def _start_search(search: Search | None, is_rule: bool) -> None:
    if search is not None:
        group = group_name("search", search.fields, secrets.token_hex(3))
        _start(group, lambda: start_search(cache.store(), cache.settings(), search, group), is_rule)


def _start(group: str, submit: Callable[[], object], is_rule: bool) -> None:
    try:
        if is_rule:
            switch_on(cache.store(), group)
        submit()
    except ExplorerError as error:
        state.keep(REFUSAL, str(error))
    else:
        sweep_address.show_group_in_address(group)
        state.keep(SHOWN, group)
        state.keep(STARTED, group)
