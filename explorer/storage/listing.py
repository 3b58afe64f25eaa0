"""Runs as they are read: rows of the runs table become records."""

from collections.abc import Callable, Collection
from typing import Any

import sqlalchemy as sa

from explorer.errors import RunNotFoundError
from explorer.records import Parent, Request, Run, RunStatus
from explorer.storage.codec import read_changes, read_result
from explorer.storage.configs import read_config
from explorer.storage.schema import runs

_columns = (
    runs.c.id, runs.c.name, runs.c.config, runs.c.status, runs.c.reason, runs.c.group, runs.c.device,
    runs.c.request, runs.c.epoch, runs.c.step, runs.c.total_steps, runs.c.samples_per_second,
    runs.c.created_at, runs.c.started_at, runs.c.ended_at, runs.c.result, runs.c.stage,
    runs.c.parent_run_id, runs.c.parent_epoch, runs.c.schedule_from, runs.c.optimizer_steps, runs.c.changes,
    runs.c.wanted_rate,
)  # fmt: skip


def find(connection: sa.Connection, run_id: int) -> Run:
    """The run; raises RunNotFoundError."""
    row = connection.execute(sa.select(*_columns).where(runs.c.id == run_id)).one_or_none()
    if row is None:
        raise RunNotFoundError(run_id)
    return _run(row)


def select(
    connection: sa.Connection, statuses: Collection[RunStatus] | None, group: str | None, limit: int | None
) -> tuple[Run, ...]:
    """The newest runs first."""
    query = sa.select(*_columns).order_by(runs.c.id.desc()).limit(limit)
    if statuses is not None:
        query = query.where(runs.c.status.in_(list(statuses)))
    if group is not None:
        query = query.where(runs.c.group == group)
    return tuple(_run(row) for row in connection.execute(query))


def oldest_queued(connection: sa.Connection, accepts: Callable[[str], bool]) -> Run | None:
    """The run that has waited longest among those whose wanted device is accepted."""
    queued = runs.c.status == RunStatus.QUEUED
    wanted = connection.scalars(sa.select(runs.c.wanted_device).where(queued).distinct()).all()
    accepted = [device for device in wanted if accepts(device)]
    if not accepted:
        return None
    row = connection.execute(
        sa.select(*_columns)
        .where(queued, runs.c.wanted_device.in_(accepted))
        .order_by(runs.c.queued_at, runs.c.id)
        .limit(1)
    ).one_or_none()
    return None if row is None else _run(row)


def is_legible(connection: sa.Connection, run_id: int) -> bool:
    """Whether every setting of the run is known to this version."""
    text = connection.scalar(sa.select(runs.c.config).where(runs.c.id == run_id))
    return text is not None and not read_config(text).lost


def pending_request(connection: sa.Connection, run_id: int) -> Request | None:
    """The request that waits for the run's worker; raises RunNotFoundError."""
    row = connection.execute(sa.select(runs.c.request).where(runs.c.id == run_id)).one_or_none()
    if row is None:
        raise RunNotFoundError(run_id)
    return None if row.request is None else Request(row.request)


def _run(row: Any) -> Run:
    stored = read_config(row.config)
    result = None if row.result is None else read_result(row.result)
    complaints = [row.reason, stored.complaint]
    if row.result is not None and result is None:
        complaints.append("Its result can't be read any more.")
    return Run(
        id=row.id,
        name=row.name,
        config=stored.config,
        status=RunStatus(row.status),
        reason=" ".join(filter(None, complaints)),
        group=row.group,
        device=row.device,
        request=None if row.request is None else Request(row.request),
        epoch=row.epoch,
        step=row.step,
        total_steps=row.total_steps,
        samples_per_second=row.samples_per_second,
        created_at=row.created_at,
        started_at=row.started_at,
        ended_at=row.ended_at,
        result=result,
        stage=row.stage,
        parent=_parent(row),
        changes=read_changes(row.changes),
        wanted_rate=row.wanted_rate,
    )


def _parent(row: Any) -> Parent | None:
    if row.parent_epoch is None:
        return None
    return Parent(row.parent_run_id, row.parent_epoch, row.schedule_from or 0, row.optimizer_steps or 0)
