"""The table of runs: which ones fit a filter, and one row each."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from explorer.config.fields import values_by_path
from explorer.records import Run, RunStatus
from explorer.ui.networks import short_name
from explorer.ui.wording import title_of

NAMES = (
    "number",
    "name",
    "status",
    "epochs",
    "validation",
    "test",
    "dataset",
    "network",
    "activation",
    "optimizer",
    "rate",
    "parameters",
    "seconds",
    "created",
)


def columns() -> dict[str, Any]:
    """How each column is shown; moments in the time zone of the browser."""
    number, text = st.column_config.NumberColumn, st.column_config.TextColumn
    right = "Share of right answers on the {} images."
    return {
        "number": number("No.", width=50, help="The run's number: ?run=… in its address."),
        "name": text("Name", width=180),
        "status": text("Status", width=80),
        "epochs": text("Epochs", width=75, help="Epochs trained, of those asked for."),
        "validation": number("Validation", format="%.2f %%", help=right.format("validation")),
        "test": number("Test", format="%.2f %%", help=right.format("test")),
        "dataset": text("Dataset", width=115),
        "network": text("Network", width=90),
        "activation": text("Activation"),
        "optimizer": text("Optimizer"),
        "rate": number("Rate", width=70, help="Learning rate."),
        "parameters": number("Parameters", format="localized"),
        "seconds": number("Seconds", format="%.2f", help="Time spent training and monitoring."),
        "created": st.column_config.DatetimeColumn(
            "Created", format="MMM D, HH:mm", width=110, timezone=st.context.timezone
        ),
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
    return pd.DataFrame([_row(run) for run in runs], columns=list(NAMES))


def _row(run: Run) -> dict[str, object]:
    config, result = run.config, run.result
    trained = result.epochs_run if result is not None else run.epoch
    return {
        "number": run.id,
        "name": run.name,
        "status": title_of(run.status),
        "epochs": f"{trained} of {config.training.epochs}",
        "validation": 100 * result.validation.accuracy if result is not None and result.validation else None,
        "test": 100 * result.test.accuracy if result is not None else None,
        "dataset": title_of(config.data.dataset),
        "network": network_of(run),
        "activation": title_of(config.network.activation),
        "optimizer": title_of(config.optimizer.name),
        "rate": float(f"{config.optimizer.learning_rate:.4g}"),
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
