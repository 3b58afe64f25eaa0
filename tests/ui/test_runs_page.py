import pytest

from explorer.records import RunStatus
from explorer.storage.store import Store
from explorer.ui.runs_dialogs import MESSAGE
from explorer.ui.runs_page import ACTION
from explorer.ui.runs_table import Filter, chosen, table

from .conftest import Opener, add_run, address_of, texts


def test_without_runs_the_page_says_where_they_come_from(store: Store, open_page: Opener):
    tab = open_page("runs")
    assert "Every network you train is listed here" in texts(tab.info)
    assert not tab.exception


def test_every_run_is_a_row_newest_first(store: Store, open_page: Opener):
    add_run(store, RunStatus.FAILED, name="one", reason="worker lost")
    add_run(store, RunStatus.RUNNING, name="two", network__preset="lenet")
    add_run(store, RunStatus.QUEUED, name="three", optimizer__name="sgd")
    (shown,) = open_page("runs").dataframe
    assert shown.value["name"].tolist() == ["three", "two", "one"]
    assert shown.value["status"].tolist() == ["Queued", "Running", "Failed"]
    assert shown.value["model"].tolist() == ["64", "LeNet", "64"]


def test_search_and_status_narrow_the_table(store: Store, open_page: Opener):
    add_run(store, RunStatus.FAILED, name="alpha")
    add_run(store, RunStatus.STOPPED, name="beta")
    tab = open_page("runs")
    tab.text_input(key="runs.text").set_value("ALPHA").run()
    assert tab.dataframe[0].value["name"].tolist() == ["alpha"]
    tab.text_input(key="runs.text").set_value("gamma").run()
    assert "No run fits" in texts(tab.info)


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        (Filter(), ["c", "b", "a"]),
        (Filter(text="sgd relu"), ["b"]),
        (Filter(statuses=(RunStatus.FAILED, RunStatus.QUEUED)), ["c", "a"]),
        (Filter(datasets=("mnist",)), ["c"]),
        (Filter(text="2"), ["b"]),
    ],
)
def test_a_filter_keeps_what_fits_all_its_parts(wanted: Filter, names: list[str], store: Store):
    add_run(store, RunStatus.FAILED, name="a", network__activation="tanh", network__hidden=[30])
    add_run(store, RunStatus.STOPPED, name="b", optimizer__name="sgd", network__hidden=[30])
    add_run(store, RunStatus.QUEUED, name="c", data__dataset="mnist", network__hidden=[30])
    assert [run.name for run in chosen(store.runs(), wanted)] == names


def test_a_row_says_what_is_known_and_leaves_the_rest_empty(store: Store):
    add_run(store, RunStatus.RUNNING, name="x", training__epochs=7, network__hidden=[30, 20])
    row = table(store.runs()).iloc[0]
    assert (row["model"], row["epochs"], row["rate"]) == ("30-20", "0 of 7", 0.001)
    assert row[["test", "validation", "parameters", "seconds"]].isna().all()


def test_open_leads_to_the_run(store: Store, open_page: Opener):
    run = add_run(store, RunStatus.FAILED, name="alpha", reason="worker lost")
    tab = open_page("runs")
    tab.session_state[ACTION] = ("open", (run.id,))
    tab.run()
    assert address_of(tab)["run"] == str(run.id)
    assert "alpha" in texts(tab.subheader) + texts(tab.title)


def test_compare_leads_to_the_page_of_these_runs(store: Store, open_page: Opener):
    ids = tuple(add_run(store, RunStatus.FAILED, name=name).id for name in ("alpha", "beta"))
    tab = open_page("runs")
    tab.session_state[ACTION] = ("compare", ids)
    tab.run()
    assert address_of(tab) == {"runs": f"{ids[0]},{ids[1]}"}
    assert texts(tab.title) == "Compare"
    assert not tab.exception


def test_delete_asks_first_and_says_what_could_not_go(store: Store, open_page: Opener):
    gone = add_run(store, RunStatus.FAILED, name="alpha")
    busy = add_run(store, RunStatus.RUNNING, name="beta")
    tab = open_page("runs")
    tab.session_state[ACTION] = ("delete", (gone.id, busy.id))
    tab.run()
    assert len(store.runs()) == 2
    next(button for button in tab.button if button.label == "Delete for good").click().run()
    assert [run.id for run in store.runs()] == [busy.id]
    said = texts(tab.info)
    assert "1 run deleted" in said
    assert f"Run {busy.id} is" in said
    assert MESSAGE not in tab.session_state


def test_rename_changes_the_name(store: Store, open_page: Opener):
    run = add_run(store, RunStatus.FAILED, name="alpha")
    tab = open_page("runs")
    tab.session_state[ACTION] = ("rename", (run.id,))
    tab.run()
    next(field for field in tab.text_input if field.label == "Name").set_value("omega")
    next(button for button in tab.button if button.label == "Rename" and not button.disabled).click().run()
    assert store.run(run.id).name == "omega"


def test_a_name_that_was_typed_and_left_is_not_offered_to_another_run(store: Store, open_page: Opener):
    left, run = (add_run(store, RunStatus.FAILED, name=name) for name in ("alpha", "beta"))
    tab = open_page("runs")
    tab.session_state[ACTION] = ("rename", (left.id,))
    tab.run()
    next(field for field in tab.text_input if field.label == "Name").set_value("half typed")
    tab.session_state[ACTION] = ("rename", (run.id,))
    tab.run()
    assert next(field for field in tab.text_input if field.label == "Name").value == "beta"
