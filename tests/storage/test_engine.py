"""Transactions see and leave whole states."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from explorer.errors import RunNotFoundError, StoreError
from explorer.settings import Settings, read_settings
from explorer.storage.engine import Database
from explorer.storage.migration import bring_up_to_date
from explorer.storage.schema import settings as table
from explorer.storage.store import open_store


@pytest.fixture
def database(store_settings: Settings) -> Database:
    database = Database(store_settings)
    bring_up_to_date(database)
    return database


def test_a_failed_transaction_leaves_nothing(database: Database) -> None:
    def write_and_fail() -> None:
        with database.writing() as connection:
            connection.execute(sa.insert(table).values(key="a", value="1"))
            raise RunNotFoundError(1)

    with pytest.raises(RunNotFoundError):
        write_and_fail()
    with database.reading() as connection:
        assert connection.scalars(sa.select(table.c.key)).all() == []
    database.close()


def test_a_reader_sees_nothing_half_done(database: Database) -> None:
    with database.writing() as writer:
        writer.execute(sa.insert(table).values(key="a", value="1"))
        with database.reading() as reader:
            assert reader.scalars(sa.select(table.c.key)).all() == []
    with database.reading() as reader:
        assert reader.scalars(sa.select(table.c.key)).all() == ["a"]
    database.close()


def test_of_two_writers_one_waits_before_it_reads(settings: Settings) -> None:
    # A writer that had read before it waited would have to fail: what it read is out of date.
    first = Database(settings)
    bring_up_to_date(first)
    second = Database(replace(settings, database_url=f"{settings.database_url}?timeout=0.01"))
    with (
        first.writing(),
        pytest.raises(StoreError, match="locked for too long"),
        second.writing() as connection,
    ):
        connection.execute(sa.select(table.c.key))
    with second.writing() as connection:
        assert connection.scalars(sa.select(table.c.key)).all() == []
    first.close()
    second.close()


def test_a_connection_keeps_foreign_keys_and_waits_ten_seconds(settings: Settings) -> None:
    database = Database(settings)
    bring_up_to_date(database)
    pragmas = {"foreign_keys": 1, "synchronous": 1, "busy_timeout": 10_000, "journal_mode": "wal"}
    with database.reading() as connection:
        found = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in pragmas}
    assert found == pragmas
    database.close()


@pytest.mark.parametrize("name", ["a ?timeout=x", "b#c", "d%3Fe", "f g", "h\u00fc@:"])
def test_any_name_of_the_home_holds_its_store(tmp_path: Path, name: str):
    home = tmp_path / name
    settings = read_settings({"EXPLORER_HOME": str(home)})
    open_store(settings).close()
    assert (home / "explorer.db").exists()
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_store_knows_when_its_file_was_deleted_or_replaced(tmp_path: Path):
    settings = read_settings({"EXPLORER_HOME": str(tmp_path / "home")})
    store = open_store(settings)
    assert not store.is_detached
    shutil.rmtree(settings.home)
    assert store.is_detached
    replaced = open_store(settings)
    assert store.is_detached
    assert not replaced.is_detached
