"""Which runs are compared: those that the address names, and the widgets that change it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import streamlit as st

from explorer.evaluation.entries import Entry, by_accuracy, entries_of, latest_accuracy
from explorer.records import Run
from explorer.storage.groups import Group
from explorer.ui import cache, compare_address, state
from explorer.ui.sweep_address import named
from explorer.ui.wording import numbered_runs, plain

RUNS, GROUP, TOGETHER = "compare.runs", "compare.group", "compare.together"
LAST = "compare.last"
MOST_DRAWN = 12
NEWEST = 5


@dataclass(frozen=True, slots=True)
class Choice:
    """What the address asks for: runs by number, and a group by name."""

    run_ids: tuple[int, ...]
    group: str | None

    @property
    def is_empty(self) -> bool:
        """Whether it asks for nothing."""
        return not self.run_ids and self.group is None


@dataclass(frozen=True, slots=True)
class Selection:
    """The chosen entries, those of which are drawn, the numbers of runs that are gone."""

    entries: tuple[Entry, ...]
    drawn: tuple[Entry, ...]
    gone: tuple[int, ...]

    @property
    def runs(self) -> tuple[Run, ...]:
        """All chosen runs."""
        return tuple(run for entry in self.entries for run in entry.runs)

    @property
    def is_active(self) -> bool:
        """Whether one of them waits or trains."""
        return any(entry.is_active for entry in self.entries)


def asked() -> Choice:
    """What the address asks for; a tab that comes back to this page finds what it left."""
    known = {group.name for group in cache.store().groups()}
    group = compare_address.group_in_address()
    choice = Choice(compare_address.runs_in_address(), named(group, known) if group else None)
    if choice.is_empty and state.arrived() and state.is_kept(LAST):
        choice = state.recall(LAST)
        compare_address.show_in_address(choice.run_ids, choice.group)
    state.keep(LAST, choice)
    return choice


def is_together() -> bool:
    """Whether repeats are one entry."""
    return bool(state.recall(TOGETHER, default=True))


def select(choice: Choice, runs: Mapping[int, Run]) -> Selection:
    """The choice among the runs that there are, in its order, a group behind the runs named one by one.

    At most twelve are drawn: those named one by one, then the best of the group by validation accuracy.
    """
    explicit = [runs[run_id] for run_id in choice.run_ids if run_id in runs]
    taken = {run.id for run in explicit}
    of_group = [
        run
        for run in sorted(runs.values(), key=lambda run: run.id)
        if choice.group is not None and run.group == choice.group and run.id not in taken
    ]
    entries = entries_of([*explicit, *of_group], together=is_together())
    first = [entry for entry in entries if taken.intersection(entry.ids)]
    others = [entry for entry in entries if not taken.intersection(entry.ids)]
    if len(entries) > MOST_DRAWN:
        others = by_accuracy(others, latest_accuracy)
    chosen = {entry.name for entry in [*first, *others][:MOST_DRAWN]}
    gone = tuple(run_id for run_id in choice.run_ids if run_id not in runs)
    return Selection(entries, tuple(entry for entry in entries if entry.name in chosen), gone)


def choose(choice: Choice, runs: Mapping[int, Run]) -> None:
    """Draw the widgets: runs by name or number, a whole group, repeats as one."""
    every = sorted(runs.values(), key=lambda run: -run.id)
    taken = set(choice.run_ids)
    explicit = [run for run in every if run.id in taken]
    chosen = entries_of(
        sorted(explicit, key=lambda run: choice.run_ids.index(run.id)), together=is_together()
    )
    options = {entry.ids: entry.name for entry in chosen}
    rest = entries_of([run for run in every if run.id not in taken], together=is_together())
    options |= {entry.ids: entry.name for entry in rest}
    groups = {group.name: group for group in cache.store().groups()}
    shown = [entry.ids for entry in chosen]
    group = choice.group if choice.group in groups else None
    for name, wanted in ((RUNS, shown), (GROUP, group)):
        if state.said(name) != wanted:
            state.put(name, wanted)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.multiselect(
            "Runs", list(options), shown, key=state.key_of(RUNS), on_change=_take,
            format_func=lambda ids: options[ids], placeholder="Type a name or a number",
            help="Each run that is chosen gets a curve and a row of its own.",
        )  # fmt: skip
        if groups:
            st.selectbox(
                "A whole group", list(groups), on_change=_take, width=330, key=state.key_of(GROUP),
                index=None if group is None else list(groups).index(group),
                format_func=lambda name: _called(groups[name]), placeholder="A sweep or its like",
                help="Adds all runs of a sweep, a search or of repeats.",
            )  # fmt: skip
        st.toggle(
            "Repeats as one", value=True, key=TOGETHER, persist_state="session",
            help="Runs that differ only in their seed are one entry, drawn as mean ± standard deviation.",
        )  # fmt: skip


def nothing_chosen(runs: Sequence[Run]) -> None:
    """Say what to do."""
    if not runs:
        st.info(
            "Train two networks and see here what sets them apart.",
            icon=":material/stacked_line_chart:", title="No runs yet",
        )  # fmt: skip
        st.page_link("pages/train.py", label="Train a network", icon=":material/play_arrow:")
        return
    st.info(
        "Choose runs above, or select rows on the Runs page and press Compare. "
        "A whole sweep can be chosen too.",
        icon=":material/stacked_line_chart:",
        title="Nothing to compare yet",
    )
    newest = tuple(run.id for run in sorted(runs, key=lambda run: -run.id)[:NEWEST])
    if len(newest) > 1:
        st.button(
            f"Compare the {len(newest)} newest runs", icon=":material/history:",
            on_click=compare_address.show_in_address, args=(newest, None),
        )  # fmt: skip


def said_of(selection: Selection, choice: Choice) -> None:
    """What of the choice can't be shown, or is not drawn."""
    if selection.gone:
        are, they = ("is", "It") if len(selection.gone) == 1 else ("are", "They")
        st.info(
            f"There {are} no {numbered_runs(selection.gone)}. {they} may have been deleted.",
            icon=":material/delete:",
        )
    if choice.group is not None and not any(run.group == choice.group for run in selection.runs):
        st.info(
            f"There is no group {plain(choice.group)}. It may have been deleted.", icon=":material/delete:"
        )
    if len(selection.drawn) < len(selection.entries):
        st.caption(
            f"Curves and settings show {len(selection.drawn)} of {len(selection.entries)}: those named "
            f"one by one, then the best by validation. The leaderboard and the figures below have all."
        )


def _called(group: Group) -> str:
    return f"{group.name} · {group.runs} run{'s' * (group.runs != 1)}"


def _take() -> None:
    ids = [run_id for entry in state.said(RUNS, []) for run_id in entry]
    compare_address.show_in_address(ids, state.said(GROUP))
