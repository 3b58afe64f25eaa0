"""One sweep, live while it trains: its progress, its best, its figures, its table."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import pandas as pd
import streamlit as st

from explorer.config.fields import FieldKind, field
from explorer.config.searching import Search
from explorer.config.sweeping import with_values
from explorer.errors import RunNotFoundError, RunStateError
from explorer.evaluation.sweeps import Score, SweepPoint, summarise
from explorer.jobs import queue
from explorer.jobs.search import score_of, stop_search
from explorer.plots.curves import Measure
from explorer.plots.responses import ACCURACIES, heat_map, response
from explorer.plots.searches import parallel, trials
from explorer.plots.swept_curves import swept_curves
from explorer.records import Run
from explorer.ui import cache, guard, state
from explorer.ui.looks_at_test import chosen_by_test, looks_line
from explorer.ui.pace import live_fragment
from explorer.ui.search_form import searched_titles
from explorer.ui.sweep_chart import Panel, as_data, sweep_chart
from explorer.ui.sweep_form import axis_title, say
from explorer.ui.sweep_history import GroupNow, look, look_anew
from explorer.ui.sweep_status import (
    best_in_words,
    header,
    interrupted,
    progress,
    remarks,
    runs_in_words,
)
from explorer.ui.wording import plain

POLL_SECONDS = 1.0
MOST_PINNED = 2  # columns: more would cover the others
FACTOR = 3  # of the epochs, to train longer
MOST_EPOCHS = 1000
LONGER, AGAIN = "sweep.longer", "sweep.again"
MEASURES: dict[str, Measure] = {
    "Validation loss": "validation_loss",
    "Training loss": "train_loss",
    "Validation accuracy": "validation_accuracy",
}
SCORES: dict[str, Score] = {
    "Validation": "validation_accuracy",
    "Test": "test_accuracy",
    "Training": "train_accuracy",
}
TABLE: tuple[Score, ...] = (*SCORES.values(), "validation_loss")
SCORE_HELP = "Choose by the validation images; the test images tell what the choice is worth."


def sweep_panel(group: str) -> None:
    """Draw one group of runs; a group that is gone is said to be gone."""
    now = look(group)
    if not now.runs:
        st.info(
            f"There is no sweep called {plain(group)}. Its runs may have been deleted.",
            icon=":material/delete:",
            title="This sweep is not here",
        )
        return
    _Live(now).draw()


class _Live:
    """All of it as a fragment that polls only while a run of the group waits or trains."""

    def __init__(self, now: GroupNow) -> None:
        self._group, self._is_live = now.name, now.is_active

    def draw(self) -> None:
        """Register the fragment."""
        live_fragment(self._body, POLL_SECONDS if self._is_live else None)

    def _body(self) -> None:
        with guard.in_words():
            now = look(self._group)
            if not now.runs:  # deleted meanwhile, in another tab
                st.rerun()
            header(now)
            _draw(now)
            # Drawn first, so that nothing is missing from the page in between.
            if now.is_active != self._is_live:
                st.rerun()


def _draw(now: GroupNow) -> None:
    points = now.once("points", lambda: summarise(now.runs, now.fields, now.epochs))
    with st.container():
        progress(now)
        best = best_in_words(now, points)
        _buttons(now, best)
        remarks(now)
    _figures(now, points)
    looks_line(now.runs)
    if now.fields:
        by = now.search.objective if now.search is not None else None
        st.dataframe(
            now.once("table", lambda: table(points, now.fields, by)),
            hide_index=True, column_config=_columns(now.fields), placeholder="–",
            height=min(35 * (len(points) + 1) + 3, 400), alt="Mean and deviation of each value of the sweep",
        )  # fmt: skip


def longer(run: Run) -> dict[str, object]:
    """The fields of a run's config, dotted, with three times its epochs."""
    epochs = min(FACTOR * run.network_config.training.epochs, MOST_EPOCHS)
    return {"training.epochs": epochs}


def _buttons(now: GroupNow, best: SweepPoint | None) -> None:
    with st.container(horizontal=True):
        if now.is_active:
            st.button(
                "Stop the search" if now.search is not None else "Stop the sweep",
                icon=":material/stop:",
                key=f"sweep.stop:{now.name}",
                on_click=_stop,
                args=(now.name,),
                help="Ends all its runs now and tests what they have learned.",
            )
        left = interrupted(now)
        if left:
            st.button(
                f"Resume {runs_in_words(len(left))}",
                icon=":material/play_arrow:",
                key=f"sweep.resume:{now.name}",
                on_click=_resume,
                args=(now.name,),
                help="Runs that were paused, or whose worker was lost, go on from their last whole epoch.",
            )
        if best is not None and st.button(
            "Train this longer",
            icon=":material/open_in_new:",
            key=f"sweep.longer:{now.name}",
            help=f"Opens Train with these settings and {FACTOR} times the epochs.",
        ):
            run = next(run for run in now.runs if run.id == best.run_ids[0])
            state.keep(LONGER, with_values(run.network_config, longer(run)))
            st.rerun()
        if now.fields and st.button(
            "Use its settings",
            icon=":material/content_copy:",
            key=f"sweep.again:{now.name}",
            help="Sets the form on the left as it was for this sweep, to change and start anew.",
        ):
            state.keep(AGAIN, now)
            st.rerun()


