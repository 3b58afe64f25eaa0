"""The Classical page's trials of a parameter and its table of methods."""

from dataclasses import replace

import pytest

from explorer.config.baseline import BaselineConfig
from explorer.records import RunStatus
from explorer.settings import Settings
from explorer.storage.store import Store

from .conftest import Opener, alts, labels, texts
from .recorded import record_baseline, record_run


def test_one_button_queues_the_values_that_are_missing_as_one_group(store: Store, open_page: Opener):
    record_baseline(store, RunStatus.FINISHED, baseline__k=3)
    tab = open_page("classical", view="parameters")
    assert "Try k = 1, 5, 7, 9" in labels(tab)
    tab.button(key="classical.try").click().run()
    queued = store.runs(statuses=(RunStatus.QUEUED,))
    assert sorted(run.config.baseline.k for run in queued if isinstance(run.config, BaselineConfig)) == [
        1, 5, 7, 9,
    ]  # fmt: skip
    assert len({run.group for run in queued}) == 1
    assert tab.button(key="classical.try").disabled
    assert "4 wait for a worker" in tab.get("progress")[0].proto.text


def test_values_are_tried_with_the_settings_chosen_right_before_the_click_and_once(
    store: Store, open_page: Opener
):
    tab = open_page("classical", view="parameters")
    tab.segmented_control(key="classical:data.features").set_value("hog")
    tab.button(key="classical.try").click().run()
    assert {run.config.data.features for run in store.runs()} == {"hog"}
    assert len(store.runs()) == 5

    tab.segmented_control(key="classical:data.features").set_value("pixels").run()
    tab.segmented_control(key="classical:data.features").set_value("hog")  # whose fits are queued
    tab.button(key="classical.try").click().run()
    assert len(store.runs()) == 5

    tab.segmented_control(key="classical:data.features").set_value("pixels").run()
    tab.selectbox(key="classical:baseline.model").set_value("forest")
    tab.button(key="classical.try").click().run()
    assert "k has no part in Random forest" in texts(tab.error)
    assert len(store.runs()) == 5


def test_all_trials_are_stopped_at_once_and_finished_ones_stay(store: Store, open_page: Opener):
    record_baseline(store, RunStatus.FINISHED, baseline__k=3)
    tab = open_page("classical", view="parameters")
    assert "Stop" not in labels(tab)
    tab.button(key="classical.try").click().run()
    tab.button(key="classical.stop").click().run()
    assert {run.status for run in store.runs()} == {RunStatus.FINISHED, RunStatus.STOPPED}
    assert "Stop" not in labels(tab)
    assert "Try k = 1, 5, 7, 9" in labels(tab)
    assert not tab.exception


def test_points_are_drawn_and_the_best_is_told(store: Store, open_page: Opener):
    record_baseline(store, RunStatus.FINISHED, baseline__k=3)
    tab = open_page("classical", view="parameters")
    assert "pixels: best 95.71 % with k = 3" in texts(tab.caption)  # 134 of 140 validation images
    tab.segmented_control(key="classical.parameters.part").set_value("Test").run()
    assert "pixels: best 99.40 % with k = 3" in texts(tab.caption)


def test_a_trial_under_way_and_one_that_failed_are_told(store: Store, open_page: Opener):
    record_baseline(store, RunStatus.FAILED, baseline__k=9, reason="No memory.")
    record_baseline(store, RunStatus.RUNNING, stage=("Fitting", 1, 2), baseline__k=5)
    record_baseline(store, RunStatus.QUEUED, baseline__k=7)
    tab = open_page("classical", view="parameters")
    assert "Fitting" in tab.get("progress")[0].proto.text
    assert "1 more waits" in tab.get("progress")[0].proto.text
    assert "No memory." in texts(tab.error)
    assert "The first point comes when the first fit ends." in texts(tab.info)


@pytest.mark.parametrize("method", ["knn", "linear_svm", "rbf_svm", "logistic", "forest"])
@pytest.mark.parametrize("features", ["pixels", "hog"])
def test_every_parameter_of_every_method_can_be_tried(
    method: str, features: str, store: Store, open_page: Opener
):
    tab = open_page("classical", view="parameters", **{"baseline.model": method, "data.features": features})
    control = next(box for box in tab.segmented_control if (box.key or "").startswith("classical.parameter:"))
    for option in control.options:
        assert not control.set_value(option).run().exception
        assert not tab.button(key="classical.try").disabled


def test_the_table_has_the_best_run_of_each_method_networks_too(
    store: Store, home: Settings, open_page: Opener
):
    record_baseline(store, RunStatus.FINISHED)
    record_baseline(store, RunStatus.FINISHED, baseline__model="forest", data__features="hog")
    record_run(store, home, RunStatus.FINISHED)
    record_baseline(store, RunStatus.FAILED, baseline__model="rbf_svm", reason="No memory.")
    tab = open_page("classical", view="methods")
    table = tab.dataframe[0].value
    assert sorted(table["method"]) == ["Network", "Random forest", "kNN"]
    knn = table[table["method"] == "kNN"].iloc[0]
    assert (knn["features"], knn["settings"], knn["run"]) == ("pixels", "k = 3", 1)
    assert (knn["training"], knn["prediction"], knn["size"]) == (0.5, 2.5, 1_862_352)
    assert (knn["test"], knn["images"]) == (99.4, 1_293)
    forest = table[table["method"] == "Random forest"].iloc[0]
    assert forest["settings"] == "Trees = 100, 9 directions, 7×7 cells, 2×2 blocks"
    assert "Test accuracy of each method over the time it takes" in alts(tab)
    tab.segmented_control(key="classical.methods.clock").set_value("To predict").run()
    assert not tab.exception


def test_methods_on_other_images_are_not_compared(store: Store, open_page: Opener):
    record_baseline(store, RunStatus.FINISHED, data__dataset="mnist")
    record_baseline(store, RunStatus.FINISHED)
    tab = open_page("classical", view="methods")
    assert list(tab.dataframe[0].value["run"]) == [2]
    tab.get("button_group")[1].set_value("mnist").run()
    assert list(tab.dataframe[0].value["run"]) == [1]


def test_what_saw_some_labels_alone_is_no_method_s_best(store: Store, home: Settings, open_page: Opener):
    whole = record_run(store, home, RunStatus.FINISHED)
    record_run(store, home, RunStatus.FINISHED, data__labels=[3, 8])
    record_baseline(store, RunStatus.FINISHED, data__labels=[3, 8])
    tab = open_page("classical", view="methods")
    assert list(tab.dataframe[0].value["run"]) == [whole.id]
    assert "Left out: 2 runs on some labels alone" in texts(tab.caption)


def test_before_the_first_result_the_table_says_what_it_waits_for(store: Store, open_page: Opener):
    record_baseline(store, RunStatus.RUNNING)
    assert "1 run is under way" in texts(open_page("classical", view="methods").info)


def test_a_network_whose_predictions_were_not_timed_has_no_point_by_that_clock(
    store: Store, home: Settings, open_page: Opener
):
    run = record_run(store, home, RunStatus.FINISHED)
    assert run.network_result == replace(run.network_result, predict_seconds=None)  # type: ignore[type-var]
    tab = open_page("classical", view="methods")
    tab.segmented_control(key="classical.methods.clock").set_value("To predict").run()
    assert "None of these runs has timed its predictions" in texts(tab.info)
