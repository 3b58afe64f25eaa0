from datetime import UTC, datetime

import pytest

from explorer.jobs.locks import hold
from explorer.jobs.status import WorkerStatus, worker_lock, write_status
from explorer.records import RunStatus
from explorer.settings import Settings
from explorer.storage.store import Store
from explorer.ui.places import tail, without_password
from explorer.ui.workers_page import KEEP_CONTROL, KEEP_RUNNING

from .conftest import Opener, add_run, texts

SINCE = datetime(2026, 1, 1, tzinfo=UTC)


def test_before_the_first_worker_the_page_says_it_is_coming(store: Store, open_page: Opener):
    tab = open_page("workers")
    assert "PyTorch takes some seconds" in texts(tab.info)
    assert "Nothing waits" in texts(tab.caption)


def test_a_busy_worker_shows_its_run_and_what_waits_in_order(store: Store, home: Settings, open_page: Opener):
    busy = add_run(store, RunStatus.RUNNING, name="alpha")
    first = add_run(store, RunStatus.QUEUED, name="beta")
    second = add_run(store, RunStatus.QUEUED, name="gamma")
    write_status(home, WorkerStatus("cpu", 4321, "busy", SINCE, threads=2, run_ids=(busy.id,)))
    with hold(worker_lock(home, "cpu")):
        tab = open_page("workers")
        assert "process 4321 · up to 2 threads" in texts(tab.caption)
        lines = [line.value for line in tab.markdown if line.value[:2] in ("1.", "2.")]
        assert "beta" in lines[0]
        assert "gamma" in lines[1]
        tab.button(key=f"queue:{first.id}").click().run()
    assert store.run(first.id).status is RunStatus.STOPPED
    assert store.run(second.id).status is RunStatus.QUEUED


def test_a_worker_with_a_stack_in_hand_says_how_many_runs_it_trains(
    store: Store, home: Settings, open_page: Opener
):
    stack = [add_run(store, RunStatus.RUNNING, name=f"rate {number}") for number in range(16)]
    write_status(home, WorkerStatus("cpu", 4321, "busy", SINCE, run_ids=tuple(run.id for run in stack)))
    with hold(worker_lock(home, "cpu")):
        tab = open_page("workers")
        (bar,) = tab.get("progress")
        assert f"Run {stack[0].id} and 15 others · rate 0" in bar.proto.text


def test_a_worker_whose_process_is_gone_says_why(store: Store, home: Settings, open_page: Opener):
    write_status(home, WorkerStatus("cpu", 4321, "dead", SINCE, problem="it was ended by SIGKILL"))
    tab = open_page("workers")
    assert "it was ended by SIGKILL" in texts(tab.markdown)


def test_the_setting_for_closing_is_kept_in_the_store(store: Store, open_page: Opener):
    tab = open_page("workers")
    assert tab.toggle(key=KEEP_CONTROL).value is False
    tab.toggle(key=KEEP_CONTROL).set_value(True).run()
    assert store.setting(KEEP_RUNNING) is True
    assert open_page("workers").toggle(key=KEEP_CONTROL).value is True


def test_folders_and_logs_are_named(store: Store, home: Settings, open_page: Opener):
    home.logs.mkdir(parents=True, exist_ok=True)
    (home.logs / "worker-cpu.log").write_text("run 7 starts on cpu\n")
    tab = open_page("workers")
    assert "EXPLORER\\_HOME" in texts(tab.markdown) or "EXPLORER_HOME" in texts(tab.markdown)
    assert "run 7 starts on cpu" in [code.value.strip() for code in tab.code]


def test_a_tail_is_the_last_lines(tmp_path):
    path = tmp_path / "x.log"
    path.write_text("".join(f"line {number}\n" for number in range(10_000)))
    lines = tail(path).splitlines()
    assert len(lines) == 40
    assert lines[-1] == "line 9999"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("sqlite:////home/me/explorer.db", "sqlite:////home/me/explorer.db"),
        ("postgresql://me:secret@host:5432/runs", "postgresql://host:5432/runs"),
    ],
)
def test_passwords_are_not_shown(url: str, shown: str):
    assert without_password(url) == shown
