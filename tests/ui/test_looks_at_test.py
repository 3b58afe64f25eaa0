"""Looks at the test images are counted by run, and told from the second on."""

from contextlib import closing

from explorer.records import RunStatus
from explorer.settings import Settings
from explorer.storage.store import Store, open_store
from explorer.ui.looks_at_test import CHOSEN_BY_TEST, looks_in_words, note_looks

from .conftest import Opener, texts
from .recorded import record_baseline, record_run
from .sweeps import GROUP, finished_group


def test_each_run_is_one_look_however_often_it_is_opened(store: Store):
    looks = [note_looks(store, "digits", ids) for ids in ([1], [1], [1, 2], [2, 7, 9])]
    assert looks == [1, 1, 2, 4]


def test_datasets_are_counted_apart(store: Store):
    note_looks(store, "mnist", [1, 2, 3])
    assert note_looks(store, "digits", [1]) == 1


def test_looks_survive_a_restart(store: Store, home: Settings):
    note_looks(store, "digits", [1, 2])
    with closing(open_store(home)) as again:
        assert note_looks(again, "digits", [3]) == 3


def test_the_page_says_so_from_the_second_look_on(store: Store, home: Settings, open_page: Opener):
    first = record_run(store, home, RunStatus.FINISHED)
    assert "You have looked" not in texts(open_page("run", run=str(first.id)).caption)
    second = record_run(store, home, RunStatus.FINISHED)
    told = texts(open_page("run", run=str(second.id)).caption)
    assert "You have looked 2 times at the test images of Digits, bundled" in told.replace("\\", "")
    assert looks_in_words({"digits": 1}) == ""
    several = looks_in_words({"digits": 2, "kmnist": 1, "mnist": 1_200})
    assert several.startswith(
        "You have looked 2 times at the test images of Digits, bundled and 1,200 times at"
    )


def test_a_run_that_is_not_over_is_no_look(store: Store, home: Settings, open_page: Opener):
    run = record_run(store, home, RunStatus.RUNNING)
    open_page("run", run=str(run.id))
    assert store.setting("test_looks.digits", default=[]) == []


def test_a_table_counts_each_run_that_has_a_result(store: Store, home: Settings, open_page: Opener):
    runs = [record_run(store, home, RunStatus.FINISHED) for _ in range(2)]
    waiting = record_run(store, home, RunStatus.QUEUED)
    for page, query in (("runs", {}), ("compare", {"runs": f"{runs[0].id},{runs[1].id},{waiting.id}"})):
        store.set_setting("test_looks.digits", [])
        told = open_page(page, **query)
        assert "You have looked 2 times" in texts(told.caption)
        assert sorted(store.setting("test_looks.digits")) == [run.id for run in runs]


def test_a_baseline_is_a_look_too(store: Store, open_page: Opener):
    first, second = (record_baseline(store, RunStatus.FINISHED) for _ in range(2))
    open_page("run", run=str(first.id))
    assert "You have looked 2 times" in texts(open_page("run", run=str(second.id)).caption)


def test_choosing_by_the_test_is_said_to_be_what_it_is(store: Store, home: Settings, open_page: Opener):
    finished_group(store, home)
    tab = open_page("sweep", group=GROUP)
    assert CHOSEN_BY_TEST not in texts(tab.warning)
    tab.segmented_control(key="sweep.score").set_value("Test").run()
    assert CHOSEN_BY_TEST in texts(tab.warning)
