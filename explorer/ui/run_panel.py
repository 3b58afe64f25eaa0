"""Everything about one run: where it stands, its curves while it trains, and what it learned."""

from datetime import UTC, datetime

import streamlit as st

from explorer.config.baseline import BaselineConfig
from explorer.errors import ExplorerError, RunNotFoundError
from explorer.plots.training import training_curves
from explorer.records import Run, RunStatus
from explorer.ui import cache, guard, state
from explorer.ui.fork_line import ancestors_of, fork_line
from explorer.ui.fork_panel import fork_panel
from explorer.ui.live_curve import live_curve
from explorer.ui.pace import live_fragment
from explorer.ui.rate_now import rate_now
from explorer.ui.results_baseline import baseline_panel
from explorer.ui.results_classes import classes
from explorer.ui.results_embedding import embedding
from explorer.ui.results_history import RunHistory, history_of
from explorer.ui.results_image import image
from explorer.ui.results_layers import gradients
from explorer.ui.results_mistakes import mistakes
from explorer.ui.results_numbers import numbers
from explorer.ui.results_settings import settings_that_differ
from explorer.ui.results_status import ended, header, progress, waiting
from explorer.ui.results_units import units
from explorer.ui.results_weights import weights
from explorer.ui.run_views import VIEW, VIEWS, view_shown
from explorer.ui.scrubber import FRAME_SECONDS, Moment, is_playing, scrubber
from explorer.ui.seeds import repeats_note
from explorer.ui.what_happened import what_happened
from explorer.ui.wording import plain

FAST_SECONDS, SLOW_SECONDS = 0.5, 1.0
FAST_FOR_SECONDS = 10.0
VIEWS_SECONDS = 2.0


def run_panel(run_id: int) -> None:
    """Draw one run, live while a worker has it in hand; a run that is gone is said to be gone."""
    run = _find(run_id)
    if run is None:
        return
    if isinstance(run.config, BaselineConfig):
        baseline_panel(run)
        return
    header(run)
    # Places that never move: Streamlit knows a fragment by its place, and ignores clicks in one that moved.
    line, live, views = st.container(), st.container(), st.container()
    with line:
        fork_line(run)
    with live:
        _Live(run).draw()
    with views:
        _Views(run).draw()


def poll_seconds(run: Run, now: datetime) -> float | None:
    """How often an active run is looked at: faster before and shortly after its start; None once it ended."""
    if not run.status.is_active:
        return None
    if run.started_at is None or (now - run.started_at).total_seconds() < FAST_FOR_SECONDS:
        return FAST_SECONDS
    return SLOW_SECONDS


def _find(run_id: int) -> Run | None:
    try:
        return cache.store().run(run_id)
    except RunNotFoundError as error:
        st.info(plain(str(error)), icon=":material/delete:", title="This run is not here")
        st.page_link("pages/runs.py", label="All runs", icon=":material/table_rows:")
        return None


class _Live:
    """Progress, result and curves, redrawn in place; a change of status draws the whole page anew."""

    def __init__(self, run: Run) -> None:
        self._fresh: Run | None = run
        self._run_id, self._status = run.id, run.status
        self._interval = poll_seconds(run, datetime.now(UTC))

    def draw(self) -> None:
        """Register the fragment; it polls only while the run is active."""
        live_fragment(self._body, self._interval)

    def _body(self) -> None:
        with guard.in_words():
            run = self._fresh or _find(self._run_id)
            self._fresh = None
            if run is None:
                return
            _standing(run, history_of(run))
            # Drawn first, so that nothing is missing from the page in between.
            if run.status is not self._status or poll_seconds(run, datetime.now(UTC)) != self._interval:
                st.rerun()


def _standing(run: Run, history: RunHistory) -> None:
    with st.container():
        if run.status is RunStatus.QUEUED:
            waiting(run)
        elif run.status is RunStatus.RUNNING:
            progress(run, history.epochs)
        else:
            ended(run, history.epochs)
        result = run.network_result
        if result is not None:
            numbers(run, result)
        what_happened(run, history.epochs)
        repeats_note(run)
    curves = training_curves(
        history.steps,
        history.epochs,
        total_steps=run.total_steps,
        planned_epochs=run.network_config.training.epochs,
        is_over=not run.status.is_active,
        ancestors=ancestors_of(run),
        changes=run.changes,
    )
    live_curve(curves, key=f"curve:{run.id}")
    rate_now(run)


class _Views:
    """What there is to look into, one view at a time, so that a page asks only for what it shows."""

    def __init__(self, run: Run) -> None:
        self._fresh: Run | None = run
        self._run_id, self._is_live = run.id, run.status.is_active
        self._is_playing = is_playing(run.id)

    def draw(self) -> None:
        """Register the fragment; while the run is active it follows the newest epoch."""
        interval = FRAME_SECONDS if self._is_playing else VIEWS_SECONDS if self._is_live else None
        live_fragment(self._body, interval)

    def _body(self) -> None:
        with guard.in_words():
            try:
                run = self._fresh or cache.store().run(self._run_id)
            except RunNotFoundError:
                st.rerun()  # the page says it once, in place of the run
            self._fresh = None
            if is_playing(self._run_id) != self._is_playing:
                st.rerun()  # at another pace
            slider, panel = st.container(), st.container()
            with slider:
                moment = scrubber(run)
            with panel:
                fork_panel(run)
            view = st.segmented_control(
                "View",
                VIEWS,
                default=view_shown(),
                required=True,
                key=state.key_of(VIEW),
                persist_state="session",
                label_visibility="collapsed",
            )
            try:
                _view(str(view), run, moment)
            except ExplorerError as error:
                st.warning(plain(str(error)), icon=":material/info:", title="This can't be shown")
            if is_playing(self._run_id) != self._is_playing:
                st.rerun()


def _view(name: str, run: Run, moment: Moment | None) -> None:
    epochs = history_of(run).epochs
    if name == "Mistakes":
        mistakes(run, epochs, moment)
    elif name == "Image":
        image(run, moment)
    elif name == "Weights":
        weights(run, moment)
    elif name == "Units":
        units(run, epochs, moment)
    elif name == "Classes":
        classes(run, moment)
    elif name == "Map":
        embedding(run, moment)
    elif name == "Layers":
        gradients(run, epochs, moment)
    else:
        settings_that_differ(run)
