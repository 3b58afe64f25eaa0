"""What goes with what among the compared runs: a scatter of two quantities, and parallel coordinates."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import streamlit as st

from explorer.config.run import RunConfig
from explorer.config.sweeping import within_a_sentence
from explorer.data.words import setting_title
from explorer.evaluation.differences import differing_paths, settings_in_effect
from explorer.evaluation.entries import latest_accuracy, run_name
from explorer.plots.placement import is_number
from explorer.plots.relations import Quantity, parallel_runs, scatter
from explorer.records import EpochMetrics, Run
from explorer.ui.compare_chart import scatter_chart
from explorer.ui.compare_history import epochs_of
from explorer.ui.runs_table import size_of
from explorer.ui.sweep_chart import as_data, sweep_chart
from explorer.ui.sweep_form import say
from explorer.ui.wording import plain

MOST_AXES = 8
X, Y = "compare.x", "compare.y"


def relation(runs: Sequence[Run]) -> None:
    """Draw the runs by two quantities that are chosen, coloured by validation accuracy."""
    known = _quantities(runs)
    titles = list(known)
    with st.container(horizontal=True):
        up = _pick("Upwards", titles, Y, "validation accuracy")
        across = _pick("Across", titles, X, "parameters")
    epochs = _newest(runs)
    drawn = scatter(
        runs,
        {run.id: run_name(run) for run in runs},
        known[across],
        known[up],
        lambda run: latest_accuracy(run, epochs.get(run.id, ())),
    )
    scatter_chart(drawn, key="compare.scatter")
    notes = []
    if any(point.is_baseline for point in drawn.points):
        notes.append("Squares are baselines.")
    if drawn.missing:
        notes.append(f"{drawn.missing} of {len(runs)} runs have not both numbers (yet).")
    if notes:
        st.caption(" ".join(notes))


def parallel(runs: Sequence[Run]) -> None:
    """Draw a line a run over the settings in which the runs differ and the validation accuracy."""
    networks = [run for run in runs if isinstance(run.config, RunConfig)]
    shown = networks or list(runs)
    settings = [settings_in_effect(run) for run in shown]
    fields = [
        path
        for path in differing_paths(shown)
        if path != "training.seed" and all(path in own for own in settings)
    ]
    if len(shown) < 2 or not fields:
        st.info(
            "This needs two runs that differ in a setting other than the seed.",
            icon=":material/stacked_line_chart:",
        )
        return
    epochs = _newest(shown)
    drawn = parallel_runs(
        [
            (run_name(run), own, latest_accuracy(run, epochs.get(run.id, ())))
            for run, own in zip(shown, settings, strict=True)
        ],
        fields[:MOST_AXES],
        [setting_title(path) for path in fields[:MOST_AXES]],
        score="Validation accuracy",
        say=say,
    )
    sweep_chart(as_data([drawn]), key="compare.parallel")
    if len(fields) > MOST_AXES:
        rest = ", ".join(plain(setting_title(path)) for path in fields[MOST_AXES:])
        st.caption(f"Not drawn, though the runs differ in it too: {rest}.")
    if len(shown) < len(runs):
        st.caption("Baselines have other settings and are left out.")


def _quantities(runs: Sequence[Run]) -> dict[str, Quantity]:
    """What can be measured of these runs, by title; settings that are numbers and differ come last."""
    epochs = _newest(runs)
    found = [
        Quantity(
            "validation accuracy", lambda run: latest_accuracy(run, epochs.get(run.id, ())), is_share=True
        ),
        Quantity(
            "test accuracy", lambda run: run.result.test.accuracy if run.result else None, is_share=True
        ),
        Quantity(
            "training accuracy",
            lambda run: run.result.train.accuracy if run.result and run.result.train else None,
            is_share=True,
        ),
        Quantity("parameters", lambda run: run.network_result.parameters if run.network_result else None),
        Quantity("seconds of training", lambda run: run.result.duration_seconds if run.result else None),
        Quantity("seconds to predict", lambda run: run.result.predict_seconds if run.result else None),
        Quantity("bytes to predict", size_of),
        Quantity("test loss", lambda run: run.result.test.loss if run.result else None),
    ]
    settings = {run.id: settings_in_effect(run) for run in runs}
    paths = dict.fromkeys(["optimizer.learning_rate", "training.epochs", *differing_paths(runs)])
    for path in paths:
        values = [own[path] for own in settings.values() if own.get(path) is not None]
        if values and all(is_number(value) for value in values):
            title = within_a_sentence(setting_title(path))
            found.append(Quantity(title, partial(_setting, settings, path)))
    return {quantity.title: quantity for quantity in found}


def _setting(settings: Mapping[int, Mapping[str, Any]], path: str, run: Run) -> float | None:
    value = settings[run.id].get(path)
    return None if value is None else float(value)


def _newest(runs: Sequence[Run]) -> Mapping[int, Sequence[EpochMetrics]]:
    """The epochs of the runs that have no result yet."""
    return epochs_of([run for run in runs if run.result is None])


def _pick(label: str, titles: Sequence[str], key: str, default: str) -> str:
    picked = st.selectbox(
        label, titles, index=titles.index(default), key=key, persist_state="session", width=260,
        format_func=str.capitalize, help="Any number that the runs have: a setting, a cost or a result.",
    )  # fmt: skip
    return str(picked)
