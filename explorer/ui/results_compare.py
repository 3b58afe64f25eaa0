"""Several runs beside one another: their curves, their numbers, and the settings that tell them apart."""

from collections.abc import Sequence
from typing import get_args

import pandas as pd
import streamlit as st

from explorer.config.baseline import BaselineConfig
from explorer.config.run import RunConfig
from explorer.errors import RunNotFoundError
from explorer.plots.curves import Axis, Measure, draw_overlay, overlay
from explorer.records import BaselineResult, EpochMetrics, Run
from explorer.ui import cache
from explorer.ui.results_compare_mistakes import compare_mistakes
from explorer.ui.results_settings import differing_settings
from explorer.ui.runs_table import size_of
from explorer.ui.wording import plain, title_of

_NUMBERS = {
    "run": st.column_config.TextColumn("Run"),
    "status": st.column_config.TextColumn("Status"),
    "test": st.column_config.NumberColumn("Test accuracy", format="%.2f %%"),
    "validation": st.column_config.NumberColumn("Validation accuracy", format="%.2f %%"),
    "train": st.column_config.NumberColumn("Training accuracy", format="%.2f %%"),
    "test_loss": st.column_config.NumberColumn("Test loss", format="%.4f"),
    "epochs": st.column_config.NumberColumn("Epochs", format="localized"),
    "parameters": st.column_config.NumberColumn("Parameters", format="localized"),
    "seconds": st.column_config.NumberColumn("Seconds", format="%.1f", help="Time spent training."),
    "predicting": st.column_config.NumberColumn(
        "Seconds to predict", format="%.2f", help="Time to answer all test images; noted for baselines."
    ),
    "size": st.column_config.NumberColumn(
        "Size", format="bytes", help="What a prediction needs to have in memory."
    ),
}
_PARTS = {
    "Validation": ("validation_loss", "validation_accuracy"),
    "Training": ("train_loss", "train_accuracy"),
}
_AXES: dict[str, Axis] = {"Epochs": "epoch", "Seconds": "seconds"}


def compare_panel(run_ids: Sequence[int]) -> None:
    """Draw several runs together; runs that are gone are named and left out."""
    runs = _find(run_ids)
    if not runs:
        st.info(
            "Choose runs on the Runs page to see them beside one another.",
            icon=":material/stacked_line_chart:",
        )
        return
    names = run_names(runs)
    histories = [
        (name, cache.store().epochs(run.id, layers=False))
        for name, run in zip(names, runs, strict=True)
        if isinstance(run.config, RunConfig)
    ]
    if histories:
        _curves(histories)
    else:
        st.caption("Baselines are fitted in one go, so there are no curves over epochs.")
    st.markdown("**Numbers at the end**")
    st.dataframe(
        final_numbers(runs, names),
        hide_index=True,
        column_config=_NUMBERS,
        placeholder="—",
        alt="Final numbers of each run",
    )
    compare_mistakes(runs, names)
    st.markdown("**Settings that differ**")
    table = differing_settings(runs, names)
    if table.empty:
        st.caption("None: these runs have the same settings.")
    else:
        st.dataframe(table, hide_index=True, alt="Settings in which the runs differ")


def run_names(runs: Sequence[Run]) -> tuple[str, ...]:
    """A name for each run that no other has: its number and its own name."""
    return tuple(f"{run.id} · {run.name}" for run in runs)


def final_numbers(runs: Sequence[Run], names: Sequence[str]) -> pd.DataFrame:
    """One row a run, accuracies in percent; what a run does not have is empty."""
    rows = []
    for run, name in zip(runs, names, strict=True):
        result, network = run.result, run.network_result
        validation, train = (result.validation, result.train) if result is not None else (None, None)
        rows.append(
            {
                "run": name,
                "status": title_of(run.status),
                "test": 100 * result.test.accuracy if result is not None else None,
                "validation": 100 * validation.accuracy if validation is not None else None,
                "train": 100 * train.accuracy if train is not None else None,
                "test_loss": result.test.loss if result is not None else None,
                "epochs": _epochs(run),
                "parameters": network.parameters if network is not None else None,
                "seconds": result.duration_seconds if result is not None else None,
                "predicting": result.predict_seconds if isinstance(result, BaselineResult) else None,
                "size": size_of(run),
            }
        )
    return pd.DataFrame(rows, columns=list(_NUMBERS))


def _epochs(run: Run) -> int | None:
    if isinstance(run.config, BaselineConfig):
        return None
    return run.network_result.epochs_run if run.network_result is not None else run.epoch


def _find(run_ids: Sequence[int]) -> list[Run]:
    runs = []
    for run_id in run_ids:
        try:
            runs.append(cache.store().run(run_id))
        except RunNotFoundError as error:
            st.info(plain(str(error)), icon=":material/delete:")
    return runs


def _curves(histories: Sequence[tuple[str, Sequence[EpochMetrics]]]) -> None:
    if not any(epochs for _, epochs in histories):
        st.info("None of these runs has finished an epoch yet.", icon=":material/show_chart:")
        return
    with st.container(horizontal=True):
        part = st.segmented_control(
            "Images",
            list(_PARTS),
            default="Validation",
            required=True,
            key="compare.part",
            label_visibility="collapsed",
        )
        axis = st.segmented_control(
            "Axis",
            list(_AXES),
            default="Epochs",
            required=True,
            key="compare.axis",
            label_visibility="collapsed",
        )
    for column, measure in zip(st.columns(2, gap="large"), _PARTS[part or "Validation"], strict=True):
        with column:
            _overlay(histories, measure, _AXES[axis or "Epochs"])


def _overlay(histories: Sequence[tuple[str, Sequence[EpochMetrics]]], measure: str, axis: Axis) -> None:
    chosen: Measure = next(known for known in get_args(Measure) if known == measure)
    drawn = overlay(histories, chosen, axis)
    if not any(curve.places for curve in drawn.curves):
        st.info("These runs have no validation images.", icon=":material/info:")
        return
    st.plotly_chart(
        draw_overlay(drawn),
        key=f"compare:{measure}:{axis}",
        config={"displaylogo": False, "modeBarButtonsToRemove": ["select2d", "lasso2d"]},
        alt=f"{title_of(measure)} of {len(histories)} runs",
    )
    missing = [plain(curve.name) for curve in drawn.curves if not curve.places]
    if missing:
        st.caption(f"Nothing to draw yet, or no such images: {', '.join(missing)}")
