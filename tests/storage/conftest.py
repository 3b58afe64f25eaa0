"""A fresh store on every backend."""

import os
import subprocess
import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from explorer.settings import Settings
from explorer.storage.store import Store, open_store


@pytest.fixture(params=["sqlite", "postgresql"])
def store_settings(request: pytest.FixtureRequest, settings: Settings) -> Iterator[Settings]:
    """Settings of an empty store: a new SQLite file, or a new schema of the PostgreSQL server."""
    if request.param == "sqlite":
        yield settings
        return
    url = os.environ.get("EXPLORER_TEST_POSTGRES_URL")
    if not url:
        pytest.skip("EXPLORER_TEST_POSTGRES_URL names no PostgreSQL server")
    schema = f"test_{uuid.uuid4().hex}"
    server = sa.create_engine(url)
    with server.begin() as connection:
        connection.execute(sa.schema.CreateSchema(schema))
    own = sa.make_url(url).update_query_dict({"options": f"-csearch_path={schema}"})
    yield replace(settings, database_url=own.render_as_string(hide_password=False))
    with server.begin() as connection:
        connection.execute(sa.schema.DropSchema(schema, cascade=True))
    server.dispose()


@pytest.fixture
def store(store_settings: Settings) -> Iterator[Store]:
    """An empty store."""
    opened = open_store(store_settings)
    yield opened
    opened.close()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 512 KiB; only root may mount one."""
    disk = tmp_path / "disk"
    disk.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", str(disk)]
    if os.name != "posix" or os.geteuid() != 0 or subprocess.run(command, check=False).returncode:
        pytest.skip("only root can mount a disk small enough to fill")
    yield disk
    subprocess.run(["umount", "--lazy", str(disk)], check=True)
