"""The table of runs: which ones fit a filter, and one row each."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from explorer.config.fields import values_by_path
from explorer.records import Run, RunStatus
from explorer.ui.networks import short_name
from explorer.ui.wording import title_of

COLUMNS = {
    "number": st.column_config.NumberColumn("No.", width=50, help="The number in the address of the run."),
    "name": st.column_config.TextColumn("Name", width="medium"),
    "status": st.column_config.TextColumn("Status", width=90),
    "progress": st.column_config.ProgressColumn("Epochs", format="percent", width=110),
    "validation": st.column_config.NumberColumn(
        "Validation", format="percent", help="Accuracy on the validation images."
    ),
    "test": st.column_config.NumberColumn("Test", format="percent", help="Accuracy on the test images."),
    "dataset": st.column_config.TextColumn("Dataset"),
    "network": st.column_config.TextColumn("Network"),
    "activation": st.column_config.TextColumn("Activation"),
    "optimizer": st.column_config.TextColumn("Optimizer"),
    "rate": st.column_config.NumberColumn("Learning rate", format="%g"),
    "epochs": st.column_config.TextColumn("Trained"),
    "parameters": st.column_config.NumberColumn("Parameters", format="localized"),
    "seconds": st.column_config.NumberColumn("Seconds", format="%.1f"),
    "created": st.column_config.DatetimeColumn("Created", format="YYYY-MM-DD HH:mm"),
}


@dataclass(frozen=True, slots=True)
class Filter:
    """What the table is narrowed to; an empty part narrows nothing."""

    text: str = ""
    statuses: tuple[RunStatus, ...] = ()
    datasets: tuple[str, ...] = ()


def datasets_of(runs: Sequence[Run]) -> tuple[str, ...]:
    """The datasets that occur, newest first."""
    return tuple(dict.fromkeys(run.config.data.dataset for run in runs))


def chosen(runs: Sequence[Run], wanted: Filter) -> tuple[Run, ...]:
    """The runs that fit; every word of the text must occur somewhere in the row."""
    words = wanted.text.lower().split()
    return tuple(
        run
        for run in runs
        if (not wanted.statuses or run.status in wanted.statuses)
        and (not wanted.datasets or run.config.data.dataset in wanted.datasets)
        and (not words or all(word in _text(run) for word in words))
    )


def table(runs: Sequence[Run]) -> pd.DataFrame:
    """One row a run, in the order given; what is not known yet is empty."""
    return pd.DataFrame([_row(run) for run in runs], columns=list(COLUMNS))


def _row(run: Run) -> dict[str, object]:
    config, result = run.config, run.result
    epochs = config.training.epochs
    trained = result.epochs_run if result is not None else run.epoch
    return {
        "number": run.id,
        "name": run.name,
        "status": title_of(run.status),
        "progress": 1.0 if run.status is RunStatus.FINISHED else min(trained / epochs, 1.0),
        "validation": result.validation.accuracy if result is not None and result.validation else None,
        "test": result.test.accuracy if result is not None else None,
        "dataset": title_of(config.data.dataset),
        "network": network_of(run),
        "activation": title_of(config.network.activation),
        "optimizer": title_of(config.optimizer.name),
        "rate": config.optimizer.learning_rate,
        "epochs": f"{trained} of {epochs}",
        "parameters": result.parameters if result is not None else None,
        "seconds": result.duration_seconds if result is not None else None,
        "created": run.created_at,
    }


def network_of(run: Run) -> str:
    """The network of a run in few signs."""
    return short_name(values_by_path(run.config))


def _text(run: Run) -> str:
    config = run.config
    words = (
        str(run.id),
        run.name,
        run.group or "",
        run.status,
        config.data.dataset,
        title_of(config.data.dataset),
        network_of(run),
        config.network.activation,
        config.optimizer.name,
    )
    return " ".join(words).lower()
