"""The Sweep page: what to sweep on the left, the sweep on the right."""

from collections.abc import Mapping

import streamlit as st

from explorer.config.fields import config_to_query, value_at, values_by_path
from explorer.config.sweeping import value_key
from explorer.errors import Problem
from explorer.jobs.median_rule import is_switched_on
from explorer.storage.groups import Group
from explorer.ui import address, cache, controls, form, lesson, shell, state, sweep_address
from explorer.ui.form import Reading
from explorer.ui.knobs import knobs, topics
from explorer.ui.lesson_note import lesson_note
from explorer.ui.refused_address import refused_address
from explorer.ui.screen import is_phone, say_queued
from explorer.ui.search_form import SearchAsked, range_text, set_search
from explorer.ui.sweep_axes import set_axes, set_values_of
from explorer.ui.sweep_form import AxisText, sentence
from explorer.ui.sweep_history import GroupNow
from explorer.ui.sweep_panel import AGAIN, LONGER, sweep_panel
from explorer.ui.sweep_start import GRID, MODE, REPEATS, RULE, SEARCH, SHOWN, STARTED, Wanted, start_form
from explorer.ui.sweep_status import runs_in_words
from explorer.ui.wording import problem_sentence, since

SEEN = "sweep.address"
REFUSED = "sweep.refused"
FORMER = "sweep.former"
NAMES = "sweep.former_names"


def show() -> None:
    """Draw the page."""
    _do_what_was_asked()
    say_queued(STARTED)
    _take_address()
    left, right = st.columns([5, 9], gap="medium")
    with left:
        current = controls.values()
        reading = form.read(current)
        with st.container():  # what stands below keeps its place when this goes
            refused_address(REFUSED, _in_words)
        wanted = start_form(current)
    with right:
        _sweeps()
    # On a phone all stands in one column: the sweep comes before what all its runs have.
    with st.container() if is_phone() else left:
        lesson_note()
        st.markdown("**All runs have**")
        knobs(current, reading, left_out=wanted.fields)
        topics(current, reading)
    _show_address(reading, wanted)
    controls.note_drawn(current)


def _do_what_was_asked() -> None:
    config = state.take(LONGER)
    if config is not None:
        controls.set_values(values_by_path(config))
        st.switch_page(shell.PAGES / "train.py", query_params=config_to_query(config))
    now: GroupNow | None = state.take(AGAIN)
    if now is not None:
        _take_settings_of(now)


def _take_settings_of(now: GroupNow) -> None:
    """Set the controls as they were for a sweep, its values as lists, or for a search."""
    state.put(RULE, is_switched_on(cache.store(), now.name))
    if now.search is not None:
        search = now.search
        controls.set_values(values_by_path(search.base))
        ranges = tuple(range_text(found) for found in search.ranges)
        _set_mode(SearchAsked(ranges, search.budget, search.objective))
        return
    configs = [run.network_config for run in now.runs]
    controls.set_values(values_by_path(configs[0]))
    values = {
        path: dict.fromkeys(value_key(value_at(config, path)) for config in configs) for path in now.fields
    }
    set_axes(tuple(AxisText(path, ", ".join(values[path])) for path in now.fields[:2]))
    state.put(REPEATS, len({config.training.seed for config in configs}))
    _set_mode(None)


def _sweeps() -> None:
    groups = {group.name: group for group in cache.store().groups(*sweep_address.PREFIXES)}
    asked = sweep_address.group_in_address()
    shown = (
        (sweep_address.named(asked, groups) if asked else None)
        or state.recall(SHOWN)
        or next(iter(groups), None)
    )
    if shown is None:
        st.info(
            "Choose a field and its values, then press Start. All its runs train in the background, and the "
            "accuracy over the values grows here. A learning rate is a good first one.",
            icon=":material/stacked_line_chart:",
            title="No sweep yet",
        )
        return
    state.keep(SHOWN, shown)
    with st.container():  # the sweep keeps its place when there is another to choose
        if len(groups) > 1 or (groups and shown not in groups):
            _former(groups, shown)
    sweep_panel(shown)


def _former(groups: Mapping[str, Group], shown: str) -> None:
    options = list(groups) if shown in groups else [shown, *groups]
    names = [_called(groups.get(name), name) for name in options]
    # The browser would go on showing the name of before: how many runs there were, and how long ago.
    if state.said(FORMER) != shown or state.recall(NAMES) != names:
        state.put(FORMER, shown)
        state.keep(NAMES, names)
    called = dict(zip(options, names, strict=True))
    st.selectbox(
        "Sweep", options, options.index(shown), key=state.key_of(FORMER), on_change=_open_former,
        label_visibility="collapsed", format_func=lambda name: called.get(name, name),
    )  # fmt: skip


def _called(group: Group | None, name: str) -> str:
    return name if group is None else f"{name} · {runs_in_words(group.runs)} · {since(group.created_at)}"


def _open_former() -> None:
    sweep_address.show_group_in_address(state.said(FORMER))


def _take_address() -> None:
    """Set the controls by the address when it came from outside: a link, a reload, back or forward."""
    settings = sweep_address.settings_in_address()
    if not address.is_from_outside(SEEN, settings, controls.have_spoken):
        return
    values, problems = form.values_from_query(sweep_address.base_in(settings))
    controls.set_values(values)
    problems = (*problems, *lesson.begin(settings, values))
    asked = sweep_address.asked_in(settings)
    set_axes(asked.axes)
    state.put(REPEATS, asked.repeats)
    state.put(RULE, asked.rule)
    _set_mode(asked.search)
    state.keep(REFUSED, (*asked.problems, *problems))


def _set_mode(search: SearchAsked | None) -> None:
    state.put(MODE, GRID if search is None else SEARCH)
    if search is not None:
        set_search(search)
        set_values_of(search.ranges)


def _in_words(problem: Problem) -> str:
    return sentence(problem) if problem.field.startswith("--") else problem_sentence(problem)


def _show_address(reading: Reading, wanted: Wanted) -> None:
    if reading.config is None:
        return
    base = config_to_query(reading.config) | lesson.now().parameters()
    state.keep(SEEN, sweep_address.show_settings_in_address(base, wanted.parameters, rule=wanted.is_rule))
