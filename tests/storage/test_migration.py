"""Stores are created and upgraded without losing a run."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from explorer.errors import StoreError
from explorer.records import RunStatus
from explorer.settings import Settings
from explorer.storage.engine import Database
from explorer.storage.migration import HEAD, MIGRATIONS, bring_up_to_date
from explorer.storage.schema import metadata
from explorer.storage.store import open_store
from tests.storage.samples import RESULT, baseline, bin_of, config, epoch_of

# SQLite alters a table by building it anew and dropping the old one.
NEXT = """
import sqlalchemy as sa
from alembic import op

revision = "9000"
down_revision = "{head}"


def upgrade():
    rebuild = "always" if op.get_bind().dialect.name == "sqlite" else "never"
    with op.batch_alter_table("runs", recreate=rebuild) as table:
        table.add_column(sa.Column("colour", sa.Text, nullable=False, server_default="blue"))
    {more}
"""

LATER_COLUMNS = (
    "stage", "parent_run_id", "parent_epoch", "schedule_from", "optimizer_steps", "changes", "wanted_rate",
)  # fmt: skip
FIRST_TABLES = {"runs", "epochs", "steps", "settings", "speeds", "alembic_version", "sqlite_sequence"}


def write_next_migration(folder: Path, more: str = "pass") -> tuple[Path, Path]:
    """The folders of a program whose next version has one more migration."""
    folder.mkdir()
    (folder / "m9000_add_a_colour.py").write_text(NEXT.format(head=HEAD, more=more))
    return MIGRATIONS, folder


def fill(settings: Settings) -> None:
    """A store of this version with two runs, one of them with curves and a result."""
    store = open_store(settings)
    run, _other = store.create_run(config()), store.create_run(config())
    store.claim(run.id, device="cpu", host="here")
    store.record(run.id, [bin_of(1, 10)], [epoch_of(1)])
    store.end(run.id, RunStatus.FINISHED, "", RESULT)
    store.close()


def as_first_version(settings: Settings) -> None:
    """Takes a store back to the tables of the first version, with all its rows in them."""
    database = Database(settings)
    with database.connection() as connection, connection.begin():
        for table in set(sa.inspect(connection).get_table_names()) - FIRST_TABLES:
            connection.execute(sa.text(f"DROP TABLE {table}"))
        for column in LATER_COLUMNS:
            connection.execute(sa.text(f"ALTER TABLE runs DROP COLUMN {column}"))
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '0001'"))
    database.close()


def start_new_process(home: Path, program: str) -> str:
    """What a program prints that has ``settings`` of this home."""
    start = "import sys\nfrom explorer.settings import read_settings\n"
    start += "settings = read_settings({'EXPLORER_HOME': sys.argv[1]})\n"
    command = [sys.executable, "-c", start + program, str(home)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_the_head_of_the_program_is_the_head_of_its_migrations() -> None:
    scripts = ScriptDirectory(str(MIGRATIONS), version_locations=[str(MIGRATIONS)])
    assert scripts.get_heads() == [HEAD]


def test_migrations_build_the_tables_that_the_program_uses(store_settings: Settings) -> None:
    database = Database(store_settings)
    bring_up_to_date(database)
    with database.reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_server_default": True})
        assert compare_metadata(context, metadata) == []
    database.close()


def test_an_up_to_date_store_opens_without_alembic(settings: Settings) -> None:
    open_store(settings).close()
    program = """
from explorer.storage.store import open_store
open_store(settings)
print(sorted(name for name in ("alembic", "torch", "streamlit") if name in sys.modules))
"""
    assert start_new_process(settings.home, program) == "[]"


def test_several_processes_may_open_a_new_home_at_once(settings: Settings) -> None:
    program = """
from explorer.config.run import RunConfig
from explorer.storage.store import open_store
print(open_store(settings).create_run(RunConfig()).id)
"""
    with ThreadPoolExecutor(3) as pool:
        printed = list(pool.map(lambda _number: start_new_process(settings.home, program), range(3)))
    assert sorted(printed) == ["1", "2", "3"]


def test_many_may_open_a_new_store_at_once(store_settings: Settings) -> None:
    with ThreadPoolExecutor(6) as pool:
        stores = list(pool.map(open_store, [store_settings] * 6))
    assert [store.runs() for store in stores] == [()] * 6
    for store in stores:
        store.close()


def test_an_upgrade_keeps_every_run_and_curve(store_settings: Settings, tmp_path: Path) -> None:
    fill(store_settings)
    store = open_store(store_settings)
    before = (store.runs(), store.epochs(1), store.steps(1), store.predictions(1, 1))
    database = Database(store_settings)
    bring_up_to_date(database, "9000", write_next_migration(tmp_path / "next"))
    after = (store.runs(), store.epochs(1), store.steps(1), store.predictions(1, 1))
    assert repr(after) == repr(before)  # repr, since NaN is unequal to itself
    with database.reading() as connection:
        assert set(connection.scalars(sa.text("SELECT colour FROM runs"))) == {"blue"}
    database.close()
    store.close()


def test_a_store_of_the_first_version_keeps_its_runs_and_takes_baselines(store_settings: Settings) -> None:
    fill(store_settings)
    store = open_store(store_settings)
    before = (store.runs(), store.epochs(1), store.steps(1), store.predictions(1, 1))
    store.close()
    as_first_version(store_settings)
    store = open_store(store_settings)
    assert repr((store.runs(), store.epochs(1), store.steps(1), store.predictions(1, 1))) == repr(before)
    fitted = store.create_run(baseline())
    assert store.claim(fitted.id, device="cpu", host="here")
    store.record_stage(fitted.id, "predicting", 3, 4)
    assert store.run(fitted.id).stage == "predicting"
    assert [run.stage for run in store.runs()] == ["predicting", "", ""]
    store.close()


def test_a_failed_upgrade_changes_nothing(store_settings: Settings, tmp_path: Path) -> None:
    fill(store_settings)
    folders = write_next_migration(tmp_path / "next", more='op.drop_table("no_such_table")')
    database = Database(store_settings)
    with pytest.raises(StoreError, match="no_such_table"):
        bring_up_to_date(database, "9000", folders)
    database.close()
    store = open_store(store_settings)
    assert len(store.runs()) == 2
    assert store.steps(1) == (bin_of(1, 10),)
    with Database(store_settings).reading() as connection:
        assert "colour" not in {column["name"] for column in sa.inspect(connection).get_columns("runs")}
    store.close()


def test_a_store_of_a_newer_version_is_refused_and_left_alone(
    store_settings: Settings, tmp_path: Path
) -> None:
    fill(store_settings)
    database = Database(store_settings)
    folders = write_next_migration(tmp_path / "next")
    bring_up_to_date(database, "9000", folders)
    with pytest.raises(StoreError, match=r"newer version.*Update the program"):
        open_store(store_settings)
    bring_up_to_date(database, "9000", folders)
    with database.reading() as connection:
        assert connection.scalar(sa.text("SELECT count(*) FROM runs")) == 2
    database.close()
