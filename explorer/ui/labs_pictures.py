"""The pictures of a whole lab: several experiments together, as the report shows them, and beside it."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

import streamlit as st

from explorer.labs.experiment import SHARES, Experiment
from explorer.labs.pictures import Beside, Curves, Grid, Picture, Response, Units
from explorer.plots.comparison import Member, overlay
from explorer.plots.labs_beside import BesideRow, beside, draw_beside
from explorer.plots.labs_grid import GridCell, draw_lab_grid, lab_grid
from explorer.plots.labs_response import ResponseLine, ResponsePoint, draw_lab_response, lab_response
from explorer.plots.labs_units import pooled_shares
from explorer.plots.layers import draw_layer_history
from explorer.plots.units import DEAD_MEANS, INACTIVE_MEANS
from explorer.records import EpochMetrics, Run
from explorer.ui import cache
from explorer.ui.compare_chart import curves_chart
from explorer.ui.compare_history import epochs_of
from explorer.ui.labs_look import LabNow
from explorer.ui.wording import plain

CONFIG = {"displayModeBar": False}


def pictures(now: LabNow) -> None:
    """Draw those of which something was measured; the others are named, and so is what they wait for."""
    begun = [picture for picture in now.lab.pictures if _has_begun(picture, now)]
    if not begun:
        st.info(
            "The figures come with the first epochs of its runs."
            + ("" if now.progress.is_active else " Press Run, or choose the other version."),
            icon=":material/insert_chart:",
            title="Nothing to draw yet",
        )
        return
    places = {picture.title: place for place, picture in enumerate(now.lab.pictures)}
    for is_narrow, group in groupby(begun, lambda picture: not isinstance(picture, Curves | Units)):
        beside_one_another = list(group)
        if is_narrow and len(beside_one_another) > 1:
            columns = st.columns(2, gap="large")
            for number, picture in enumerate(beside_one_another):
                with columns[number % 2]:
                    _picture(picture, now, places[picture.title])
        else:
            for picture in beside_one_another:
                _picture(picture, now, places[picture.title])
    waiting = [picture.title for picture in now.lab.pictures if picture not in begun]
    if waiting:
        st.caption(f"Nothing to draw yet of: {plain('; '.join(waiting))}.")


def _has_begun(picture: Picture, now: LabNow) -> bool:
    """Whether it would have something to show: a curve an epoch, other pictures a measured figure."""
    if isinstance(picture, Curves | Units):
        return any(run.epoch for name in picture.experiments for run in now.judged[name].measured.runs)
    names = picture.experiments
    return any(now.means[name] is not None or now.judged[name].measured.diverged for name in names)


def _picture(picture: Picture, now: LabNow, place: int) -> None:
    st.markdown(f"**{plain(picture.title)}** · {plain(picture.where)}")
    st.caption(plain(picture.says))
    key = f"labs.picture:{now.lab.id}:{now.quick}:{place}"
    match picture:
        case Curves():
            _curves(picture, now, key)
        case Units():
            _units(picture, now, key)
        case Beside():
            _plotly(key, *now.once(key, lambda: _beside(picture, now)))
        case Response():
            _plotly(key, *now.once(key, lambda: _response(picture, now)))
        case Grid():
            _plotly(key, *now.once(key, lambda: _grid(picture, now)))


def _plotly(key: str, figure: Any, summary: str) -> None:
    st.plotly_chart(figure, key=key, config=CONFIG, alt=summary)


def _curves(picture: Curves, now: LabNow, key: str) -> None:
    runs = {name: now.judged[experiment].measured.runs for name, experiment in picture.lines.items()}
    epochs = epochs_of([run for each in runs.values() for run in each])
    members = [Member(name, tuple(epochs.get(run.id, ()) for run in each)) for name, each in runs.items()]
    curves_chart([overlay(members, measure, "epoch") for measure in picture.measures], "epoch", key=key)
    empty = [member.name for member in members if not any(member.histories)]
    if empty:
        st.caption(f"Without an epoch so far: {plain(', '.join(empty))}.")


def _units(picture: Units, now: LabNow, key: str) -> None:
    runs = {name: now.judged[experiment].measured.runs for name, experiment in picture.lines.items()}
    dead, inactive = now.once(key, lambda: _unit_figures(runs))
    st.caption(f"{DEAD_MEANS} {INACTIVE_MEANS}")
    for column, title, figure in zip(
        st.columns(2, gap="large"), ("Dead units", "Inactive pairs"), (dead, inactive), strict=True
    ):
        if figure is not None:
            alt = f"{picture.title}: {title.lower()} over the epochs"
            column.plotly_chart(figure, key=f"{key}:{title}", config=CONFIG, alt=alt)


def _unit_figures(runs: Mapping[str, Sequence[Run]]) -> tuple[Any, Any]:
    networks = {name: [layered_epochs(run) for run in each] for name, each in runs.items()}
    dead, inactive = pooled_shares(networks)
    return (
        draw_layer_history(dead) if dead.layers else None,
        draw_layer_history(inactive) if inactive.layers else None,
    )


def layered_epochs(run: Run) -> tuple[EpochMetrics, ...]:
    """A run's epochs with what was measured of each layer; read once for all tabs."""
    return cache.small_made_once(
        lambda: cache.store().epochs(run.id),
        "layered epochs", cache.settings().database_url, run.id, str(run.started_at), run.epoch,
    )  # fmt: skip


