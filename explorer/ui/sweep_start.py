"""The form that starts a sweep: a grid over one or two fields, or a search over several."""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import streamlit as st

from explorer.config.run import DatasetName
from explorer.config.sweeping import group_name
from explorer.errors import ExplorerError, Problem
from explorer.jobs import queue
from explorer.jobs.median_rule import switch_on
from explorer.jobs.search import start_search
from explorer.ui import cache, controls, state, sweep_address
from explorer.ui.dataset_note import dataset_note
from explorer.ui.form import NOT_COMPLETE, Values
from explorer.ui.search_form import asked_search, read_search_form, search_controls
from explorer.ui.sweep_axes import asked_axes, axis_controls
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
    axis_controls()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.number_input(
            "Seeds a value", min_value=1, max_value=1000, value=_repeats_asked(), width=120,
            key=state.key_of(REPEATS), persist_state="session",
            help="Runs with the seeds seed, seed + 1, …: they tell how much is chance.",
        )  # fmt: skip
        _rule_control()
    axes, repeats = asked_axes(), _repeats_asked()
    found = _read(current, axes, repeats)
    sweep = found.sweep
    _start_button(
        f"Start {runs_in_words(len(sweep.points) * sweep.repeats)}" if sweep is not None else "Start",
        {point.data.dataset for point in sweep.points} if sweep is not None else set(),
        _start_sweep,
        is_sound=sweep is not None,
    )
    _cost_or_problems(cost_of(sweep) if sweep is not None else "", found.problems)
    fields = tuple(axis.field for axis in axes)
    return Wanted(fields, sweep_address.grid_parameters(axes, repeats), _is_rule_asked())


def _search(current: Values) -> Wanted:
    search_controls()
    _rule_control()
    asked = asked_search()
    found = read_search_form(current, asked)
    search = found.search
    _start_button(
        f"Search with {search.budget} runs" if search is not None else "Search",
        {search.base.data.dataset} if search is not None else set(),
        _start_search,
        is_sound=search is not None,
    )
    _cost_or_problems(cost_of_search(search) if search is not None else "", found.problems)
    fields = tuple(entry.field for entry in asked.ranges)
    return Wanted(fields, sweep_address.search_parameters(asked), _is_rule_asked())


def _rule_control() -> None:
    st.checkbox(
        "Stop the hopeless early", _is_rule_asked(), key=state.key_of(RULE), persist_state="session",
        help=RULE_HELP,
    )  # fmt: skip


def _is_rule_asked() -> bool:
    return bool(state.said(RULE, False))


def _repeats_asked() -> int:
    return int(state.said(REPEATS, 1))


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


def _start_sweep() -> None:
    """Queue the grid that the form says now, which the click may have come before it was drawn with."""
    sweep = _read(controls.values(), asked_axes(), _repeats_asked()).sweep
    if sweep is None:
        state.keep(REFUSAL, f"{NOT_COMPLETE} Press Start again.")
        return
    group = group_name("sweep", [axis.field for axis in sweep.axes], secrets.token_hex(3))
    configs = sweep.configs()
    _start(group, lambda: queue.submit_group(cache.store(), cache.settings(), configs, group))


def _start_search() -> None:
    """Begin the search that the form says now."""
    search = read_search_form(controls.values(), asked_search()).search
    if search is None:
        state.keep(REFUSAL, f"{NOT_COMPLETE} Press Search again.")
        return
    group = group_name("search", search.fields, secrets.token_hex(3))
    _start(group, lambda: start_search(cache.store(), cache.settings(), search, group))


def _start(group: str, submit: Callable[[], object]) -> None:
    try:
        if _is_rule_asked():
            switch_on(cache.store(), group)
        submit()
    except ExplorerError as error:
        state.keep(REFUSAL, str(error))
    else:
        sweep_address.show_group_in_address(group)
        state.keep(SHOWN, group)
        state.keep(STARTED, group)
