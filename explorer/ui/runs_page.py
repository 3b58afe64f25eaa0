"""The Runs page: every run in one table, to filter, open, rename, compare and delete."""

from collections.abc import Sequence
from typing import TypeVar

import streamlit as st

from explorer.data.words import title_of
from explorer.records import Run
from explorer.sharing.report import MOST_RUNS
from explorer.ui import cache, guard, shell, state
from explorer.ui.looks_at_test import looks_line
from explorer.ui.pace import live_fragment
from explorer.ui.report_panel import report_dialog
from explorer.ui.runs_bundle import bundle_dialog, import_runs
from explorer.ui.runs_dialogs import MESSAGE, delete_dialog, rename_dialog
from explorer.ui.runs_table import Filter, chosen, columns, datasets_of, table
from explorer.ui.wording import plain

Text = TypeVar("Text", bound=str)

ACTION = "runs.action"
POLL_SECONDS = 2.0
MOST_COMPARED = 50


def show() -> None:
    """Draw the page."""
    st.title("Runs")
    action, ids = state.take(ACTION, ("", ()))
    if action == "open":
        shell.open_run(ids[0])
    if action == "compare":
        shell.compare_runs(ids)
    with st.container():  # what stands below keeps its place when the message goes
        message = state.take(MESSAGE)
        if message:
            st.info(plain(message), icon=":material/info:")
    runs = cache.store().runs()
    if not runs:
        st.info("Every network you train is listed here.", icon=":material/table_rows:", title="No runs yet")
        st.page_link("pages/train.py", label="Train a network", icon=":material/play_arrow:")
        import_runs()
        return
    _Table(runs, _filter(runs)).draw()
    import_runs()
    # Dialogs are opened here and not in the table, which redraws itself while runs are active.
    if action == "rename":
        rename_dialog(ids[0])
    elif action == "delete":
        delete_dialog(ids)
    elif action == "lab report":
        report_dialog(ids)
    elif action == "bundle":
        bundle_dialog(ids)


def _filter(runs: Sequence[Run]) -> Filter:
    with st.container(horizontal=True, vertical_alignment="top"):
        text = st.text_input(
            "Search",
            key="runs.text",
            placeholder="name, network, optimizer, number …",
            icon=":material/search:",
            persist_state="session",
            width=320,
            help="Leaves rows in which all these words occur.",
        )
        statuses = _pills("Status", tuple(dict.fromkeys(run.status for run in runs)))
        datasets = _pills("Dataset", datasets_of(runs))
    return Filter(text or "", statuses, datasets)


def _pills(label: str, options: tuple[Text, ...]) -> tuple[Text, ...]:
    if len(options) < 2:
        return ()
    picked = st.pills(
        label,
        options,
        selection_mode="multi",
        format_func=title_of,
        key=f"runs.{label.lower()}",
        persist_state="session",
        width="content",
        help="Leaves rows of the chosen ones; without a choice, all.",
    )
    return tuple(picked)


class _Table:
    """The table as a fragment that polls only while some run is active."""

    def __init__(self, runs: Sequence[Run], wanted: Filter) -> None:
        self._fresh: Sequence[Run] | None = runs
        self._wanted = wanted
        self._is_live = any(run.status.is_active for run in runs)

    def draw(self) -> None:
        """Register the fragment."""
        live_fragment(self._body, POLL_SECONDS if self._is_live else None)

    def _body(self) -> None:
        with guard.in_words():
            every = cache.store().runs() if self._fresh is None else self._fresh
            self._fresh = None
            runs = chosen(every, self._wanted)
            if runs:
                _actions(_selected(runs), len(runs), len(every))
                looks_line(runs)
            else:
                st.info("No run fits the search and the filters.", icon=":material/filter_alt_off:")
            if any(run.status.is_active for run in every) != self._is_live:
                st.rerun()  # not before a click that came with it was heard


def _selected(runs: Sequence[Run]) -> tuple[int, ...]:
    ids = tuple(run.id for run in runs)
    event = st.dataframe(
        table(runs),
        hide_index=True,
        column_config=columns(),
        on_select="rerun",
        selection_mode="multi-row",
        # Rows are selected by their place: other rows must not inherit the selection.
        key=f"runs.table:{hash(ids)}",
        placeholder="–",
        height=min(36 * (len(runs) + 1) + 2, 560),
        alt="All runs with their settings and results",
    )
    return tuple(ids[row] for row in event["selection"]["rows"] if row < len(ids))


def _actions(selected: tuple[int, ...], shown: int, every: int) -> None:
    counted = f"{shown} of {every} runs" if shown != every else f"{every} run{'s' * (every > 1)}"
    if not selected:
        st.caption(
            f"{counted}. Select rows by the boxes on their left to open, rename, compare, share or "
            "delete them."
        )
        return
    one, several = len(selected) == 1, 2 <= len(selected) <= MOST_COMPARED
    with st.container(horizontal=True, vertical_alignment="center"):
        _button("Open", ":material/open_in_new:", selected, is_possible=one, why="Select one run.")
        _button("Rename", ":material/edit:", selected, is_possible=one, why="Select one run.")
        why = f"Select 2 to {MOST_COMPARED} runs."
        _button("Compare", ":material/stacked_line_chart:", selected, is_possible=several, why=why)
        why = f"Select at most {MOST_RUNS} runs."
        few = len(selected) <= MOST_RUNS
        _button("Lab report", ":material/description:", selected, is_possible=few, why=why)
        _button("Bundle", ":material/folder_zip:", selected, is_possible=True, why="")
        _button("Delete", ":material/delete:", selected, is_possible=True, why="")
        st.caption(f"{len(selected)} selected of {counted}")


def _button(label: str, icon: str, ids: tuple[int, ...], *, is_possible: bool, why: str) -> None:
    if st.button(label, icon=icon, disabled=not is_possible, help=None if is_possible else why):
        state.keep(ACTION, (label.lower(), ids))
        st.rerun()