def _stop(group: str) -> None:
    stop_search(cache.store(), group)
    queue.stop_group(cache.store(), cache.settings(), group)
    look_anew(group)


def _resume(group: str) -> None:
    for run in interrupted(look_anew(group)):
        with suppress(RunStateError, RunNotFoundError):  # another tab was quicker
            queue.resume(cache.store(), cache.settings(), run.id)
    look_anew(group)


def _figures(now: GroupNow, points: Sequence[SweepPoint]) -> None:
    if now.search is not None:
        search = now.search
        panels = now.once("search", lambda: as_data(_search_figures(now, search)))
        sweep_chart(panels, key=f"sweep.chart:{now.name}")
        return
    with st.container(horizontal=True):
        score = _choice("Accuracy of", list(SCORES), SCORE_HELP) if now.fields else "Validation"
        measure = _choice("Curves", list(MEASURES), "What the curves of all runs show, epoch by epoch.")
    if score == "Test":
        chosen_by_test()
    panels = now.once(
        f"{score} {measure}", lambda: as_data(_sweep_figures(now, points, SCORES[score], MEASURES[measure]))
    )
    sweep_chart(panels, key=f"sweep.chart:{now.name}")


def _sweep_figures(
    now: GroupNow, points: Sequence[SweepPoint], score: Score, measure: Measure
) -> list[Panel]:
    axis = axis_title(now.fields[0]) if now.fields else "run"
    curves = swept_curves(now.runs, now.epochs, measure, fields=now.fields, axis=axis, say=say)
    panels: list[Panel] = [curves]
    if len(now.fields) == 1:
        panels.insert(0, response(points, now.fields[0], axis, score, say))
    elif len(now.fields) == 2:
        titles = [axis_title(path) for path in now.fields]
        panels.insert(0, heat_map(points, now.fields, titles, score, say))
    return panels


def _search_figures(now: GroupNow, search: Search) -> list[Panel]:
    def judged(run: Run) -> float | None:
        return score_of(run, search.objective)

    titles = searched_titles(search.fields)
    return [
        trials(now.runs, search.objective, search.budget, judged),
        parallel(now.runs, search.ranges, search.objective, titles=titles, score_of=judged, say=say),
    ]


def _choice(label: str, options: Sequence[str], help_text: str) -> str:
    picked = st.segmented_control(
        label, options, default=options[0], required=True, persist_state="session", width="content",
        key="sweep.score" if label == "Accuracy of" else "sweep.measure", help=help_text,
    )  # fmt: skip
    return str(picked or options[0])


def table(points: Sequence[SweepPoint], fields: Sequence[str], by: Score | None = None) -> pd.DataFrame:
    """One row a value, in the order of the points or ``by`` a score, the best first.

    Accuracies are in percent; what is not known is empty, and columns that say nothing are left out.
    """
    rows = []
    for point in points:
        row: dict[str, object] = {path: _cell(path, point.value(path)) for path in fields}
        row["runs"] = len(point.run_ids)
        for name in TABLE:
            spread = point.score(name)
            factor = 100 if name in ACCURACIES else 1
            row[name] = factor * spread.mean if spread is not None else None
            deviation = spread.deviation if spread is not None else None
            row[f"{name}_deviation"] = factor * deviation if deviation is not None else None
        row["failed"] = point.failed or None
        rows.append(row)
    found = pd.DataFrame(rows)
    silent = [name for name in found if name not in (*fields, *TABLE) and found[name].isna().all()]
    if (found["runs"] == 1).all():
        silent.append("runs")
    found = found.drop(columns=silent)
    return found if by is None else found.sort_values(by, ascending=by == "validation_loss")


def _cell(path: str, value: object) -> object:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return value if is_number else say(path, value)


def _value_column(path: str, is_pinned: bool) -> Any:
    entry = field(path)
    if entry is not None and entry.kind in (FieldKind.NUMBER, FieldKind.INTEGER) and not entry.words:
        return st.column_config.NumberColumn(entry.title, format="%.4g", pinned=is_pinned)
    return st.column_config.TextColumn(axis_title(path), pinned=is_pinned)


def _columns(fields: Sequence[str]) -> dict[str, Any]:
    number = st.column_config.NumberColumn
    shown: dict[str, Any] = {path: _value_column(path, len(fields) <= MOST_PINNED) for path in fields}
    shown["runs"] = number("Runs", width="small")
    for name, title in ACCURACIES.items():
        shown[name] = number(title.capitalize().replace(" accuracy", ""), format="%.2f %%")
        shown[f"{name}_deviation"] = number("±", format="%.2f %%", help="Sample standard deviation.")
    shown["validation_loss"] = number("Validation loss", format="%.4f")
    shown["validation_loss_deviation"] = number("± loss", format="%.4f")
    shown["failed"] = number("Failed", width="small")
    return shown
