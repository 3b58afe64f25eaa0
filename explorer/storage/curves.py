"""Rows of the epochs and steps tables: the curves of a run."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from explorer.records import EpochMetrics, StepMetrics
from explorer.storage.codec import read_layers, write_layers
from explorer.storage.schema import epochs, steps

_apart = ("layers", "predictions")
_figures = tuple(epochs.c[name] for name in EpochMetrics.__dataclass_fields__ if name not in _apart)
_bin_names = tuple(StepMetrics.__dataclass_fields__)
_bins = tuple(steps.c[name] for name in StepMetrics.__dataclass_fields__)


def insert_several(
    connection: sa.Connection,
    entries: Sequence[tuple[int, Sequence[StepMetrics], Sequence[EpochMetrics]]],
) -> None:
    """Adds bins and epochs to the curves of runs, each by its number."""
    bins = [
        {"run_id": run_id, **{name: getattr(entry, name) for name in _bin_names}}
        for run_id, new_steps, _ in entries
        for entry in new_steps
    ]
    if bins:
        connection.execute(sa.insert(steps), bins)
    rows = [
        {
            **{column.name: getattr(entry, column.name) for column in _figures},
            "run_id": run_id,
            "layers": write_layers(entry.layers),
            "predictions": entry.predictions,
        }
        for run_id, _, new_epochs in entries
        for entry in new_epochs
    ]
    if rows:
        connection.execute(sa.insert(epochs), rows)


def select_epochs(
    connection: sa.Connection, run_id: int, after: int, layers: bool
) -> tuple[EpochMetrics, ...]:
    """The epochs after ``after`` in order, predictions left out."""
    columns = (*_figures, epochs.c.layers) if layers else _figures
    rows = connection.execute(
        sa.select(*columns).where(epochs.c.run_id == run_id, epochs.c.epoch > after).order_by(epochs.c.epoch)
    )
    if layers:
        return tuple(_epoch((*row[:-1], read_layers(row[-1]))) for row in rows)
    return tuple(_epoch((*row, ())) for row in rows)


def select_steps(connection: sa.Connection, run_id: int, after_step: int) -> tuple[StepMetrics, ...]:
    """The bins that end after this step, in order."""
    rows = connection.execute(
        sa.select(*_bins)
        .where(steps.c.run_id == run_id, steps.c.last_step > after_step)
        .order_by(steps.c.last_step)
    )
    return tuple(StepMetrics(*row) for row in rows)


def select_predictions(connection: sa.Connection, run_id: int, epoch: int) -> bytes:
    """One byte a validation image; empty where the epoch was not recorded."""
    predictions = connection.scalar(
        sa.select(epochs.c.predictions).where(epochs.c.run_id == run_id, epochs.c.epoch == epoch)
    )
    return bytes(predictions or b"")


def delete_after(connection: sa.Connection, run_id: int, epoch: int) -> tuple[int, int]:
    """Drops all that came after an epoch; the newest epoch and step that are left."""
    connection.execute(sa.delete(epochs).where(epochs.c.run_id == run_id, epochs.c.epoch > epoch))
    last = connection.execute(
        sa.select(epochs.c.epoch, epochs.c.step)
        .where(epochs.c.run_id == run_id)
        .order_by(epochs.c.epoch.desc())
        .limit(1)
    ).one_or_none()
    left = (0, 0) if last is None else (last.epoch, last.step)
    connection.execute(sa.delete(steps).where(steps.c.run_id == run_id, steps.c.last_step > left[1]))
    return left


def newest(new_steps: Sequence[StepMetrics], new_epochs: Sequence[EpochMetrics]) -> dict[str, int]:
    """How far a run has come by what is about to be recorded; empty where that is nothing."""
    position: dict[str, int] = {}
    if new_epochs:
        position = {"epoch": new_epochs[-1].epoch, "step": new_epochs[-1].step}
    if new_steps:
        position["step"] = max(new_steps[-1].last_step, position.get("step", 0))
    return position


def _epoch(values: Sequence[Any]) -> EpochMetrics:
    return EpochMetrics(*values)
