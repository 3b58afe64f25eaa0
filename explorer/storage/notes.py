"""Rows of the settings and speeds tables: what the user chose, and how fast this machine was."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from explorer.storage.engine import now
from explorer.storage.schema import settings, speeds


@dataclass(frozen=True, slots=True)
class MeasuredSpeed:
    """How long one epoch over ``images`` training images took, when it was last measured."""

    seconds_per_epoch: float
    images: int
    measured_at: datetime


def read_setting(connection: sa.Connection, key: str, default: Any) -> Any:
    """The JSON value under this key, or the default."""
    text = connection.scalar(sa.select(settings.c.value).where(settings.c.key == key))
    return default if text is None else json.loads(text)


def write_setting(connection: sa.Connection, key: str, value: Any) -> None:
    """Keeps a JSON value under this key."""
    _put(connection, settings, key, value=json.dumps(value))


def read_speed(connection: sa.Connection, key: str) -> MeasuredSpeed | None:
    """The newest measurement under this key."""
    row = connection.execute(
        sa.select(speeds.c.seconds_per_epoch, speeds.c.images, speeds.c.measured_at).where(
            speeds.c.key == key
        )
    ).one_or_none()
    return None if row is None else MeasuredSpeed(*row)


def read_speeds(connection: sa.Connection, keys: Sequence[str]) -> dict[str, MeasuredSpeed]:
    """The newest measurements under those of the keys that have one."""
    rows = connection.execute(
        sa.select(speeds.c.key, speeds.c.seconds_per_epoch, speeds.c.images, speeds.c.measured_at).where(
            speeds.c.key.in_(keys)
        )
    )
    return {key: MeasuredSpeed(*values) for key, *values in rows}


def write_speed(connection: sa.Connection, key: str, seconds_per_epoch: float, images: int) -> None:
    """Keeps a measurement in place of the one before."""
    _put(
        connection, speeds, key,
        seconds_per_epoch=seconds_per_epoch, images=images, measured_at=now(connection),
    )  # fmt: skip


def _put(connection: sa.Connection, table: sa.Table, key: str, **values: Any) -> None:
    change = sa.update(table).where(table.c.key == key).values(values)
    if connection.execute(change).rowcount:
        return
    try:
        with connection.begin_nested():
            connection.execute(sa.insert(table).values(key=key, **values))
    except sa.exc.IntegrityError:  # on a server, somebody else put it there in between
        connection.execute(change)
