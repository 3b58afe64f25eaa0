import numpy as np
import pytest

from explorer.config.parsing import config_from_paths
from explorer.evaluation.entries import entries_of
from explorer.records import RunStatus
from explorer.settings import Settings
from explorer.storage.store import Store
from explorer.ui.compare_history import epochs_of
from explorer.ui.results_settings import differing_settings

from .compared import board, charts, lines, view
from .conftest import Opener, address_of, texts
from .recorded import record_baseline, record_epochs, record_run

# ---- what is compared -------------------------------------------------------------------------------------


def test_an_empty_store_says_to_train(store: Store, open_page: Opener):
    tab = open_page("compare")
    assert "Train two networks" in texts(tab.info)
    assert not tab.exception


def test_nothing_chosen_says_what_to_do_and_offers_the_newest(
    store: Store, home: Settings, open_page: Opener
):
    ids = [record_run(store, home, RunStatus.FINISHED, name=name).id for name in ("a", "b")]
    tab = open_page("compare")
    assert "Choose runs above" in texts(tab.info)
    assert not charts(tab)
    next(button for button in tab.button if "2 newest" in button.label).click().run()
    assert address_of(tab)["runs"] == f"{ids[1]},{ids[0]}"
    assert len(charts(tab)) == 1


def test_the_address_says_which_runs_and_choosing_others_changes_it(
    store: Store, home: Settings, open_page: Opener
):
    one, two = (record_run(store, home, RunStatus.FINISHED, name=name) for name in ("a", "b"))
    tab = open_page("compare", runs=f"{two.id},{one.id},x")
    assert lines(tab) == [f"{two.id} · b", f"{one.id} · a"]
    tab.multiselect(key="compare.runs").set_value([(one.id,)]).run()
    assert address_of(tab)["runs"] == str(one.id)
    assert lines(tab) == [f"{one.id} · a"]


def test_a_tab_that_comes_back_finds_what_it_left(store: Store, home: Settings, open_page: Opener):
    run = record_run(store, home, RunStatus.FINISHED)
    tab = open_page("compare", runs=str(run.id))
    tab.query_params.clear()
    tab.switch_page("pages/runs.py").run()
    tab.switch_page("pages/compare.py").run()
    assert address_of(tab)["runs"] == str(run.id)


def test_a_group_is_compared_as_a_whole_and_the_best_twelve_are_drawn(
    store: Store, home: Settings, open_page: Opener
):
    configs = [config_from_paths({"optimizer.learning_rate": 0.001 * n}) for n in range(1, 15)]
    store.create_runs(configs, group="sweep abc123 · learning rate")
    tab = open_page("compare", group="abc123")
    assert len(lines(tab)) == 12
    assert len(board(tab)) == 14
    assert "show 12 of 14" in texts(tab.caption)
    tab = view(tab, "Parallel")
    (parallel,) = charts(tab)[-1]["panels"]
    assert [axis["title"] for axis in parallel["axes"]] == ["Learning rate", "Validation accuracy"]
    assert len(parallel["lines"]) == 14


def test_a_group_that_is_gone_is_said_to_be_gone(store: Store, open_page: Opener):
    tab = open_page("compare", group="sweep fffff")
    assert "There is no group sweep fffff" in texts(tab.info)
    assert not tab.exception


def test_runs_that_differ_only_in_their_seed_are_one_band_or_single_lines(
    store: Store, home: Settings, open_page: Opener
):
    runs = [record_run(store, home, RunStatus.FINISHED, name="a", training__seed=seed) for seed in (0, 1)]
    tab = open_page("compare", runs=f"{runs[0].id},{runs[1].id}")
    assert lines(tab) == [f"a · 2 seeds (runs {runs[0].id}, {runs[1].id})"]
    assert charts(tab)[0]["panels"][0]["lines"][0]["low"]
    row = board(tab).iloc[0]
    assert (row["validation"], row["deviation"]) == (pytest.approx(100 * (1 - 6 / 140)), 0.0)
    assert "mean ± standard deviation" in texts(tab.caption)
    tab.toggle(key="compare.together").set_value(False).run()
    assert lines(tab) == [f"{run.id} · a" for run in runs]
    assert not charts(tab)[0]["panels"][0]["lines"][0]["low"]


