"""Links to be passed on; that they open what they name is tested with the pages that they open."""

from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
from streamlit.testing.v1 import AppTest

from explorer.config.parsing import config_from_paths, parse_baseline_assignments
from explorer.config.run import RunConfig
from explorer.records import RunStatus
from explorer.storage.store import Store
from explorer.ui import copy_link
from explorer.ui.lesson import Lesson, lockable

from .conftest import Opener, add_run, texts

CONFIG = config_from_paths({"network.hidden": [300, 100], "optimizer.name": "sgd", "training.epochs": 7})


class Context:
    def __init__(self, url: str | None) -> None:
        self.url = url


def reached_as(monkeypatch: pytest.MonkeyPatch, url: str | None) -> None:
    monkeypatch.setattr(copy_link.st, "context", Context(url))


@pytest.mark.parametrize(
    ("here", "link"),
    [
        ("http://localhost:8501/", "http://localhost:8501/run?run=7"),
        ("http://localhost:8501", "http://localhost:8501/run?run=7"),
        ("http://localhost:8501/sweep", "http://localhost:8501/run?run=7"),
        ("https://school.example/mnist/train", "https://school.example/mnist/run?run=7"),
        ("https://school.example/mnist/", "https://school.example/mnist/run?run=7"),
    ],
)
def test_a_link_is_absolute_wherever_it_is_made(monkeypatch: pytest.MonkeyPatch, here: str, link: str):
    reached_as(monkeypatch, here)
    assert copy_link.link("run", {"run": "7"}) == link


def test_the_defaults_are_the_bare_address(monkeypatch: pytest.MonkeyPatch):
    reached_as(monkeypatch, "http://localhost:8501/run")
    assert copy_link.link_of_config(RunConfig()) == "http://localhost:8501/"


def test_a_link_of_settings_names_only_what_is_no_default(monkeypatch: pytest.MonkeyPatch):
    reached_as(monkeypatch, "http://localhost:8501/")
    made = urlsplit(copy_link.link_of_config(CONFIG))
    assert dict(parse_qsl(made.query)) == {
        "network.hidden": "[300,100]",
        "optimizer.name": "sgd",
        "training.epochs": "7",
    }
    assert "[" not in made.query  # chats end a link there


def test_a_link_of_a_lesson_opens_that_lesson(
    monkeypatch: pytest.MonkeyPatch, store: Store, open_page: Opener
):
    reached_as(monkeypatch, "http://localhost:8501/")
    made = copy_link.link_of_config(CONFIG, Lesson(("training",), ("network", "preview")))
    monkeypatch.undo()
    query = {name: values[0] for name, values in parse_qs(urlsplit(made).query).items()}
    assert query["lock"] == "training"
    assert query["hide"] == "network,preview"


def test_a_link_of_a_baseline_opens_the_classical_page(monkeypatch: pytest.MonkeyPatch):
    reached_as(monkeypatch, "http://localhost:8501/runs")
    made = copy_link.link_of_config(parse_baseline_assignments(["baseline.model=knn", "baseline.k=9"]))
    assert urlsplit(made).path == "/classical"
    assert dict(parse_qsl(urlsplit(made).query))["baseline.k"] == "9"


def test_whatever_can_be_locked_has_a_name():
    names = [copy_link.name_of(name) for name in lockable()]
    assert all(names)
    assert len(set(names)) == len(names)


def codes(tab: AppTest) -> list[str]:
    return [str(element.value) for element in tab.code]


def test_the_train_page_shows_the_link_of_its_settings(store: Store, open_page: Opener):
    tab = open_page(**{"training.epochs": "7"})
    assert not tab.exception
    assert codes(tab)[0].endswith("/?training.epochs=7")


def test_a_lesson_is_made_by_choosing_what_to_lock_and_to_hide():
    tab = AppTest.from_string(
        "from explorer.config.parsing import config_from_paths\n"
        "from explorer.ui.copy_link import links_of_settings\n"
        "links_of_settings(config_from_paths({'training.epochs': 7}))\n"
    ).run()
    tab.toggle(key="copy_link.is_lesson").set_value(True).run()
    assert "Choose what to lock or to hide" in texts(tab.caption)
    tab.multiselect(key="copy_link.lock").set_value(["training"]).run()
    tab.multiselect(key="copy_link.hide").set_value(["optimizer.name", "preview"]).run()
    assert codes(tab)[-1].endswith("/?training.epochs=7&lock=training&hide=optimizer.name,preview")


def test_a_run_has_a_link_of_itself_and_of_its_settings(store: Store, open_page: Opener):
    run = add_run(store, RunStatus.FAILED, reason="worker lost", training__epochs=9)
    tab = open_page("run", run=str(run.id))
    assert not tab.exception
    assert codes(tab)[0].endswith(f"/run?run={run.id}")
    assert codes(tab)[1].endswith("/?training.epochs=9")
