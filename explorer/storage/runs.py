"""The life of a run in the runs table: created, claimed, ended, resumed, deleted, by guarded updates."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from explorer.config.baseline import BaselineConfig
from explorer.config.kinds import AnyConfig, wanted_device
from explorer.errors import RunNotFoundError, RunStateError
from explorer.records import BaselineResult, Change, Parent, Request, RunResult, RunStatus
from explorer.storage.codec import write_changes, write_result
from explorer.storage.columns import Instant
from explorer.storage.configs import write_config
from explorer.storage.engine import now
from explorer.storage.listing import find, is_legible, pending_request
from explorer.storage.names import default_name, tidy_name
from explorer.storage.schema import runs

ACTIVE = (RunStatus.QUEUED, RunStatus.RUNNING)
RESUMABLE = tuple(status for status in RunStatus if status.can_resume)
REQUESTED = {
    Request.PAUSE: (RunStatus.PAUSED, "Paused while it waited in the queue."),
    Request.STOP: (RunStatus.STOPPED, "Stopped while it waited in the queue."),
}


@dataclass(frozen=True, slots=True)
class Claim:
    """A worker's hold on a running run; ``silent_seconds`` since it last recorded anything."""

    run_id: int
    device: str
    host: str
    attempt: int
    silent_seconds: float


def insert(
    connection: sa.Connection,
    config: AnyConfig,
    name: str | None,
    group: str | None,
    is_taken: Callable[[int], bool],
    *,
    parent: Parent | None = None,
    changes: Sequence[Change] = (),
) -> int:
    """The number of a new queued run; never one that ``is_taken``."""
    moment = now(connection)
    origin: dict[str, Any] = {}
    if parent is not None:
        origin = {
            "parent_run_id": parent.run_id,
            "parent_epoch": parent.epoch,
            "schedule_from": parent.schedule_from,
            "optimizer_steps": parent.optimizer_steps,
        }
    row = {
        "name": tidy_name(name or "") or default_name(config),
        "config": write_config(config),
        "wanted_device": wanted_device(config),
        "status": RunStatus.QUEUED,
        "reason": "",
        "group": group,
        "attempt": 0,
        "epoch": parent.epoch if parent is not None else 0,
        "step": 0,
        "total_steps": 0,
        "samples_per_second": 0.0,
        "created_at": moment,
        "queued_at": moment,
        "changes": write_changes(changes),
        **origin,
    }
    while True:
        run_id: int = connection.execute(sa.insert(runs).values(row).returning(runs.c.id)).scalar_one()
        if not is_taken(run_id):
            return run_id
        connection.execute(sa.delete(runs).where(runs.c.id == run_id))


def fail_illegible(connection: sa.Connection, run_id: int) -> None:
    """Ends a queued run that this version can't train; what is wrong, ``reason`` says whenever it is read."""
    _change(
        connection, run_id, (RunStatus.QUEUED,),
        status=RunStatus.FAILED, reason="This version can't train the run.", ended_at=now(connection),
    )  # fmt: skip


def claim(connection: sa.Connection, run_id: int, device: str, host: str) -> int | None:
    """The number of this attempt, or None where somebody else was quicker."""
    moment = now(connection)
    changed = _change(
        connection, run_id, (RunStatus.QUEUED,),
        status=RunStatus.RUNNING, device=device, host=host, reason="",
        attempt=runs.c.attempt + 1, heartbeat_at=moment,
        started_at=sa.func.coalesce(runs.c.started_at, moment, type_=Instant),
    )  # fmt: skip
    return connection.scalar(sa.select(runs.c.attempt).where(runs.c.id == run_id)) if changed else None


def claims(connection: sa.Connection) -> tuple[Claim, ...]:
    """The hold of every worker on a running run."""
    moment = now(connection)
    rows = connection.execute(
        sa.select(runs.c.id, runs.c.device, runs.c.host, runs.c.attempt, runs.c.heartbeat_at)
        .where(runs.c.status == RunStatus.RUNNING)
        .order_by(runs.c.id)
    )
    return tuple(
        Claim(row.id, row.device, row.host, row.attempt, (moment - row.heartbeat_at).total_seconds())
        for row in rows
    )


def progress(connection: sa.Connection, run_id: int, attempt: int | None, **values: Any) -> Request | None:
    """Notes progress of a running run and proves its worker alive; a request that waits for the worker.

    Raises:
        RunNotFoundError: the run was deleted.
        RunStateError: the run is no longer in this worker's hands.
    """
    held = () if attempt is None else (runs.c.attempt == attempt,)
    values["heartbeat_at"] = now(connection)
    if not _change(connection, run_id, (RunStatus.RUNNING,), *held, **values):
        run = find(connection, run_id)
        raise RunStateError(
            f"Run {run_id} was taken from this worker; it is {run.status} now. {run.reason}".rstrip()
        )
    return pending_request(connection, run_id)


