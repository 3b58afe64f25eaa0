import json

import pytest
from streamlit.testing.v1 import AppTest

from explorer.records import RunStatus
from explorer.settings import Settings
from explorer.storage.store import Store
from explorer.ui.results_compare import final_numbers, run_names
from explorer.ui.results_settings import differing_settings

from .conftest import texts
from .recorded import record_run


def compare(*run_ids: int) -> AppTest:
    def script(run_ids: tuple[int, ...]) -> None:
        from explorer.ui.results_compare import compare_panel  # noqa: PLC0415 - a script of its own

        compare_panel(run_ids)

    return AppTest.from_function(script, args=(run_ids,), default_timeout=30).run()


def figures(tab: AppTest) -> list[dict]:
    return [json.loads(chart.proto.spec) for chart in tab.get("plotly_chart")]


def test_nothing_chosen_says_what_to_do(store: Store):
    assert "Choose runs on the Runs page" in texts(compare().info)


def test_curves_are_overlaid_one_line_a_run(store: Store, home: Settings):
    one = record_run(store, home, RunStatus.FINISHED, name="a", epochs=2)
    two = record_run(store, home, RunStatus.RUNNING, name="b", epochs=3)
    tab = compare(one.id, two.id)
    loss, accuracy = figures(tab)[:2]
    assert [line["name"] for line in loss["data"]] == [f"{one.id} · a", f"{two.id} · b"]
    assert loss["layout"]["yaxis"]["title"]["text"] == "validation loss"
    assert accuracy["layout"]["yaxis"]["title"]["text"] == "validation accuracy (%)"
    tab.segmented_control(key="compare.part").set_value("Training").run()
    tab.segmented_control(key="compare.axis").set_value("Seconds").run()
    loss, _ = figures(tab)[:2]
    assert loss["layout"]["yaxis"]["title"]["text"] == "training loss"
    assert loss["layout"]["xaxis"]["title"]["text"] == "time spent training (s)"


def test_a_run_deleted_in_another_tab_is_named_and_left_out(store: Store, home: Settings):
    one = record_run(store, home, RunStatus.FINISHED)
    tab = compare(one.id, one.id + 1)
    assert f"There is no run {one.id + 1}" in texts(tab.info)
    assert len(figures(tab)) == 3  # two curves, one matrix
    assert not tab.exception


def test_runs_without_an_epoch_say_so_and_still_show_their_settings(store: Store, home: Settings):
    one = record_run(store, home, RunStatus.QUEUED)
    two = record_run(store, home, RunStatus.FAILED, epochs=0, optimizer__name="sgd")
    tab = compare(one.id, two.id)
    assert "None of these runs has finished an epoch yet" in texts(tab.info)
    assert tab.dataframe[1].value["Setting"].tolist() == ["Optimizer"]


def test_equal_runs_are_said_to_be_equal(store: Store, home: Settings):
    one, two = (record_run(store, home, RunStatus.FINISHED) for _ in range(2))
    tab = compare(one.id, two.id)
    assert "these runs have the same settings" in texts(tab.caption)


def test_only_settings_that_differ_are_in_the_table(store: Store, home: Settings):
    runs = [
        record_run(store, home, RunStatus.QUEUED, name="a", optimizer__learning_rate=0.1),
        record_run(store, home, RunStatus.QUEUED, name="b", network__batch_norm=True, training__patience=3),
    ]
    table = differing_settings(runs, ("a", "b"))
    assert table.to_numpy().tolist() == [
        ["Batch norm", "no", "yes"],
        ["Learning rate", "0.1", "0.001"],
        ["Patience (epochs)", "—", "3"],
    ]


def test_final_numbers_leave_empty_what_a_run_does_not_have(store: Store, home: Settings):
    runs = [record_run(store, home, RunStatus.FINISHED), record_run(store, home, RunStatus.RUNNING)]
    table = final_numbers(runs, run_names(runs))
    assert table["test"][0] == pytest.approx(99.4)
    assert table["epochs"].tolist() == [3, 3]
    assert table.loc[1, ["test", "validation", "train", "test_loss", "seconds"]].isna().all()
