"""The Train page: knobs on the left, the run they made on the right."""

import secrets
from functools import partial

import streamlit as st

from explorer.config.fields import config_to_query
from explorer.config.run import RunConfig
from explorer.config.sweeping import group_name, repeated
from explorer.errors import ExplorerError
from explorer.jobs import queue
from explorer.records import Run
from explorer.ui import address, cache, controls, form, lesson, seeds, state
from explorer.ui.copy_link import copy_link_button
from explorer.ui.cost_line import cost_line
from explorer.ui.dataset_note import dataset_note
from explorer.ui.finder import find_button, finder_panel
from explorer.ui.first_run import ensure_first_run
from explorer.ui.form import Reading, Values
from explorer.ui.knobs import knobs, topics
from explorer.ui.lesson_note import lesson_note
from explorer.ui.paused_note import paused_note
from explorer.ui.preview import preview_panel
from explorer.ui.refused_address import refused_address
from explorer.ui.run_panel import run_panel
from explorer.ui.screen import is_phone, say_queued
from explorer.ui.wording import plain, problem_sentence

SEEN = "train.address"
REFUSED = "train.refused_address"
REFUSAL = "train.refusal"
STARTED = "train.started"
SHOWN_RUN = "train.shown_run"
TRAIN = "train.button"


def show() -> None:
    """Draw the page."""
    ensure_first_run(cache.store(), cache.settings())
    say_queued(STARTED)
    _take_address()
    left, right = st.columns([5, 9], gap="medium")
    with left:
        current = controls.values()
        reading = form.read(current)
        _form(current, reading)
    with right:
        _run()
    # On a phone all stands in one column: the run comes before the folded topics.
    with st.container() if is_phone() else left:
        topics(current, reading)
    if reading.config is not None:
        fields = config_to_query(reading.config) | lesson.now().parameters()
        address.show_fields_in_address(fields)
        state.keep(SEEN, fields)
    controls.note_drawn(current)


def _form(current: Values, reading: Reading) -> None:
    with st.container():  # what stands below keeps its place when these go
        refused_address(REFUSED)
        lesson_note()
    knobs(current, reading, beside_rate=partial(find_button, is_ready=reading.config is not None))
    finder_panel(reading.config)
    ready = dataset_note(current["data.dataset"])
    _train_button(reading, is_ready=ready)


def _train_button(reading: Reading, *, is_ready: bool) -> None:
    config = reading.config
    with st.container(horizontal=True, vertical_alignment="center"):
        # A callback: it runs before the script, and so also where a rerun cuts the script short.
        st.button(
            "Train",
            key=TRAIN,
            type="primary",
            icon=":material/play_arrow:",
            shortcut="Ctrl+Enter",
            help="Queues a run with these settings; it learns in the background.",
            disabled=config is None or not is_ready,
            on_click=_train,
        )
        st.button("Back to defaults", icon=":material/restart_alt:", type="tertiary", on_click=_reset)
        if config is not None:
            copy_link_button(config)
    with st.container():  # what stands below keeps its place when the message goes
        refusal = state.take(REFUSAL)
        if refusal:
            st.error(plain(refusal), icon=":material/error:")
    if config is not None:
        cost_line(config)
        if not lesson.now().is_hidden(lesson.SEEDS):
            seeds.seeds_control(config)
        if not lesson.now().is_hidden(lesson.PREVIEW):
            preview_panel(config)
        return
    reasons = "\n".join(f"- {plain(problem_sentence(problem))}" for problem in reading.problems)
    st.warning(reasons, icon=":material/edit:", title="Before this can train")


def _train() -> None:
    """Queue what the form says now; where it says nothing sound, the page tells why."""
    config = form.read(controls.values()).config
    if config is None:
        state.keep(REFUSAL, f"{form.NOT_COMPLETE} Press Train again.")
        return
    try:
        run = _submit(config)
    except ExplorerError as error:
        state.keep(REFUSAL, str(error))
    else:
        address.show_run_in_address(run.id)
        state.keep(STARTED, run.name)


def _submit(config: RunConfig) -> Run:
    """The run that was queued; the first of several seeds."""
    count = seeds.chosen()
    if count == 1:
        return queue.submit(cache.store(), cache.settings(), config)
    group = group_name(seeds.GROUP, (), secrets.token_hex(3))
    return queue.submit_group(cache.store(), cache.settings(), repeated(config, count), group)[0]


def _reset() -> None:
    controls.set_values(form.default_values())


def _take_address() -> None:
    """Set the controls by the address when it came from outside: a link, a reload, back or forward."""
    fields = address.fields_in_address()
    if not address.is_from_outside(SEEN, fields, controls.have_spoken):
        return
    values, problems = form.values_from_query(lesson.without_lesson(fields))
    controls.set_values(values)
    state.keep(REFUSED, (*problems, *lesson.begin(fields, values)))


def _run() -> None:
    run_id = address.run_in_address()
    with st.container():  # keeps its place when its content goes, so that the curve below keeps its zoom
        if run_id is None:
            _say_unreadable(address.unreadable_run())
            run_id = _newest_run()
        paused_note(run_id)
    if run_id is None:
        st.info(
            "Choose a network, an optimizer and a learning rate, then press Train. "
            "The curves grow here while it learns.",
            icon=":material/show_chart:",
            title="No run yet",
        )
        return
    run_panel(run_id)


def _say_unreadable(wrong: str) -> None:
    if wrong:
        st.warning(
            f"run={plain(wrong)} in the address is not the number of a run. This is the newest one; "
            f"the Runs page lists them all.",
            icon=":material/link_off:",
        )


def _newest_run() -> int | None:
    """The run that was newest when this tab first looked: what other tabs start does not push it aside."""
    if state.recall(SHOWN_RUN) is None:
        newest = cache.store().runs(limit=1)
        state.keep(SHOWN_RUN, newest[0].id if newest else None)
    shown: int | None = state.recall(SHOWN_RUN)
    return shown
