"""The leaderboard of a comparison: an entry a row, best by validation first."""

from collections.abc import Callable, Mapping, Sequence
from statistics import fmean
from typing import Any

import pandas as pd
import streamlit as st

from explorer.data.words import title_of
from explorer.evaluation.entries import Entry, by_accuracy, latest_accuracy
from explorer.evaluation.sweeps import Spread, spread
from explorer.records import BaselineResult, EpochMetrics, Run, RunStatus
from explorer.ui.runs_table import size_of
from explorer.ui.screen import is_phone

Epochs = Mapping[int, Sequence[EpochMetrics]]
DEVIATION = "Standard deviation over the seeds (n − 1), in percentage points."


def leaderboard(entries: Sequence[Entry], epochs: Epochs) -> pd.DataFrame:
    """One row an entry, accuracies in percent; of repeats the means. What is not known is empty."""

    def accuracy(run: Run) -> float | None:
        return latest_accuracy(run, epochs.get(run.id, ()))

    ordered = by_accuracy(entries, accuracy)
    rows = [_row(place, entry, accuracy, epochs) for place, entry in enumerate(ordered, start=1)]
    return pd.DataFrame(rows, columns=list(_columns()))


def draw_leaderboard(table: pd.DataFrame) -> None:
    """The table; columns that say nothing here are left out."""
    idle = [
        name for name in ("deviation", "test_deviation", "predicting", "size") if table[name].isna().all()
    ]
    st.dataframe(
        table.drop(columns=idle),
        hide_index=True,
        column_config={name: how for name, how in _columns().items() if name not in idle},
        placeholder="–",
        height=min(35 * (len(table) + 1) + 3, 460),
        alt="The compared runs by validation accuracy, best first",
    )


def _columns() -> dict[str, Any]:
    number, text = st.column_config.NumberColumn, st.column_config.TextColumn
    share = "Share of the {} images classified correctly{}."
    running = "; of a run that still trains, its newest epoch's"
    return {
        "place": number("No.", width=45, help="By validation accuracy: the test images only confirm."),
        "name": text("Run", width=150 if is_phone() else 310),
        "validation": number(
            "Validation", format="%.2f %%", width=95, help=share.format("validation", running)
        ),
        "deviation": number("±", format="%.2f", width=60, help=DEVIATION),
        "test": number("Test", format="%.2f %%", width=85, help=share.format("test", "; known at the end")),
        "test_deviation": number("± test", format="%.2f", width=70, help=DEVIATION),
        "train": number("Training", format="%.2f %%", width=90, help=share.format("training", "")),
        "parameters": number("Parameters", format="localized", width=100, help="Numbers that training sets."),
        "seconds": number("Seconds", format="%.1f", width=80, help="Time spent training or fitting."),
        "epochs": text("Epochs", width=75),
        "status": text("Status", width=90),
        "test_loss": number("Test loss", format="%.4f", width=85),
        "predicting": number("To predict", format="%.2g s", width=90, help="Time to answer all test images."),
        "size": number("Size", format="bytes", width=80, help="What a prediction needs to have in memory."),
    }


def _row(
    place: int, entry: Entry, accuracy: Callable[[Run], float | None], epochs: Epochs
) -> dict[str, object]:
    runs = entry.runs
    results = [run.result for run in runs if run.result is not None]
    validation = _spread([accuracy(run) for run in runs])
    test = _spread([result.test.accuracy for result in results])
    return {
        "place": place if validation is not None else None,
        "name": entry.name,
        "validation": 100 * validation.mean if validation else None,
        "deviation": _percent(validation),
        "test": 100 * test.mean if test else None,
        "test_deviation": _percent(test),
        "train": _mean([100 * result.train.accuracy for result in results if result.train is not None]),
        "parameters": next((run.network_result.parameters for run in runs if run.network_result), None),
        "seconds": _mean([_seconds(run, epochs) for run in runs]),
        "epochs": _epochs(runs),
        "status": _status(runs),
        "test_loss": _mean([result.test.loss for result in results]),
        "predicting": _mean([result.predict_seconds for result in results]),
        "size": size_of(runs[0]),
    }


def _spread(values: Sequence[float | None]) -> Spread | None:
    return spread([value for value in values if value is not None])


def _percent(found: Spread | None) -> float | None:
    return 100 * found.deviation if found is not None and found.deviation is not None else None


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return fmean(known) if known else None


def _seconds(run: Run, epochs: Epochs) -> float | None:
    if run.result is not None:
        return run.result.duration_seconds
    known = epochs.get(run.id, ())
    return sum(epoch.seconds for epoch in known) if known else None


def _epochs(runs: Sequence[Run]) -> str | None:
    counts = [
        run.network_result.epochs_run if run.network_result else run.epoch
        for run in runs
        if not isinstance(run.result, BaselineResult) and hasattr(run.config, "training")
    ]
    if not counts:
        return None
    return f"{min(counts)}" if min(counts) == max(counts) else f"{min(counts)}–{max(counts)}"


def _status(runs: Sequence[Run]) -> str:
    if len(runs) == 1:
        run = runs[0]
        return title_of(run.status)
    counts = {status: sum(run.status is status for run in runs) for status in RunStatus}
    return ", ".join(
        f"{count} {status.value}" if count < len(runs) else title_of(status)
        for status, count in counts.items()
        if count
    )
