"""Runs that belong together: created in one transaction, listed by group, their curves read as one."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from explorer.config.kinds import AnyConfig
from explorer.errors import RunNotFoundError, RunStateError
from explorer.records import EpochMetrics, Request, RunStatus
from explorer.storage import runs as life
from explorer.storage.schema import epochs, runs

MOST_TERMS = 200  # SQLite refuses conditions nested deeper than 1,000

_figures = tuple(
    epochs.c[name] for name in EpochMetrics.__dataclass_fields__ if name not in ("layers", "predictions")
)


@dataclass(frozen=True, slots=True)
class Group:
    """A group by its name: how many runs it has, how many of them wait or run, and when it began."""

    name: str
    runs: int
    active: int
    created_at: datetime


def insert(
    connection: sa.Connection, configs: Sequence[AnyConfig], group: str, is_taken: Callable[[int], bool]
) -> tuple[int, ...]:
    """The numbers of new queued runs of one group, in the order of their configs."""
    return tuple(life.insert(connection, config, None, group, is_taken) for config in configs)


def select(connection: sa.Connection, prefixes: Sequence[str], limit: int) -> tuple[Group, ...]:
    """The groups whose name begins with one of the prefixes, the newest first."""
    active = runs.c.status.in_([status for status in RunStatus if status.is_active])
    begins = [runs.c.group.startswith(prefix, autoescape=True) for prefix in prefixes]
    rows = connection.execute(
        sa.select(
            runs.c.group, sa.func.count(), sa.func.count().filter(active), sa.func.min(runs.c.created_at)
        )
        .where(sa.or_(*begins) if begins else runs.c.group.is_not(None))
        .group_by(runs.c.group)
        .order_by(sa.func.max(runs.c.id).desc())
        .limit(limit)
    )
    return tuple(Group(*row) for row in rows)


def select_epochs(connection: sa.Connection, after: Mapping[int, int]) -> dict[int, tuple[EpochMetrics, ...]]:
    """For each run its epochs after the given one, in order, without layers and predictions."""
    by_epoch: dict[int, list[int]] = defaultdict(list)
    for run_id, epoch in after.items():
        by_epoch[epoch].append(run_id)
    terms = [sa.and_(epochs.c.run_id.in_(ids), epochs.c.epoch > epoch) for epoch, ids in by_epoch.items()]
    found: dict[int, list[EpochMetrics]] = defaultdict(list)
    for start in range(0, len(terms), MOST_TERMS):
        rows = connection.execute(
            sa.select(epochs.c.run_id, *_figures)
            .where(sa.or_(*terms[start : start + MOST_TERMS]))
            .order_by(epochs.c.run_id, epochs.c.epoch)
        )
        for run_id, *figures in rows:
            found[run_id].append(_epoch((*figures, ())))
    return {run_id: tuple(entries) for run_id, entries in found.items()}


def request(connection: sa.Connection, run_ids: Sequence[int], wish: Request) -> int:
    """How many of these runs the wish was put to; those that ended or are gone are left alone."""
    asked = 0
    for run_id in run_ids:
        try:
            life.request(connection, run_id, wish)
        except (RunStateError, RunNotFoundError):
            continue
        asked += 1
    return asked


def _epoch(values: Sequence[Any]) -> EpochMetrics:
    return EpochMetrics(*values)
