"""The learning rate of a run that trains: a box and a button that change it without ending the run."""

import streamlit as st

from explorer.data.words import figure
from explorer.errors import ExplorerError
from explorer.jobs import queue
from explorer.records import Run, RunStatus
from explorer.ui import cache, state
from explorer.ui.wording import in_titles, plain

REFUSAL = "rate_now.refusal"
BOX_WIDTH = 170


def rate_now(run: Run) -> None:
    """Draw the control of a run that trains, in a part of the page that follows the run.

    It says when a wish was taken; there is none before the first step, and after the end.
    """
    if run.status is not RunStatus.RUNNING or run.step == 0:
        return
    key, rate = state.key_of(f"rate:{run.id}"), rate_of(run)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        st.number_input(
            "Learning rate now",
            value=float(rate),
            step=0.0001,
            format="%g",
            key=key,
            width=BOX_WIDTH,
            help="Holds from the next step on and is marked on the curve; the run goes on meanwhile.",
        )
        st.button(
            "Change",
            key=f"rate.change:{run.id}",
            icon=":material/speed:",
            on_click=_ask,
            args=(run.id, key, rate),
            help="Sends the rate in the box to the run.",
        )
        st.caption(plain(_standing(run, rate)), width="content")
    refusal = state.take(REFUSAL)
    if refusal:
        st.warning(plain(in_titles(refusal)), icon=":material/info:")


def rate_of(run: Run) -> float:
    """The rate that the schedule multiplies now: the one changed last, or that of the settings."""
    return run.changes[-1].value if run.changes else run.network_config.optimizer.learning_rate


def _standing(run: Run, rate: float) -> str:
    if run.wanted_rate is not None:
        return f"{figure(run.wanted_rate)} is asked for …"
    schedule = run.network_config.schedule
    multiplied = ", times the schedule" if schedule.name != "constant" or schedule.warmup_epochs else ""
    if not run.changes:
        return f"It trains with {figure(rate)}{multiplied}."
    last = run.changes[-1]
    since = f"since step {last.step:,} (epoch {last.epoch:,})"
    return f"{figure(last.before)} → {figure(rate)} {since}{multiplied}."


def _ask(run_id: int, key: str, shown: float) -> None:
    wanted = state.recall(key, shown)
    try:
        queue.change_rate(cache.store(), cache.settings(), run_id, wanted)
    except ExplorerError as error:
        state.keep(REFUSAL, str(error))
