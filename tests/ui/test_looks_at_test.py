"""Looks at the test images are counted by run, and told from the second on."""

from explorer.records import RunStatus
from explorer.settings import Settings
from explorer.storage.store import Store
from explorer.ui.looks_at_test import looks_in_words, note_look

from .conftest import Opener, texts
from .recorded import record_run


def test_each_run_is_one_look_however_often_it_is_opened(store: Store, home: Settings):
    first, second = (record_run(store, home, RunStatus.FINISHED) for _ in range(2))
    assert [note_look(store, first), note_look(store, first), note_look(store, second)] == [1, 1, 2]


def test_datasets_are_counted_apart(store: Store, home: Settings):
    run = record_run(store, home, RunStatus.FINISHED)
    note_look(store, run)
    store.set_setting("test_looks.mnist", [1, 2, 3])
    assert note_look(store, run) == 1


def test_the_page_says_so_from_the_second_look_on(store: Store, home: Settings, open_page: Opener):
    first = record_run(store, home, RunStatus.FINISHED)
    assert "You have looked" not in texts(open_page("run", run=str(first.id)).caption)
    second = record_run(store, home, RunStatus.FINISHED)
    told = texts(open_page("run", run=str(second.id)).caption)
    assert "You have looked 2 times at the test images of Digits, bundled" in told.replace("\\", "")
    assert looks_in_words(first, 1) == ""


def test_a_run_that_is_not_over_is_no_look(store: Store, home: Settings, open_page: Opener):
    run = record_run(store, home, RunStatus.RUNNING)
    open_page("run", run=str(run.id))
    assert store.setting("test_looks.digits", default=[]) == []
