"""Bringing a database up to the tables of this version, whoever created it and however many start at once."""

import time
from collections.abc import Sequence
from pathlib import Path

import sqlalchemy as sa

from explorer.errors import StoreError
from explorer.storage.engine import BUSY_SECONDS, Database, run_pragma

HEAD = "0005"
MIGRATIONS = Path(__file__).parent / "migrations"
LOCK_NUMBER = 0x4D4E495354  # any constant: "MNIST"


def bring_up_to_date(database: Database, head: str = HEAD, folders: Sequence[Path] = (MIGRATIONS,)) -> None:
    """Creates or upgrades the tables in one transaction; an up-to-date database is only looked at.

    Raises:
        StoreError: the database was written by a newer version, or can't be read or written.
    """
    if _version(database) == head:
        return
    if database.is_sqlite:
        _switch_to_wal(database)
    with database.connection() as connection:
        if database.is_sqlite:
            # With foreign keys on, rebuilding `runs` (SQLite's way to alter it) would delete every curve.
            run_pragma(connection, "foreign_keys = OFF")
        try:
            _upgrade(connection, head, folders)
        finally:
            connection.invalidate()  # its foreign keys are off: never lend it again


def _version(database: Database) -> str | None:
    with database.reading() as connection:
        return _read_version(connection)


def _read_version(connection: sa.Connection) -> str | None:
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    version: str | None = connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()
    return version


def _upgrade(connection: sa.Connection, head: str, folders: Sequence[Path]) -> None:
    connection.execution_options(begins="BEGIN EXCLUSIVE")
    with connection.begin():
        if connection.dialect.name == "postgresql":
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(LOCK_NUMBER)))
        version = _read_version(connection)
        if version == head:
            return  # another process was quicker
        if version is not None and version > head:
            raise StoreError(
                f"The run store was written by a newer version of this program (tables {version}, this "
                f"program knows {head}). Update the program; the runs are untouched."
            )
        _run_steps(connection, version, folders)


def _run_steps(connection: sa.Connection, version: str | None, folders: Sequence[Path]) -> None:
    # Alembic is slow to import, and needed only here.
    from alembic.operations import Operations  # noqa: PLC0415
    from alembic.runtime.migration import MigrationContext  # noqa: PLC0415
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    scripts = ScriptDirectory(str(MIGRATIONS), version_locations=[str(folder) for folder in folders])
    context = MigrationContext.configure(connection)
    with Operations.context(context):
        for script in reversed(list(scripts.iterate_revisions("heads", version or "base"))):
            script.module.upgrade()
            context.stamp(scripts, script.revision)


def _switch_to_wal(database: Database) -> None:
    """Lets pages read while a worker writes; the file remembers it."""
    until = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            with database.connection() as connection:
                run_pragma(connection, "journal_mode = WAL")
                return
        except StoreError:
            if time.monotonic() > until:
                raise
            time.sleep(0.02)  # SQLite itself does not wait here when two processes create one file