def end(
    connection: sa.Connection,
    run_id: int,
    attempt: int | None,
    *,
    status: RunStatus,
    reason: str,
    result: RunResult | BaselineResult | None,
) -> None:
    """Takes an active run out of the workers' hands; raises RunNotFoundError, RunStateError."""
    if status.is_active:
        raise RunStateError(f"A run can't end as {status}; it ends as paused, finished, stopped or failed.")
    held = () if attempt is None else (runs.c.attempt == attempt,)
    values: dict[str, Any] = {} if result is None else {"result": write_result(result)}
    if status is not RunStatus.PAUSED:  # what was asked for too late is asked of nobody
        values["wanted_rate"] = None
    ended_at = None if status is RunStatus.PAUSED else now(connection)
    if not _change(
        connection, run_id, ACTIVE, *held,
        status=status, reason=reason, request=None, ended_at=ended_at, **values,
    ):  # fmt: skip
        run = find(connection, run_id)
        raise RunStateError(f"Run {run_id} can't end as {status}: it is {run.status} now.")


def end_lost(connection: sa.Connection, lost: Claim, reason: str) -> bool:
    """Whether the run was still in this claim's hands, and has now failed."""
    return _change(
        connection, lost.run_id, (RunStatus.RUNNING,), runs.c.attempt == lost.attempt,
        status=RunStatus.FAILED, reason=reason, request=None, ended_at=now(connection),
    )  # fmt: skip


def request(connection: sa.Connection, run_id: int, wish: Request) -> None:
    """Grants the wish at once to a queued run, hands it on to the worker of a running one.

    A paused run that is to stop goes back to the queue with this wish, for a worker to measure what it
    learned; where it learned nothing, it stops at once.
    """
    status, reason = REQUESTED[wish]
    ended_at = None if status is RunStatus.PAUSED else now(connection)
    at_once = {"status": status, "reason": reason, "request": None, "ended_at": ended_at}
    if _change(connection, run_id, (RunStatus.QUEUED,), **at_once):
        return
    if _change(connection, run_id, (RunStatus.RUNNING,), request=wish):
        return
    run = find(connection, run_id)
    if wish is Request.STOP and run.status is RunStatus.PAUSED:
        has_learned = run.epoch > (run.parent.epoch if run.parent else 0)
        if has_learned:
            requeue(connection, run_id)
            _update(connection, run_id, request=wish)
        else:
            _update(connection, run_id, **at_once | {"reason": "Stopped while it was paused."})
        return
    also = ", running or paused" if wish is Request.STOP else " or running"
    raise RunStateError(f"Run {run_id} is {run.status}; only a queued{also} run can be asked to {wish}.")


def want_rate(connection: sa.Connection, run_id: int, rate: float) -> None:
    """Hands a learning rate on to the worker of a running run; raises RunStateError."""
    if not _change(connection, run_id, (RunStatus.RUNNING,), wanted_rate=rate):
        run = find(connection, run_id)
        raise RunStateError(
            f"Run {run_id} is {run.status}; the learning rate can be changed only while a run trains."
        )


def requeue(connection: sa.Connection, run_id: int) -> None:
    """Puts a paused, stopped or failed run back at the end of the queue; raises RunStateError."""
    run = find(connection, run_id)
    if not is_legible(connection, run_id):
        raise RunStateError(f"Run {run_id} can't be resumed. {run.reason}")
    # A baseline does not go on, it starts anew.
    anew: dict[str, Any] = {"started_at": None} if isinstance(run.config, BaselineConfig) else {}
    if not _change(
        connection, run_id, RESUMABLE,
        status=RunStatus.QUEUED, reason="", request=None, result=None, device=None, host=None, stage="",
        ended_at=None, queued_at=now(connection), **anew,
    ):  # fmt: skip
        raise RunStateError(
            f"Run {run_id} is {run.status}; only a paused, stopped or failed run can be resumed."
        )


def rename(connection: sa.Connection, run_id: int, name: str) -> None:
    """Gives the run a name; a blank one gives it back the name it began with."""
    run = find(connection, run_id)
    _update(connection, run_id, name=tidy_name(name) or default_name(run.config))


def delete(connection: sa.Connection, run_id: int) -> bool:
    """Whether the row and all that hangs on it is gone; False for a running run. Raises RunNotFoundError."""
    deleted = connection.execute(
        sa.delete(runs).where(runs.c.id == run_id, runs.c.status != RunStatus.RUNNING)
    )
    if deleted.rowcount:
        return True
    find(connection, run_id)
    return False


def set_position(connection: sa.Connection, run_id: int, epoch: int, step: int) -> None:
    """Says how far the run has come."""
    _update(connection, run_id, epoch=epoch, step=step)


def set_stage(connection: sa.Connection, run_id: int, stage: str, step: int, total_steps: int) -> None:
    """Says what the run is doing, and how far it is."""
    _update(connection, run_id, stage=stage, step=step, total_steps=total_steps)


def set_total_steps(connection: sa.Connection, run_id: int, total_steps: int) -> None:
    """Says how many steps the run will take; raises RunNotFoundError."""
    if not _update(connection, run_id, total_steps=total_steps):
        raise RunNotFoundError(run_id)


def _update(connection: sa.Connection, run_id: int, **values: Any) -> bool:
    return _change(connection, run_id, tuple(RunStatus), **values)


def _change(
    connection: sa.Connection,
    run_id: int,
    statuses: Collection[RunStatus],
    *conditions: sa.ColumnElement[bool],
    **values: Any,
) -> bool:
    """Whether the run was in one of the statuses and is now changed: one guarded UPDATE, so atomic."""
    guarded = sa.update(runs).where(runs.c.id == run_id, runs.c.status.in_(list(statuses)), *conditions)
    return bool(connection.execute(guarded.values(values)).rowcount)
