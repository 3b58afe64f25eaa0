import json
import subprocess
from pathlib import Path

import pytest

from explorer.data.fetch import Progress
from explorer.errors import DatasetError
from explorer.jobs import fetcher, fetching
from explorer.jobs.fetcher import fetch_and_report
from explorer.jobs.fetching import FetchStatus, fetch_status, forget_fetch, start_fetch
from explorer.jobs.locks import hold
from explorer.settings import Settings


def test_what_was_never_fetched_has_no_status(settings: Settings):
    assert fetch_status(settings, "kmnist") is None


def test_progress_is_written_while_files_come_in(settings: Settings, monkeypatch: pytest.MonkeyPatch):
    seen = []

    def fetch(name: str, folder: Path, progress: object) -> None:
        for done in (0, 50, 100):
            progress(Progress("train-images.gz", done, 200, 1, 4))  # type: ignore[operator]
            seen.append(fetch_status(settings, "kmnist"))

    monkeypatch.setattr(fetcher, "fetch", fetch)
    assert fetch_and_report(settings, "kmnist") == 0
    assert [status.share for status in seen] == [0.0, 0.25, 0.5]
    assert {status.state for status in seen} == {"running"}
    assert fetch_status(settings, "kmnist") == FetchStatus("done")


def test_a_fetch_without_a_network_says_what_to_do(settings: Settings, monkeypatch: pytest.MonkeyPatch):
    def fetch(name: str, folder: Path, progress: object) -> None:
        raise DatasetError("No network. Put the four files into KMNIST/raw.")

    monkeypatch.setattr(fetcher, "fetch", fetch)
    assert fetch_and_report(settings, "kmnist") == 1
    status = fetch_status(settings, "kmnist")
    assert status is not None
    assert (status.state, status.problem) == ("failed", "No network. Put the four files into KMNIST/raw.")
    forget_fetch(settings, "kmnist")
    assert fetch_status(settings, "kmnist") is None


def test_a_fetch_whose_process_is_gone_has_failed(settings: Settings, monkeypatch: pytest.MonkeyPatch):
    path = settings.home / "fetches" / "kmnist.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps({"state": "running", "file": "a", "done_bytes": 1, "total_bytes": 2}))
    lock = hold(settings.locks / "fetch-kmnist.lock")
    assert lock is not None
    monkeypatch.setattr(fetching, "START_SECONDS", -1.0)
    with lock:
        assert getattr(fetch_status(settings, "kmnist"), "state", None) == "running"
    assert getattr(fetch_status(settings, "kmnist"), "state", None) == "failed"


def test_two_clicks_start_one_fetch(settings: Settings, monkeypatch: pytest.MonkeyPatch):
    started = []
    monkeypatch.setattr(subprocess, "Popen", lambda command, **_: started.append(command))
    lock = hold(settings.locks / "fetch-kmnist.lock")
    assert lock is not None
    with lock:
        start_fetch(settings, "kmnist")
    assert started == []
    start_fetch(settings, "kmnist")
    assert [command[-2:] for command in started] == [["explorer.jobs.fetcher", "kmnist"]]
