"""The Compare page: ``?runs=3,7,9`` or ``?group=…`` beside one another, live while one of them trains."""

from collections.abc import Mapping
from contextlib import suppress

import streamlit as st

from explorer.data.words import setting_title
from explorer.errors import ExplorerError, RunNotFoundError
from explorer.evaluation.repeats import OTHER_IMAGES, reservation
from explorer.records import Run
from explorer.ui import cache, guard
from explorer.ui.compare_board import draw_leaderboard, leaderboard
from explorer.ui.compare_choice import (
    Choice,
    Selection,
    asked,
    choose,
    nothing_chosen,
    said_of,
    select,
)  # fmt: skip
from explorer.ui.compare_curves import curves
from explorer.ui.compare_history import epochs_of
from explorer.ui.compare_images import images
from explorer.ui.compare_mistakes import mistakes
from explorer.ui.compare_relations import parallel, relation
from explorer.ui.compare_verdict import verdict
from explorer.ui.looks_at_test import looks_line
from explorer.ui.pace import live_fragment
from explorer.ui.report_panel import report_button
from explorer.ui.results_settings import differing_settings
from explorer.ui.what_happened import symptoms
from explorer.ui.wording import plain

POLL_SECONDS = 1.5
FEW = 24  # runs that are asked for one by one
VIEWS = ("Settings", "Mistakes", "Disagreements", "Scatter", "Parallel")


def show() -> None:
    """Draw the page."""
    st.title("Compare")
    runs = {run.id: run for run in cache.store().runs()}
    choice = asked()
    choose(choice, runs)
    if choice.is_empty:
        nothing_chosen(tuple(runs.values()))
        return
    selection = select(choice, runs)
    with st.container():  # what stands below keeps its place when something more is to be said
        said_of(selection, choice)
        _different_images(selection)
    if not selection.entries:
        return
    _Live(choice, selection).draw()
    st.fragment(_views)(selection)
    report_button(tuple(run.id for run in selection.runs), key="compare")


class _Live:
    """Curves and leaderboard as a fragment that polls only while one of the runs waits or trains."""

    def __init__(self, choice: Choice, selection: Selection) -> None:
        self._choice, self._first = choice, selection
        self._fresh: Selection | None = selection
        self._state = _state(selection)

    def draw(self) -> None:
        """Register the fragment."""
        live_fragment(self._body, POLL_SECONDS if self._first.is_active else None)

    def _body(self) -> None:
        with guard.in_words():
            selection = self._fresh if self._fresh is not None else select(self._choice, self._look())
            self._fresh = None
            epochs = epochs_of([run for entry in selection.drawn for run in entry.runs])
            unfinished = [run for run in selection.runs if run.result is None and run.id not in epochs]
            epochs |= epochs_of(unfinished)
            curves(selection.drawn, epochs)
            st.markdown("**Leaderboard**")
            draw_leaderboard(leaderboard(selection.entries, epochs))
            looks_line(selection.runs)
            verdict(selection.entries)
            symptoms(selection.runs)
            # Drawn first, so that nothing is missing from the page in between.
            if _state(selection) != self._state:
                st.rerun()

    def _look(self) -> Mapping[int, Run]:
        """The runs as they are now, as few as may be."""
        store, known = cache.store(), self._first.runs
        if self._choice.group is None and len(known) <= FEW:
            found = {}
            for run_id in [run.id for run in known]:
                with suppress(RunNotFoundError):
                    found[run_id] = store.run(run_id)
            return found
        return {run.id: run for run in store.runs()}


def _state(selection: Selection) -> tuple[tuple[int, str], ...]:
    """What the rest of the page depends on."""
    return tuple((run.id, run.status.value) for run in selection.runs)


def _different_images(selection: Selection) -> None:
    said = reservation(selection.runs)
    if said == OTHER_IMAGES:
        st.caption(f":material/difference: {said}")
    elif said:
        st.warning(plain(said), icon=":material/difference:")


def _views(selection: Selection) -> None:
    with guard.in_words():
        view = st.segmented_control(
            "View", VIEWS, default=VIEWS[0], required=True, key="compare.view", persist_state="session",
            label_visibility="collapsed",
        )  # fmt: skip
        try:
            _view(str(view), selection)
        except ExplorerError as error:
            st.warning(plain(str(error)), icon=":material/info:", title="This can't be shown")


def _view(name: str, selection: Selection) -> None:
    if name == "Settings":
        _settings(selection)
    elif name == "Mistakes":
        mistakes(selection.runs)
    elif name == "Disagreements":
        images(selection.runs)
    elif name == "Scatter":
        relation(selection.runs)
    else:
        parallel(selection.runs)


def _settings(selection: Selection) -> None:
    entries = selection.drawn
    table = differing_settings([entry.runs[0] for entry in entries], [entry.name for entry in entries])
    if any(len(entry.runs) > 1 for entry in entries):
        table = table[table["Setting"] != setting_title("training.seed")]
    if table.empty:
        st.caption(
            "There is one entry only: choose another to see what sets them apart."
            if len(entries) == 1
            else "These runs have the same settings."
        )
        return
    st.dataframe(table, hide_index=True, alt="Settings in which the runs differ")
    st.caption("All other settings are the same.")
