"""The Sweep page: what to sweep on the left, the sweep on the right."""

import secrets

import streamlit as st

from explorer.config.fields import config_to_query, value_at, values_by_path
from explorer.config.sweeping import Sweep, group_name, value_key
from explorer.errors import ExplorerError
from explorer.jobs import queue
from explorer.jobs.median_rule import is_switched_on, switch_on
from explorer.storage.groups import Group
from explorer.ui import cache, controls, form, shell, state, sweep_address
from explorer.ui.dataset_note import dataset_note
from explorer.ui.form import Reading, Values
from explorer.ui.knobs import knobs, topics
from explorer.ui.screen import is_phone
from explorer.ui.sweep_axes import axis_controls, set_axes
from explorer.ui.sweep_cost import cost_of
from explorer.ui.sweep_form import AxisText, SweepReading, read, sentence
from explorer.ui.sweep_history import GroupNow
from explorer.ui.sweep_panel import AGAIN, LONGER, sweep_panel
from explorer.ui.wording import plain, problem_sentence, since

SEEN = "sweep.address"
REFUSED = "sweep.refused"
REFUSAL = "sweep.refusal"
STARTED = "sweep.started"
SHOWN = "sweep.shown"
REPEATS = "sweep.repeats"
RULE = "sweep.rule"
READING = "sweep.reading"
FORMER = "sweep.former"


def show() -> None:
    """Draw the page."""
    _do_what_was_asked()
    name = state.take(STARTED)
    if name is not None:
        st.toast(f"{plain(name)} is in the queue.", icon=":material/play_circle:")
    _take_address()
    left, right = st.columns([5, 9], gap="medium")
    with left:
        current = controls.values()
        reading = form.read(current)
        axes = _form(current)
    with right:
        _sweeps()
    # On a phone all stands in one column: the sweep comes before what all its runs have.
    with st.container() if is_phone() else left:
        st.markdown("**All runs have**")
        knobs(current, reading, left_out=[axis.field for axis in axes])
        topics(current, reading)
    _show_address(reading, axes)


def _form(current: Values) -> tuple[AxisText, ...]:
    _refused_address()
    axes = axis_controls()
    if not state.is_kept(REPEATS):
        state.keep(REPEATS, 1)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        repeats = st.number_input(
            "Seeds a value", min_value=1, max_value=1000, key=REPEATS, persist_state="session", width=120,
            help="Runs with the seeds seed, seed + 1, …: they tell how much is chance.",
        )  # fmt: skip
        rule = st.checkbox(
            "Stop the hopeless early", key=RULE, persist_state="session",
            help="The median rule (Golovin et al., 2017): after 3 epochs a run ends once its best validation "
            "loss is above the median of the other runs' mean losses.",
        )  # fmt: skip
    found = _read(current, axes, int(repeats))
    _start_button(found, is_rule=rule)
    return axes


def _read(current: Values, axes: tuple[AxisText, ...], repeats: int) -> SweepReading:
    """What the form amounts to; for a thousand runs that takes a moment, so it is done once a change."""
    asked = (dict(current), axes, repeats)
    known: tuple[object, SweepReading] | None = state.recall(READING)
    if known is None or known[0] != asked:
        known = (asked, read(current, axes, repeats))
        state.keep(READING, known)
    return known[1]


def _start_button(found: SweepReading, *, is_rule: bool) -> None:
    sweep = found.sweep
    names = {point.data.dataset for point in sweep.points} if sweep is not None else set()
    notes = [dataset_note(name) for name in sorted(names)]  # each, not only the first that is missing
    st.button(
        f"Start {len(sweep.points) * sweep.repeats} runs" if sweep is not None else "Start",
        type="primary",
        icon=":material/play_arrow:",
        disabled=sweep is None or not all(notes),
        on_click=_start,
        args=(sweep, is_rule),
        key="sweep.start",
    )
    refusal = state.take(REFUSAL)
    if refusal:
        st.error(plain(refusal), icon=":material/error:")
    if sweep is not None:
        st.caption(cost_of(sweep))
        return
    lines = "\n".join(f"- {plain(sentence(problem))}" for problem in found.problems)
    st.warning(lines, icon=":material/edit:", title="Before this can start")


