"""Pause, resume and stop: the buttons of one run, as its state allows them."""

from collections.abc import Callable

import streamlit as st

from explorer.config.baseline import BaselineConfig
from explorer.errors import ExplorerError, RunNotFoundError
from explorer.jobs import queue
from explorer.records import Request, Run, RunStatus
from explorer.settings import Settings
from explorer.storage.store import Store
from explorer.ui import cache, guard, state
from explorer.ui.pace import live_fragment

REFUSAL = "run_controls.refusal"
POLL_SECONDS = 1.0

_Action = Callable[[Store, Settings, int], object]


def run_controls(run: Run) -> None:
    """Draw the buttons of a run; while it is active they follow its state by themselves."""
    if run.status is not RunStatus.FINISHED:
        with st.container(width="content"):
            _Buttons(run.id, is_live=run.status.is_active).draw()


class _Buttons:
    """The buttons as a fragment that asks for a whole run of the page once nothing moves any more."""

    def __init__(self, run_id: int, *, is_live: bool) -> None:
        self._run_id, self._is_live = run_id, is_live

    def draw(self) -> None:
        """Register the fragment; it polls only while the run is active."""
        live_fragment(self._body, POLL_SECONDS if self._is_live else None)

    def _body(self) -> None:
        with guard.in_words():
            try:
                run = cache.store().run(self._run_id)
            except RunNotFoundError:
                st.rerun()  # the page says it once, in place of the run
            if run.status.is_active != self._is_live:
                st.rerun()
            _buttons(run)
            refusal = state.take(REFUSAL)
            if refusal:
                st.warning(refusal, icon=":material/info:")


def _buttons(run: Run) -> None:
    active = run.status.is_active
    asked = run.request
    # A fit can't go on from where it was, so there is no use in pausing one.
    is_fit = isinstance(run.config, BaselineConfig)
    with st.container(horizontal=True):
        if active and not is_fit:
            st.button(
                "Pausing …" if asked is Request.PAUSE else "Pause",
                key=f"pause:{run.id}",
                icon=":material/pause:",
                on_click=_do,
                args=(queue.pause, run.id),
                disabled=asked is not None,
                help="Keeps everything; Resume goes on from here.",
            )
        if run.status.can_resume:
            st.button(
                "Start again" if is_fit else "Resume",
                key=f"resume:{run.id}",
                icon=":material/play_arrow:",
                on_click=_do,
                args=(queue.resume, run.id),
                help="Fits it from the beginning." if is_fit else "Goes on from the last finished epoch.",
            )
        if active or run.status is RunStatus.PAUSED:
            st.button(
                "Stopping …" if asked is Request.STOP else "Stop",
                key=f"stop:{run.id}",
                icon=":material/stop:",
                on_click=_do,
                args=(queue.stop, run.id),
                disabled=asked is Request.STOP,
                help="Ends the fit now; nothing is kept of it."
                if is_fit
                else "Ends the run now and tests what it has learned.",
            )


def _do(action: _Action, run_id: int) -> None:
    try:
        action(cache.store(), cache.settings(), run_id)
    except ExplorerError as error:
        state.keep(REFUSAL, str(error))
