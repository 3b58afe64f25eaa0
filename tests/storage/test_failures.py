"""Whatever goes wrong with a database is told in words, and what was saved stays."""

import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from explorer.errors import StoreError
from explorer.records import EpochMetrics, RunStatus
from explorer.settings import Settings, read_settings
from explorer.storage.store import Store, open_store
from tests.storage.samples import bin_of, config, epoch_of


@contextmanager
def refused(words: str) -> Iterator[None]:
    """Holds that the block ends in a StoreError with these words, and without the driver's own."""
    with pytest.raises(StoreError, match=words) as caught:
        yield
    assert "sqlalche.me" not in str(caught.value)
    assert "Traceback" not in str(caught.value)


def filled(settings: Settings) -> Store:
    store = open_store(settings)
    run = store.create_run(config())
    store.claim(run.id, device="cpu", host="here")
    store.record(run.id, [bin_of(1, 10)], [epoch_of(1)])
    return store


def database_file(settings: Settings) -> Path:
    return settings.home / "explorer.db"


def with_address(settings: Settings, query: str) -> Settings:
    return replace(settings, database_url=f"sqlite:///file:{database_file(settings)}?uri=true&{query}")


def test_a_file_that_is_no_database_is_named_with_the_remedy(settings: Settings) -> None:
    settings.home.mkdir()
    database_file(settings).write_bytes(b"to be or not to be " * 100)
    with refused(
        f"{database_file(settings)} is damaged.*Rename it away.*checkpoints stay in {settings.runs}"
    ):
        open_store(settings)
    assert database_file(settings).read_bytes().startswith(b"to be")


def test_after_renaming_a_damaged_store_away_the_program_starts(settings: Settings) -> None:
    settings.home.mkdir()
    database_file(settings).write_bytes(b"to be or not to be " * 100)
    database_file(settings).rename(settings.home / "explorer.db.damaged")
    assert open_store(settings).runs() == ()


def test_a_damaged_page_is_said_when_it_is_read(settings: Settings) -> None:
    store = filled(settings)
    store.close()
    content = bytearray(database_file(settings).read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)  # all pages but the first
    database_file(settings).write_bytes(content)
    with refused("is damaged"):
        open_store(settings).runs()


def test_an_empty_file_becomes_a_store(settings: Settings) -> None:
    settings.home.mkdir()
    database_file(settings).touch()
    assert open_store(settings).runs() == ()


def test_a_read_only_store_can_be_looked_at_and_says_so_when_written(settings: Settings) -> None:
    filled(settings).close()
    store = open_store(with_address(settings, "mode=ro"))
    assert len(store.runs()) == 1
    with refused("can't be written.*Make the file and its folder writable"):
        store.create_run(config())
    assert len(store.runs()) == 1
    store.close()


def test_a_store_named_by_a_uri_makes_no_folder_of_that_name(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert open_store(with_address(settings, "mode=rwc")).runs() == ()
    assert database_file(settings).exists()
    assert not (tmp_path / "file:").exists()


def test_a_home_that_can_not_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    home = tmp_path / "file" / "home"
    with refused(f"{home} can't be written.*EXPLORER_HOME"):
        open_store(read_settings({"EXPLORER_HOME": str(home)}))


def test_a_folder_in_the_place_of_the_store_is_refused(settings: Settings) -> None:
    database_file(settings).mkdir(parents=True)
    with refused("can't be written"):
        open_store(settings)


def test_a_store_locked_for_long_is_said_and_works_again_afterwards(settings: Settings) -> None:
    filled(settings).close()
    store = open_store(with_address(settings, "timeout=0.01"))
    with closing(sqlite3.connect(database_file(settings), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with refused("locked for too long"):
            store.record(1, [bin_of(11, 20)])
        assert len(store.steps(1)) == 1  # reading goes on
        other.execute("ROLLBACK")
    store.record(1, [bin_of(11, 20)])
    assert len(store.steps(1)) == 2
    store.close()


def test_a_full_disk_is_said_and_what_was_saved_is_kept(small_disk: Path) -> None:
    settings = read_settings({"EXPLORER_HOME": str(small_disk)})
    store = filled(settings)
    with refused("disk is full.*Free some space"):
        for number in range(2, 200):
            store.record(1, [bin_of(number * 10, number * 10)], [_large_epoch(number)])
    saved = store.epochs(1)
    assert [entry.epoch for entry in saved] == list(range(1, len(saved) + 1))
    assert len(saved) > 1
    assert len(store.steps(1)) == len(saved)
    store.close()
    again = open_store(settings)
    assert len(again.epochs(1)) == len(saved)
    again.close()


def test_a_disk_that_became_read_only_is_said(small_disk: Path) -> None:
    settings = read_settings({"EXPLORER_HOME": str(small_disk)})
    filled(settings).close()
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    with refused(f"{small_disk}.* can't be written"):
        open_store(settings).create_run(config())
    subprocess.run(["mount", "-o", "remount,rw", str(small_disk)], check=True)
    store = open_store(settings)
    assert len(store.runs()) == 1
    store.close()


def test_a_disk_too_full_for_a_new_store_is_said(small_disk: Path) -> None:
    (small_disk / "ballast").write_bytes(b"\0" * 500 * 1024)
    with refused("(disk is full|disk failed)"):
        open_store(read_settings({"EXPLORER_HOME": str(small_disk)}))


def test_what_was_recorded_survives_the_kill_of_its_process(settings: Settings) -> None:
    program = """
import os, signal, sys
from explorer.settings import read_settings
from tests.storage.test_failures import filled
filled(read_settings({"EXPLORER_HOME": sys.argv[1]}))
os.kill(os.getpid(), signal.SIGKILL)
"""
    killed = subprocess.run([sys.executable, "-c", program, str(settings.home)], check=False, timeout=60)
    assert killed.returncode == -signal.SIGKILL
    store = open_store(settings)
    assert store.steps(1) == (bin_of(1, 10),)
    assert store.run(1).epoch == 1
    store.close()


def test_a_full_database_takes_more_once_there_is_space(settings: Settings) -> None:
    store = filled(settings)
    with store._database.engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + 2}")
    with refused("disk is full"):
        store.record(1, [], [_large_epoch(2, size=100_000)])
    assert [entry.epoch for entry in store.epochs(1)] == [1]
    store.close()
    store.record(1, [], [_large_epoch(2, size=100_000)])
    assert len(store.predictions(1, 2)) == 100_000
    store.end(1, RunStatus.FINISHED)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("no url", "EXPLORER_DATABASE_URL must be a database URL"),
        ("postgresql+nodriver://u@localhost/x", "driver that is not installed"),
        ("nosuchdatabase://u@localhost/x", "driver that is not installed"),
    ],
)
def test_an_address_that_leads_nowhere_is_refused(settings: Settings, url: str, words: str) -> None:
    with refused(words):
        open_store(replace(settings, database_url=url))


def test_an_unreachable_server_is_named_without_its_password(settings: Settings) -> None:
    pytest.importorskip("psycopg", reason="the driver of PostgreSQL is not installed")
    url = "postgresql+psycopg://me:secret@127.0.0.1:1/explorer"
    with refused(r"me:\*\*\*@127.0.0.1:1/explorer can't be reached"):
        open_store(replace(settings, database_url=url))


def _large_epoch(number: int, size: int = 10_000) -> EpochMetrics:
    return epoch_of(number, predictions=bytes(size))