def _beside(picture: Beside, now: LabNow) -> tuple[Any, str]:
    experiments = [now.lab.find(name) for name in picture.experiments]
    drawn = beside(
        [_row(experiment, now) for experiment in experiments],
        is_share=all(experiment.figure.metric in SHARES for experiment in experiments),
    )
    return draw_beside(drawn), f"{picture.title}. {drawn.summary}"


def _row(experiment: Experiment, now: LabNow) -> BesideRow:
    figure, line = experiment.figure, now.judged[experiment.id]
    measured, allowed = line.measured, figure.between
    if figure.value is not None and figure.tolerance:
        allowed = figure.value - figure.tolerance, figure.value + figure.tolerance
    said = [f"reported {line.reported}"] if line.reported else []
    said.append(f"measured {line.value}" if line.value else _unmeasured(now, experiment))
    return BesideRow(
        experiment.title,
        figure.value,
        figure.deviation,
        allowed,
        measured.mean,
        measured.std,
        ", ".join(said),
    )


def _unmeasured(now: LabNow, experiment: Experiment) -> str:
    return "diverged" if now.judged[experiment.id].measured.diverged else "not measured yet"


def _response(picture: Response, now: LabNow) -> tuple[Any, str]:
    lines = [
        ResponseLine(
            name,
            tuple(
                ResponsePoint(
                    value,
                    now.means[experiment],
                    bool(now.judged[experiment].measured.diverged),
                    now.lab.find(experiment).figure.value,
                )
                for value, experiment in points.items()
            ),
        )
        for name, points in picture.lines.items()
    ]
    experiments = {name for points in picture.lines.values() for name in points.values()}
    drawn = lab_response(
        lines,
        picture.axis,
        now.means[picture.without] if picture.without else None,
        is_share=all(now.lab.find(name).figure.metric in SHARES for name in experiments),
    )
    return draw_lab_response(drawn), f"{picture.title}. {drawn.summary}"


def _grid(picture: Grid, now: LabNow) -> tuple[Any, str]:
    drawn = lab_grid(
        [[_cell(now.lab.find(name), now) for name in names] for names in picture.cells],
        column_title=picture.column_title,
        columns=picture.columns,
        rows=picture.rows,
    )
    return draw_lab_grid(drawn), f"{picture.title}. {drawn.summary}"


def _cell(experiment: Experiment, now: LabNow) -> GridCell:
    line, figure = now.judged[experiment.id], experiment.figure
    is_told = figure.value is not None or figure.between is not None
    note = "diverged" if line.measured.diverged else "…" if now.is_active(experiment) else ""
    words = f"{experiment.title}: {line.value or _unmeasured(now, experiment)}"
    return GridCell(
        line.measured.mean, note, f"{words}; reported: {line.reported}" if is_told else words, is_told
    )
