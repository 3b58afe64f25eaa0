"""Runs of another installation on their way into the store: all of them, or none."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from explorer.config.kinds import wanted_device
from explorer.records import EpochMetrics, Run, StepMetrics
from explorer.settings import Settings
from explorer.storage import curves
from explorer.storage.checkpoints import Checkpoints, run_folder
from explorer.storage.codec import write_changes, write_result
from explorer.storage.configs import write_config
from explorer.storage.engine import Database
from explorer.storage.schema import runs


@dataclass(frozen=True, slots=True, eq=False)
class Arrival:
    """A run that has ended, with its curves; its number, and that of its parent, are the old ones."""

    run: Run
    epochs: tuple[EpochMetrics, ...]
    steps: tuple[StepMetrics, ...]


def bring_in(
    database: Database, settings: Settings, arrivals: Iterable[Arrival], place: Callable[[int, int], None]
) -> tuple[int, ...]:
    """The new numbers, in the order of the arrivals.

    ``place`` gets the old and the new number of each, to put its files in place; whatever goes wrong then
    undoes all.
    """
    placed: list[int] = []
    try:
        with database.writing() as connection:
            numbers = _insert(connection, arrivals, lambda number: run_folder(settings, number).exists())
            for old, new in numbers.items():
                placed.append(new)
                place(old, new)
    except BaseException:
        for number in placed:
            Checkpoints(settings, number).delete()
        raise
    return tuple(numbers.values())


def _insert(
    connection: sa.Connection, arrivals: Iterable[Arrival], is_taken: Callable[[int], bool]
) -> dict[int, int]:
    """The new number of each run by its old one.

    Groups keep their names, unless there is one of that name already; then they get a number. A parent that
    does not come along is one of another installation.
    """
    numbers: dict[int, int] = {}
    groups: dict[str, str] = {}
    parents: dict[int, int] = {}
    for arrival in arrivals:
        run = arrival.run
        if run.group is not None and run.group not in groups:
            groups[run.group] = _free_group(connection, run.group)
        new = _insert_row(connection, run, groups.get(run.group or ""), is_taken)
        numbers[run.id] = new
        curves.insert_several(connection, [(new, arrival.steps, arrival.epochs)])
        if run.parent is not None and run.parent.run_id is not None:
            parents[run.id] = run.parent.run_id
    for child, parent in parents.items():
        changed = sa.update(runs).where(runs.c.id == numbers[child])
        connection.execute(changed.values(parent_run_id=numbers.get(parent)))
    return numbers


def _insert_row(
    connection: sa.Connection, run: Run, group: str | None, is_taken: Callable[[int], bool]
) -> int:
    origin: Mapping[str, Any] = {}
    if run.parent is not None:
        origin = {
            "parent_epoch": run.parent.epoch,
            "schedule_from": run.parent.schedule_from,
            "optimizer_steps": run.parent.optimizer_steps,
        }
    row = {
        "name": run.name,
        "config": write_config(run.config),
        "wanted_device": wanted_device(run.config),
        "status": run.status,
        "reason": run.reason,
        "group": group,
        "device": run.device,
        "attempt": 1 if run.started_at is not None else 0,
        "epoch": run.epoch,
        "step": run.step,
        "total_steps": run.total_steps,
        "samples_per_second": run.samples_per_second,
        "created_at": run.created_at,
        "queued_at": run.created_at,
        "started_at": run.started_at,
        "ended_at": run.ended_at,
        "result": None if run.result is None else write_result(run.result),
        "stage": run.stage,
        "changes": write_changes(run.changes),
        **origin,
    }
    while True:
        number: int = connection.execute(sa.insert(runs).values(row).returning(runs.c.id)).scalar_one()
        if not is_taken(number):
            return number
        connection.execute(sa.delete(runs).where(runs.c.id == number))


def _free_group(connection: sa.Connection, name: str) -> str:
    """The name, or the name with the first number under which there is no group yet."""
    free, count = name, 1
    while connection.scalar(sa.select(runs.c.id).where(runs.c.group == free).limit(1)) is not None:
        count += 1
        free = f"{name} ({count})"
    return free
