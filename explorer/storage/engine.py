"""A connection to the run store: pragmas, transactions, and every failure told in words."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import sqlalchemy as sa
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

from explorer.errors import StoreError
from explorer.settings import Settings
from explorer.storage.failures import in_words

BUSY_SECONDS = 10.0
FAILURES = (sa.exc.SQLAlchemyError, sqlite3.Error, OSError)


class Database:
    """Transactions on one database; safe to share between threads. Failures leave as StoreError."""

    def __init__(self, settings: Settings) -> None:
        if settings.database_url == f"sqlite:///{settings.own_database}":
            # Read as a URL, a ? in the name of the home would begin options.
            self.url = sa.URL.create("sqlite", database=str(settings.own_database))
        else:
            self.url = read_url(settings.database_url)
        self.checkpoints = settings.runs
        with self._failures_in_words():
            settings.home.mkdir(parents=True, exist_ok=True)
            if self._path is not None:
                self._path.parent.mkdir(parents=True, exist_ok=True)
            self._file: tuple[int, int] | None = None
            self._was_detached = False
            self.engine = _sqlite_engine(self.url) if self.is_sqlite else _server_engine(self.url)

    @property
    def is_sqlite(self) -> bool:
        """Whether the store is a file of this machine."""
        return self.url.get_backend_name() == "sqlite"

    @property
    def is_detached(self) -> bool:
        """Whether the file that was opened is no longer the one at its path: deleted, or replaced.

        Once seen, it stays so: a new file may be given the number of the deleted one.
        """
        self._was_detached = self._was_detached or self._file_there() != self._file
        return self._was_detached

    def note_file(self) -> None:
        """Take the file at the path for the one that is open; the first connection made it."""
        self._file, self._was_detached = self._file_there(), False

    @property
    def _path(self) -> Path | None:
        """The file of a SQLite store; None for a server."""
        if not self.is_sqlite or not self.url.database:
            return None
        if "uri" not in self.url.query:
            return Path(self.url.database)
        return Path(unquote(self.url.database.removeprefix("file:")))

    def _file_there(self) -> tuple[int, int] | None:
        if self._path is None:
            return None
        try:
            facts = self._path.stat()
        except OSError:
            return None
        return facts.st_dev, facts.st_ino

    @contextmanager
    def connection(self) -> Iterator[sa.Connection]:
        """A bare connection without a transaction of its own; raises StoreError."""
        with self._failures_in_words(), self.engine.connect() as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """One consistent look at the store; raises StoreError."""
        with self.connection() as connection, connection.begin():
            yield connection

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """One transaction: all of it is saved, or nothing; raises StoreError."""
        with self.connection() as connection:
            # A SQLite reader that turns writer can fail at once, whatever its timeout; so say it at once.
            connection.execution_options(begins="BEGIN IMMEDIATE")
            with connection.begin():
                yield connection

    def close(self) -> None:
        """Lets all idle connections go."""
        self.engine.dispose()

    @contextmanager
    def _failures_in_words(self) -> Iterator[None]:
        try:
            yield
        except FAILURES as error:
            raise in_words(error, self.url, self.checkpoints) from error


def read_url(text: str) -> sa.URL:
    """The URL of a database; raises StoreError where the text is none."""
    try:
        return sa.make_url(text)
    except (sa.exc.ArgumentError, ValueError):
        raise StoreError(
            "EXPLORER_DATABASE_URL must be a database URL such as sqlite:////home/me/explorer.db or "
            "postgresql+psycopg://user:password@host/explorer. Leave it empty for SQLite in EXPLORER_HOME."
        ) from None


def run_pragma(connection: sa.Connection, pragma: str) -> None:
    """Runs a pragma of SQLite that does nothing inside a transaction."""
    driver = connection.connection.dbapi_connection
    if driver is not None:
        driver.cursor().execute(f"PRAGMA {pragma}")


def now(connection: sa.Connection) -> datetime:
    """The time by the store's clock, which all machines that share it agree on."""
    if connection.dialect.name == "sqlite":
        return datetime.now(UTC)
    moment: datetime = connection.execute(sa.select(sa.func.now())).scalar_one()
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _sqlite_engine(url: sa.URL) -> sa.Engine:
    patience: dict[str, Any] = {} if "timeout" in url.query else {"timeout": BUSY_SECONDS}
    engine = sa.create_engine(url, connect_args=patience)

    @sa.event.listens_for(engine, "connect")
    def _prepare(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
        # Python's driver would otherwise begin transactions by itself, and not around DDL.
        connection.isolation_level = None
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA synchronous = NORMAL")  # with WAL, a power cut loses no consistency

    @sa.event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql(connection.get_execution_options().get("begins", "BEGIN"))

    return engine


def _server_engine(url: sa.URL) -> sa.Engine:
    try:
        return sa.create_engine(url, pool_pre_ping=True)
    except ImportError as error:
        raise sa.exc.NoSuchModuleError(str(error)) from error
