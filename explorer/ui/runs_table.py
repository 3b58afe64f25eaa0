"""The table of runs: which ones fit a filter, and one row each."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from explorer.config.baseline import BaselineConfig
from explorer.config.fields import values_by_path
from explorer.config.run import RunConfig
from explorer.data.words import title_of
from explorer.records import Run, RunResult, RunStatus
from explorer.storage.names import features_name, method_name
from explorer.ui.networks import short_name

FLOAT_BYTES = 4
NAMES = (
    "number",
    "name",
    "status",
    "epochs",
    "parent",
    "validation",
    "test",
    "seconds",
    "size",
    "dataset",
    "features",
    "model",
    "parameters",
    "activation",
    "optimizer",
    "rate",
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
        "epochs": text("Epochs", width=75, help="Epochs trained, of those asked for; a baseline has none."),
        "parent": text("From", width=75, help="The run and the epoch that it branched off from."),
        "validation": number("Validation", format="%.2f %%", help=right.format("validation")),
        "test": number("Test", format="%.2f %%", help=right.format("test")),
        "dataset": text("Dataset", width=115),
        "features": text("Features", width=80, help="What is seen of an image."),
        "model": text("Model", width=110, help="The layers of a network, or the method of a baseline."),
        "activation": text("Activation"),
        "optimizer": text("Optimizer"),
        "rate": number("Rate", width=70, help="Learning rate."),
        "parameters": number("Parameters", format="localized"),
        "size": number("Size", format="bytes", width=75, help="What a prediction needs to have in memory."),
        "seconds": number("Seconds", format="%.2f", help="Time spent training, with all that belongs to it."),
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
    """One row a run, in the order given; what is not known yet is empty.

    Where they branched off is a column only if any did.
    """
    some_branched = any(run.parent is not None for run in runs)
    names = [name for name in NAMES if name != "parent" or some_branched]
    return pd.DataFrame([_row(run) for run in runs], columns=names)


def _row(run: Run) -> dict[str, object]:
    config, result = run.config, run.result
    own = _of_network(run, config) if isinstance(config, RunConfig) else {}
    return {
        "number": run.id,
        "name": run.name,
        "status": title_of(run.status),
        "validation": 100 * result.validation.accuracy if result is not None and result.validation else None,
        "test": 100 * result.test.accuracy if result is not None else None,
        "dataset": title_of(config.data.dataset),
        "features": title_of(config.data.features),
        "model": model_of(run),
        "size": size_of(run),
        "seconds": result.duration_seconds if result is not None else None,
        "created": run.created_at,
        **own,
    }


def _of_network(run: Run, config: RunConfig) -> dict[str, object]:
    result = run.network_result
    trained = result.epochs_run if result is not None else run.epoch
    return {
        "epochs": f"{trained:,} of {config.training.epochs:,}",
        "parent": from_where(run),
        "activation": title_of(config.network.activation),
        "optimizer": title_of(config.optimizer.name),
        "rate": float(f"{config.optimizer.learning_rate:.4g}"),
        "parameters": result.parameters if result is not None else None,
    }


def from_where(run: Run) -> str | None:
    """The run and the epoch that it branched off from: ``7 at 4``."""
    if run.parent is None:
        return None
    return f"{'elsewhere' if run.parent.run_id is None else run.parent.run_id} at {run.parent.epoch}"


def model_of(run: Run) -> str:
    """The network of a run in few signs, or its method with the parameters."""
    if isinstance(run.config, BaselineConfig):
        return method_name(run.config.baseline)
    return short_name(values_by_path(run.config))


def size_of(run: Run) -> int | None:
    """The bytes that a prediction needs in memory; four for each parameter of a network."""
    if run.result is None:
        return None
    if isinstance(run.result, RunResult):
        return FLOAT_BYTES * run.result.parameters
    return run.result.model_bytes


def _text(run: Run) -> str:
    config = run.config
    words = [
        str(run.id),
        run.name,
        run.group or "",
        run.status,
        config.data.dataset,
        title_of(config.data.dataset),
        features_name(config.data),
        model_of(run),
    ]
    if isinstance(config, RunConfig):
        words += [config.network.activation, config.optimizer.name]
        words += [f"from {from_where(run)}"] if run.parent is not None else []
    else:
        words += ["baseline", title_of(config.baseline.model)]
    return " ".join(words).lower()