def test_runs_of_equal_seeds_are_no_repeats(store: Store, home: Settings):
    runs = [record_run(store, home, RunStatus.QUEUED, training__seed=seed) for seed in (0, 1, 0)]
    runs += [record_baseline(store, RunStatus.QUEUED, seed=seed) for seed in (0, 1)]
    found = entries_of(runs, together=True)
    assert [entry.ids for entry in found] == [
        (runs[0].id, runs[1].id), (runs[2].id,), (runs[3].id, runs[4].id),
    ]  # fmt: skip
    assert len({entry.name for entry in found}) == 3


# ---- curves and leaderboard -------------------------------------------------------------------------------


def test_curves_are_over_the_axis_of_the_part_and_as_smooth_as_asked(
    store: Store, home: Settings, open_page: Opener
):
    run = record_run(store, home, RunStatus.FINISHED)
    tab = open_page("compare", runs=str(run.id))
    (chart,) = charts(tab)
    assert [panel["title"] for panel in chart["panels"]] == ["Validation loss", "Validation accuracy"]
    assert not chart["panels"][0]["lines"][0]["raw"]
    tab.segmented_control(key="compare.part").set_value("Both").run()
    tab.segmented_control(key="compare.axis").set_value("Images seen").run()
    tab.slider(key="compare.smoothing").set_value(0.5).run()
    (chart,) = charts(tab)
    assert [panel["title"] for panel in chart["panels"]][2:] == ["Training loss", "Training accuracy"]
    assert (chart["axis"], chart["axis_title"]) == ("images", "training images seen")
    assert chart["panels"][0]["lines"][0]["raw"]
    assert not tab.exception


def test_runs_without_validation_images_are_drawn_by_training(
    store: Store, home: Settings, open_page: Opener
):
    run = record_run(store, home, RunStatus.FINISHED, data__validation_size=0)
    tab = open_page("compare", runs=str(run.id))
    (chart,) = charts(tab)
    assert [panel["title"] for panel in chart["panels"]] == ["Training loss", "Training accuracy"]
    assert "so training is drawn" in texts(tab.caption)
    assert "compare.part" not in [control.key for control in tab.segmented_control]


def test_running_failed_and_baseline_stand_beside_one_another(
    store: Store, home: Settings, open_page: Opener
):
    live = record_run(store, home, RunStatus.RUNNING, name="live", epochs=2)
    failed = record_run(store, home, RunStatus.FAILED, name="failed", epochs=0, optimizer__name="sgd")
    fitted = record_baseline(store, RunStatus.FINISHED, name="fitted")
    tab = open_page("compare", runs=f"{live.id},{failed.id},{fitted.id}")
    assert lines(tab) == [f"{live.id} · live", f"{failed.id} · failed"]
    said = texts(tab.caption)
    assert f"Nothing to draw of: {failed.id} · failed" in said
    assert f"Baselines have no epochs: {fitted.id} · fitted" in said
    table = board(tab)
    assert table.index.tolist() == [f"{fitted.id} · fitted", f"{live.id} · live", f"{failed.id} · failed"]
    assert table["status"].tolist() == ["Finished", "Running", "Failed"]
    assert table["validation"].tolist()[1] == pytest.approx(75.0)  # of its newest epoch
    assert np.isnan(table["test"].tolist()[1])
    assert not tab.exception


def test_baselines_alone_have_no_curves(store: Store, home: Settings, open_page: Opener):
    ids = [record_baseline(store, RunStatus.FINISHED, baseline__k=k).id for k in (3, 9)]
    tab = open_page("compare", runs=f"{ids[0]},{ids[1]}")
    assert "Baselines are fitted in one go" in texts(tab.caption)
    assert not charts(tab)
    assert tab.dataframe[1].value.to_numpy().tolist() == [["k (neighbours)", "3", "9"]]


def test_a_run_deleted_in_another_tab_is_named_and_left_out(store: Store, home: Settings, open_page: Opener):
    one, two = (record_run(store, home, RunStatus.FINISHED, name=name) for name in ("a", "b"))
    tab = open_page("compare", runs=f"{one.id},{two.id}")
    store.delete(one.id)
    tab.run()
    assert f"There is no run {one.id}. It may have been deleted." in texts(tab.info)
    assert lines(tab) == [f"{two.id} · b"]
    assert not tab.exception


def test_many_runs_that_are_gone_are_told_in_one_message(store: Store, home: Settings, open_page: Opener):
    run = record_run(store, home, RunStatus.FINISHED, name="a")
    tab = open_page("compare", runs=",".join(map(str, [run.id, *range(100, 150)])))
    said = [box.value for box in tab.info]
    assert len(said) == 1
    assert said[0].startswith("There are no runs 100, 101,")
    assert "and 42 more. They may" in said[0]