def _start(sweep: Sweep | None, is_rule: bool) -> None:
    if sweep is None:
        return
    group = group_name("sweep", [axis.field for axis in sweep.axes], secrets.token_hex(3))
    try:
        if is_rule:
            switch_on(cache.store(), group)
        queue.submit_group(cache.store(), cache.settings(), sweep.configs(), group)
    except ExplorerError as error:
        state.keep(REFUSAL, str(error))
    else:
        sweep_address.show_group_in_address(group)
        state.keep(SHOWN, group)
        state.keep(STARTED, group)


def _do_what_was_asked() -> None:
    config = state.take(LONGER)
    if config is not None:
        controls.set_values(values_by_path(config))
        st.switch_page(shell.PAGES / "train.py", query_params=config_to_query(config))
    now: GroupNow | None = state.take(AGAIN)
    if now is not None:
        _take_settings_of(now)


def _take_settings_of(now: GroupNow) -> None:
    """Set the controls as they were for a sweep, its values as lists."""
    configs = [run.network_config for run in now.runs]
    controls.set_values(values_by_path(configs[0]))
    values = {
        path: {value_key(found := value_at(config, path)): found for config in configs} for path in now.fields
    }
    set_axes(tuple(AxisText(path, ", ".join(values[path])) for path in now.fields[:2]))
    state.keep(REPEATS, len({config.training.seed for config in configs}))
    state.keep(RULE, is_switched_on(cache.store(), now.name))


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
    if len(groups) > 1 or (groups and shown not in groups):
        options = list(groups) if shown in groups else [shown, *groups]
        state.keep(FORMER, shown)
        st.selectbox(
            "Sweep", options, key=FORMER, on_change=_open_former, label_visibility="collapsed",
            format_func=lambda name: _called(groups.get(name), name),
        )  # fmt: skip
    sweep_panel(shown)


def _called(group: Group | None, name: str) -> str:
    return name if group is None else f"{name} · {group.runs} runs · {since(group.created_at)}"


def _open_former() -> None:
    sweep_address.show_group_in_address(state.recall(FORMER))


def _take_address() -> None:
    """Set the controls by the address when it came from outside: a link, a reload, back or forward."""
    settings = sweep_address.settings_in_address()
    if settings == state.recall(SEEN):
        return
    came_back = state.arrived()
    state.keep(SEEN, settings)
    if came_back and not settings:
        return  # from another page of this tab: the controls are as they were left
    values, problems = form.values_from_query(sweep_address.base_in(settings))
    controls.set_values(values)
    asked = sweep_address.asked_in(settings)
    set_axes(asked.axes)
    state.keep(REPEATS, asked.repeats)
    state.keep(RULE, asked.rule)
    state.keep(REFUSED, (*asked.problems, *problems))


def _refused_address() -> None:
    problems = state.recall(REFUSED)
    if not problems:
        return
    lines = "\n".join(
        f"- {plain(sentence(problem) if problem.field.startswith('--') else problem_sentence(problem))}"
        for problem in problems
    )
    st.warning(
        f"{lines}\n\nThe rest of the address was used; these settings have their defaults.",
        icon=":material/link_off:",
        title="Not everything in this address could be used",
    )
    st.button("Understood", on_click=state.forget, args=(REFUSED,), icon=":material/check:")


def _show_address(reading: Reading, axes: tuple[AxisText, ...]) -> None:
    if reading.config is None:
        return
    base = config_to_query(reading.config)
    repeats = int(state.recall(REPEATS, 1))
    rule = bool(state.recall(RULE))
    state.keep(SEEN, sweep_address.show_settings_in_address(base, axes, repeats, rule=rule))
