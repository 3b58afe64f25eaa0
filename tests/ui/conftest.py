"""The dashboard in this process, on a home of its own, with no worker process behind it."""

import math
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from explorer.config.parsing import config_from_paths
from explorer.jobs import reconciliation
from explorer.jobs.locks import hold
from explorer.jobs.runner import runner_lock
from explorer.records import Analysis, Run, RunStatus
from explorer.settings import Settings, read_settings
from explorer.storage.store import Store, open_store
from explorer.ui import answers, cache, state
from explorer.ui.first_run import DONE

ROOT = Path(__file__).resolve().parents[2]
Opener = Callable[..., AppTest]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """A fresh home that the dashboard reads from the environment.

    The test holds the runner's lock, so that pages see a runner and start no process.
    """
    for name in ("EXPLORER_DATA", "EXPLORER_DATABASE_URL", "EXPLORER_DEVICES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("EXPLORER_HOME", str(tmp_path / "home"))
    settings = read_settings()
    lock = hold(runner_lock(settings))
    assert lock is not None
    with lock:
        yield settings
    cache.forget_all()


@pytest.fixture
def store(home: Settings) -> Iterator[Store]:
    """The store of the home, where the first run was queued (and deleted) long ago."""
    opened = open_store(home)
    opened.set_setting(DONE, value=True)
    yield opened
    opened.close()


@pytest.fixture
def open_page(home: Settings) -> Opener:
    """Opens a page as a browser tab does, with the parameters of its address."""

    def opener(page: str = "train", **query: str) -> AppTest:
        tab = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
        if page != "train":
            # A tab that has drawn nothing yet knows no page but the first.
            tab.run()
            tab.switch_page(f"pages/{page}.py")
        for name, value in query.items():
            tab.query_params[name] = value
        return tab.run()

    return opener


@pytest.fixture(autouse=True)
def runs_may_be_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs that a test has in hand are not given up as lost, however long it takes to draw a page."""
    monkeypatch.setattr(reconciliation, "SILENT_SECONDS", math.inf)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """No inspector is there that could answer at once."""
    monkeypatch.setattr(answers, "AT_ONCE_SECONDS", 0.0)


def taken(store: Store) -> Analysis:
    """The question asked last, in the test's hands as if it were the inspector."""
    question = store.analyses.take()
    assert question is not None
    return question


def open_view(store: Store, open_page: Opener, run: Run, view: str) -> AppTest:
    """A view of a run's page; what the view before it asked is out of the way."""
    tab = open_page("run", run=str(run.id))
    while (question := store.analyses.take()) is not None:
        store.analyses.fail(question, "asked by the view before")
    tab.segmented_control(key=key_of(tab, "run_panel.view")).set_value(view).run()
    assert texts(tab.exception) == ""
    return tab


def add_run(
    store: Store, status: RunStatus, *, name: str | None = None, reason: str = "", **fields: object
) -> Run:
    """A run in the given state, with its dotted fields written with double underscores for dots."""
    config = config_from_paths({path.replace("__", "."): value for path, value in fields.items()})
    run = store.create_run(config, name=name)
    if status is not RunStatus.QUEUED:
        assert store.claim(run.id, device="cpu", host="here")
        store.set_total_steps(run.id, 210)
    if status not in (RunStatus.QUEUED, RunStatus.RUNNING):
        store.end(run.id, status, reason)
    return store.run(run.id)


def texts(elements: object) -> str:
    """What a list of elements says, as one text."""
    return "\n".join(str(element.value) for element in elements)  # type: ignore[attr-defined]


def labels(tab: AppTest) -> list[str]:
    """What the buttons of a page say."""
    return [button.label for button in tab.button]


def alts(tab: AppTest) -> list[str]:
    """What the figures of a page are said to show."""
    return [chart.proto.alt for chart in tab.get("plotly_chart")]


def key_of(tab: AppTest, widget: str) -> str:
    """The key of a widget now; it has another one each time that it was set from outside."""
    generation = f"{state.GENERATION}{widget}"
    return f"{widget}~{tab.session_state[generation]}" if generation in tab.session_state else widget


def address_of(tab: AppTest) -> dict[str, str]:
    """The parameters of a tab's address."""
    return {name: value[0] if isinstance(value, list) else value for name, value in tab.query_params.items()}