def test_only_what_is_new_is_asked_of_the_store(
    store: Store, home: Settings, monkeypatch: pytest.MonkeyPatch, open_page: Opener
):
    asked: list[dict[int, int]] = []
    real = Store.epochs_together
    monkeypatch.setattr(
        Store, "epochs_together", lambda self, after: asked.append(dict(after)) or real(self, after)
    )
    run = record_run(store, home, RunStatus.RUNNING, epochs=2)
    tab = open_page("compare", runs=str(run.id))
    tab.run()
    assert asked == [{run.id: 0}]
    record_epochs(store, home, run, range(3, 4))
    tab.run()
    assert asked[1:] == [{run.id: 2}]
    assert [epoch.epoch for epoch in epochs_of([store.run(run.id)])[run.id]] == [1, 2, 3]


def test_a_run_that_started_again_is_fetched_anew(store: Store, home: Settings, open_page: Opener):
    run = record_run(store, home, RunStatus.RUNNING, epochs=3)
    open_page("compare", runs=str(run.id))
    store.forget_after(run.id, 1)
    assert [epoch.epoch for epoch in epochs_of([store.run(run.id)])[run.id]] == [1]


def test_runs_on_different_datasets_are_said_to_be_so(store: Store, home: Settings, open_page: Opener):
    one = record_run(store, home, RunStatus.FINISHED)
    two = record_run(store, home, RunStatus.QUEUED, data__dataset="mnist")
    tab = open_page("compare", runs=f"{one.id},{two.id}")
    assert "learn from different images" in texts(tab.warning)


# ---- settings ---------------------------------------------------------------------------------------------


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


def test_networks_and_baselines_differ_in_what_each_has(store: Store, home: Settings):
    network = record_run(store, home, RunStatus.FINISHED, training__seed=3)
    fitted = record_baseline(store, RunStatus.FINISHED, data__features="hog")
    waiting = record_baseline(store, RunStatus.QUEUED, baseline__model="forest")
    differ = differing_settings((network, fitted, waiting), ("n", "f", "w")).set_index("Setting")
    assert differ.loc["Features"].tolist() == ["Pixels", "HOG", "Pixels"]
    assert differ.loc["Method"].tolist() == ["—", "kNN", "Random forest"]
    assert differ.loc["k (neighbours)"].tolist() == ["—", "3", "—"]
    assert differ.loc["Trees"].tolist() == ["—", "—", "100"]
    assert differ.loc["Activation"].tolist() == ["ReLU", "—", "—"]
    assert "γ" not in differ.index
    assert "Momentum" not in differ.index


def test_equal_runs_are_said_to_be_equal_and_one_alone_to_need_another(
    store: Store, home: Settings, open_page: Opener
):
    one, two = (record_run(store, home, RunStatus.FINISHED) for _ in range(2))
    assert "the same settings" in texts(open_page("compare", runs=f"{one.id},{two.id}").caption)
    assert "choose another" in texts(open_page("compare", runs=str(one.id)).caption)


# ---- relations --------------------------------------------------------------------------------------------


def test_any_two_quantities_are_a_scatter(store: Store, home: Settings, open_page: Opener):
    runs = [
        record_run(store, home, RunStatus.FINISHED, optimizer__learning_rate=rate) for rate in (0.001, 0.1)
    ]
    fitted = record_baseline(store, RunStatus.FINISHED)
    tab = view(open_page("compare", runs=",".join(str(run.id) for run in (*runs, fitted))), "Scatter")
    (panel,) = charts(tab)[-1]["panels"]
    assert panel["title"] == "Validation accuracy over parameters"
    assert len(panel["points"]) == 2
    assert "1 of 3 runs" in texts(tab.caption)
    tab.selectbox(key="compare.x").set_value("learning rate").run()
    (panel,) = charts(tab)[-1]["panels"]
    assert (panel["x"]["log"], [point["x"] for point in panel["points"]]) == (True, [0.001, 0.1])
    tab.selectbox(key="compare.x").set_value("seconds of training").run()
    assert sorted(point["is_baseline"] for point in charts(tab)[-1]["panels"][0]["points"]) == [
        False,
        False,
        True,
    ]


def test_parallel_coordinates_need_a_setting_that_differs(store: Store, home: Settings, open_page: Opener):
    one, two = (record_run(store, home, RunStatus.FINISHED, training__seed=seed) for seed in (0, 1))
    tab = view(open_page("compare", runs=f"{one.id},{two.id}"), "Parallel")
    assert "differ in a setting other than the seed" in texts(tab.info)
