"""The rows of a stack's runs: found in the queue, claimed and recorded in one transaction for all of them."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from explorer.config.kinds import AnyConfig
from explorer.errors import ExplorerError, RunNotFoundError, RunStateError
from explorer.records import Change, EpochMetrics, Request, RunStatus, StepMetrics
from explorer.storage import curves
from explorer.storage.codec import read_changes, write_changes
from explorer.storage.columns import Instant
from explorer.storage.configs import read_config
from explorer.storage.engine import now
from explorer.storage.schema import runs

MOST_WAITING = 2_000  # that are looked at; the others wait until these are gone


@dataclass(frozen=True, slots=True)
class Queued:
    """A run that waits: ``wanted`` is the device it asks for, ``epoch`` the one that it would go on from."""

    run_id: int
    config: AnyConfig
    wanted: str
    group: str | None
    epoch: int
    queued_at: datetime


@dataclass(frozen=True, slots=True)
class Entry:
    """What is new of a running run."""

    run_id: int
    steps: Sequence[StepMetrics] = ()
    epochs: Sequence[EpochMetrics] = ()
    samples_per_second: float | None = None
    changes: Sequence[Change] = ()


@dataclass(frozen=True, slots=True)
class Start:
    """What a run goes on from, and the steps that its whole curve will have."""

    epoch: int
    step: int
    total_steps: int


def queued(connection: sa.Connection, accepts: Callable[[str], bool]) -> tuple[list[Queued], list[int]]:
    """The runs that wait for an accepted device, the oldest first; and those that can't be read."""
    is_queued = runs.c.status == RunStatus.QUEUED
    wanted = connection.scalars(sa.select(runs.c.wanted_device).where(is_queued).distinct()).all()
    accepted = [device for device in wanted if accepts(device)]
    if not accepted:
        return [], []
    rows = connection.execute(
        sa.select(
            runs.c.id, runs.c.config, runs.c.wanted_device, runs.c.group, runs.c.epoch, runs.c.queued_at
        )
        .where(is_queued, runs.c.wanted_device.in_(accepted))
        .order_by(runs.c.queued_at, runs.c.id)
        .limit(MOST_WAITING)
    )
    legible, illegible = [], []
    for row in rows:
        stored = read_config(row.config)
        if stored.lost:
            illegible.append(row.id)
        else:
            legible.append(
                Queued(row.id, stored.config, row.wanted_device, row.group, row.epoch, row.queued_at)
            )
    return legible, illegible


def claim(connection: sa.Connection, run_ids: Sequence[int], device: str, host: str) -> dict[int, int]:
    """The numbers of their attempts, by run, of those that are now the caller's."""
    rows = connection.execute(
        sa.select(runs.c.id, runs.c.attempt)
        .where(runs.c.id.in_(run_ids), runs.c.status == RunStatus.QUEUED)
        .order_by(runs.c.id)
        .with_for_update()
    )
    attempts = {row.id: row.attempt + 1 for row in rows}
    moment = now(connection)
    connection.execute(
        sa.update(runs)
        .where(runs.c.id.in_(list(attempts)))
        .values(
            status=RunStatus.RUNNING, device=device, host=host, reason="", stage="",
            attempt=runs.c.attempt + 1, heartbeat_at=moment,
            started_at=sa.func.coalesce(runs.c.started_at, moment, type_=Instant),
        )
    )  # fmt: skip
    return attempts


def begin(connection: sa.Connection, starts: Mapping[int, Start]) -> None:
    """Drops what was recorded after the epoch that each run starts from; notes the steps it will take."""
    for run_id, start in starts.items():
        curves.delete_after(connection, run_id, start.epoch)
        values = {"epoch": start.epoch, "step": start.step, "total_steps": start.total_steps}
        if not connection.execute(sa.update(runs).where(runs.c.id == run_id).values(values)).rowcount:
            raise RunNotFoundError(run_id)


def record(
    connection: sa.Connection, entries: Sequence[Entry], attempts: Mapping[int, int]
) -> dict[int, Request | ExplorerError | None]:
    """Adds to the curves of running runs and proves their worker alive.

    For each run the request that waits for its worker; or the error that says why it is no longer in this
    worker's hands: nothing of it was recorded then, while the others were.
    """
    rows = connection.execute(
        sa.select(runs.c.id, runs.c.status, runs.c.attempt, runs.c.request, runs.c.reason)
        .where(runs.c.id.in_([entry.run_id for entry in entries]))
        .order_by(runs.c.id)
        .with_for_update()
    )
    found = {row.id: row for row in rows}
    answers: dict[int, Request | ExplorerError | None] = {}
    held: list[Entry] = []
    for entry in entries:
        row = found.get(entry.run_id)
        if row is None:
            answers[entry.run_id] = RunNotFoundError(entry.run_id)
        elif row.status != RunStatus.RUNNING or attempts.get(row.id, row.attempt) != row.attempt:
            answers[row.id] = RunStateError(
                f"Run {row.id} was taken from this worker; it is {row.status} now. {row.reason}".rstrip()
            )
        else:
            answers[row.id] = None if row.request is None else Request(row.request)
            held.append(entry)
    _note_progress(connection, held)
    curves.insert_several(connection, [(entry.run_id, entry.steps, entry.epochs) for entry in held])
    for entry in held:
        if entry.changes:
            _note_changes(connection, entry.run_id, entry.changes)
    return answers


def wanted_rates(connection: sa.Connection, run_ids: Sequence[int]) -> dict[int, float]:
    """The learning rates, by run, that were asked for and that no worker has taken yet."""
    rows = connection.execute(
        sa.select(runs.c.id, runs.c.wanted_rate).where(
            runs.c.id.in_(run_ids), runs.c.wanted_rate.is_not(None)
        )
    )
    return {row.id: row.wanted_rate for row in rows}


def _note_changes(connection: sa.Connection, run_id: int, changes: Sequence[Change]) -> None:
    """Adds to what was changed; a wish that was met waits no longer."""
    known = read_changes(connection.scalar(sa.select(runs.c.changes).where(runs.c.id == run_id)) or "[]")
    real = [change for change in changes if change.value != change.before]
    is_this = runs.c.id == run_id
    connection.execute(sa.update(runs).where(is_this).values(changes=write_changes([*known, *real])))
    is_met = runs.c.wanted_rate == changes[-1].value
    connection.execute(sa.update(runs).where(is_this, is_met).values(wanted_rate=None))


def _note_progress(connection: sa.Connection, entries: Iterable[Entry]) -> None:
    moment = now(connection)
    alike: dict[tuple[str, ...], list[dict[str, Any]]] = defaultdict(list)
    for entry in entries:
        values: dict[str, Any] = {"heartbeat_at": moment, **curves.newest(entry.steps, entry.epochs)}
        if entry.samples_per_second is not None:
            values["samples_per_second"] = entry.samples_per_second
        alike[tuple(values)].append({"this_run": entry.run_id, **values})
    for rows in alike.values():
        connection.execute(sa.update(runs).where(runs.c.id == sa.bindparam("this_run")), rows)
