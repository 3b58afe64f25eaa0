"""Folders and database come from the environment, with sane defaults."""

from pathlib import Path

from explorer.settings import read_settings


def test_without_variables_everything_lies_in_one_folder_here():
    settings = read_settings({})
    assert settings.home == Path.cwd() / ".explorer"
    assert settings.data == settings.home / "data"
    assert settings.database_url == f"sqlite:///{settings.home / 'explorer.db'}"
    assert settings.devices is None


def test_each_variable_is_taken():
    settings = read_settings(
        {
            "EXPLORER_HOME": "/a",
            "EXPLORER_DATA": "/b",
            "EXPLORER_DATABASE_URL": "postgresql://c",
            "EXPLORER_DEVICES": "cuda:0, cpu",
        }
    )
    assert (settings.home, settings.data) == (Path("/a"), Path("/b"))
    assert settings.database_url == "postgresql://c"
    assert settings.devices == ("cuda:0", "cpu")


def test_locks_logs_and_runs_lie_in_the_home():
    settings = read_settings({"EXPLORER_HOME": "/a"})
    assert {settings.locks, settings.logs, settings.runs} == {
        Path("/a/locks"),
        Path("/a/logs"),
        Path("/a/runs"),
    }
