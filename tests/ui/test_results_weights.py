"""The Weights view and the page of a unit, with the test in the inspector's place."""

import json

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from explorer.data.features import inputs_of
from explorer.models.architecture import parameter_shapes
from explorer.records import Run, RunStatus
from explorer.settings import Settings
from explorer.storage.arrays import Arrays, pack
from explorer.storage.checkpoints import Checkpoints
from explorer.storage.store import Store

from .conftest import Opener, key_of, open_view, texts
from .recorded import record_run


def record(store: Store, home: Settings, status: RunStatus = RunStatus.FINISHED, **fields: object) -> Run:
    """A run with the weights of its whole network at each epoch."""
    run = record_run(store, home, status, **fields)
    config = run.network_config
    random = np.random.default_rng(0)
    shapes = parameter_shapes(config.network, inputs=inputs_of(config.data))
    for epoch in Checkpoints(home, run.id).epochs():
        arrays = {name: random.normal(size=shape).astype(np.float32) for name, shape in shapes.items()}
        arrays |= {name: np.ones_like(array) for name, array in arrays.items() if "running_var" in name}
        Checkpoints(home, run.id).save_epoch(epoch, arrays)
    return run


def opened(store: Store, open_page: Opener, run: Run) -> AppTest:
    return open_view(store, open_page, run, "Weights")


def reply(kind: str, units: int, dead: tuple[int, ...]) -> Arrays:
    without = np.full((units, 10), 14)
    without[3, 7] = 4
    return {
        "dead_units": {"dead.0": np.isin(np.arange(units), dead)},
        "unit": {
            "drivers": np.arange(16),
            "driven": np.linspace(4, 1, 16),
            "counts": np.array([100, 40, 4]),
            "edges": np.array([0.0, 2.0, 4.0, 6.0]),
            "by_class": np.arange(10.0),
        },
        "ablation": {"images": np.full(10, 14), "intact": np.full(10, 14), "without": without},
    }[kind]


def answer_all(store: Store, units: int = 64, dead: tuple[int, ...] = (5, 9)) -> dict[str, dict[str, object]]:
    """Answer every open question; what was asked, by kind."""
    asked = {}
    while (question := store.analyses.take()) is not None:
        asked[question.kind] = question.request
        store.analyses.end(question, pack(reply(question.kind, units, dead)))
    return asked


def choose(tab: AppTest, run: Run, unit: int, layer: int = 0) -> AppTest:
    if layer:
        tab.selectbox(key=key_of(tab, f"weights.layer:{run.id}")).set_value(layer).run()
    return tab.number_input(key=key_of(tab, f"weights.unit:{run.id}")).set_value(unit).run()


def tiles(tab: AppTest, run: Run) -> dict[str, object]:
    (chart,) = [chart for chart in tab.get("plotly_chart") if chart.key == f"weights.tiles:{run.id}"]
    return json.loads(chart.proto.spec)


def points(tab: AppTest, run: Run) -> list[str]:
    return next(trace["text"] for trace in tiles(tab, run)["data"] if trace.get("customdata"))


def test_dead_units_are_named_crossed_out_and_first_on_request(
    store: Store, home: Settings, open_page: Opener
):
    run = record(store, home)
    tab = opened(store, open_page, run)
    assert not any("dead" in text for text in points(tab, run))
    assert answer_all(store)["dead_units"] == {"run_id": run.id, "epoch": 3}
    tab.run()
    assert "2 of 64 units of hidden 1 dead, crossed out: 5, 9." in texts(tab.caption)
    assert [number for number, text in enumerate(points(tab, run)) if text.endswith("dead")] == [5, 9]
    tab.segmented_control(key=f"weights.order:{run.id}").set_value("Dead first").run()
    assert [text.split(",")[0] for text in points(tab, run)[:3]] == ["unit 5", "unit 9", "unit 0"]


def test_by_class_each_class_has_a_row_of_the_units_that_push_for_it(
    store: Store, home: Settings, open_page: Opener
):
    run = record(store, home)
    tab = opened(store, open_page, run)
    tab.segmented_control(key=f"weights.order:{run.id}").set_value("By class").run()
    weights = Checkpoints(home, run.id).load(3)["output.weight"]
    expected = sorted(range(64), key=lambda unit: (weights[:, unit].argmax(), -weights[:, unit].max()))
    assert [int(text.split(",")[0][5:]) for text in points(tab, run)] == expected
    names = [note["text"] for note in tiles(tab, run)["layout"]["annotations"]]
    assert names == [str(digit) for digit in sorted({int(each) for each in weights.argmax(0)})]
    assert "by their weights to the outputs" in texts(tab.caption)


def test_deeper_networks_say_that_the_bends_are_left_out(store: Store, home: Settings, open_page: Opener):
    run = record(store, home, network__hidden=[8, 6])
    tab = opened(store, open_page, run)
    tab.segmented_control(key=f"weights.order:{run.id}").set_value("By class").run()
    assert "product of the weights after them, bends left out" in texts(tab.caption)


def test_a_chosen_unit_has_a_page_with_what_drives_it(store: Store, home: Settings, open_page: Opener):
    run = record(store, home)
    tab = opened(store, open_page, run)
    assert not tab.subheader or "Unit" not in texts(tab.subheader)
    choose(tab, run, 9)
    assert "Unit 9 of hidden 1" in texts(tab.subheader)
    assert answer_all(store)["unit"] == {
        "run_id": run.id, "epoch": 3, "part": "validation", "layer": 0, "unit": 9,
    }  # fmt: skip
    tab.run()
    arrays = Checkpoints(home, run.id).load(3)
    assert f"Norm {np.linalg.norm(arrays['hidden.0.weight'][9]):.4g}, bias" in texts(tab.caption)
    assert f"pushes for **{arrays['output.weight'][:, 9].argmax()}** most" in texts(tab.caption)
    assert "Over 144 validation images; 100 of them in the bin at zero." in texts(tab.caption)
    assert "most strongly to 9, on average" in texts(tab.caption)
    assert "This unit is dead after epoch 3" in texts(tab.warning)
    (frame,) = tiles(tab, run)["layout"]["shapes"]
    assert frame["line"]["width"] == 3
    assert len(tab.get("plotly_chart")) == 6


def test_the_slider_moves_the_page_of_a_unit(store: Store, home: Settings, open_page: Opener):
    run = record(store, home)
    tab = choose(opened(store, open_page, run), run, 3)
    answer_all(store)
    tab.select_slider(key=f"scrubber.slider:{run.id}").set_value(1).run()
    assert {request["epoch"] for request in answer_all(store).values()} == {1}


def test_switched_off_a_unit_shows_what_is_lost(store: Store, home: Settings, open_page: Opener):
    run = record(store, home)
    tab = choose(opened(store, open_page, run), run, 3)
    assert "ablation" not in answer_all(store)
    tab.run()
    tab.toggle(key=f"weights.off:{run.id}").set_value(True).run()
    asked = answer_all(store)["ablation"]
    assert asked["layer"] == 0
    assert asked["images"] == 2_000
    tab.run()
    assert "Of 140 validation images 100.00 % right with it, 92.86 % without it" in texts(tab.markdown)
    assert "Which units of hidden 1 are missed most" in texts(tab.markdown)
    assert "24 that are missed less are left out" in texts(tab.caption)


def test_a_unit_of_a_deeper_layer_is_seen_through_those_before_it(
    store: Store, home: Settings, open_page: Opener
):
    run = record(store, home, network__hidden=[8, 6, 5], network__batch_norm=True)
    tab = choose(opened(store, open_page, run), run, 4, layer=1)
    assert "Unit 4 of hidden 2" in texts(tab.subheader)
    assert "Through the layers before it" in texts(tab.markdown)
    assert "Its weights to hidden 3" in texts(tab.markdown)
    assert answer_all(store, units=8)["unit"]["layer"] == 1


def test_another_layer_starts_at_its_first_unit(store: Store, home: Settings, open_page: Opener):
    run = record(store, home, network__hidden=[32, 4])
    tab = choose(opened(store, open_page, run), run, 31)
    tab.selectbox(key=key_of(tab, f"weights.layer:{run.id}")).set_value(1).run()
    assert not tab.exception
    assert "Unit 0 of hidden 2" in texts(tab.subheader)


@pytest.mark.parametrize(
    ("layer", "title"), [(0, "Filter 2 of convolution 1"), (1, "Filter 2 of convolution 2")]
)
def test_a_filter_has_a_page_too(layer: int, title: str, store: Store, home: Settings, open_page: Opener):
    run = record(store, home, network__preset="lenet")
    tab = opened(store, open_page, run)
    assert "6 filters of the first layer" in texts(tab.caption)
    choose(tab, run, 2, layer)
    answer_all(store, units=6)
    tab.run()
    assert title in texts(tab.subheader)
    assert "greatest answer over its map" in texts(tab.caption)
    assert "the bends between left out" in texts(tab.caption)
    assert not tab.exception


def test_hog_features_have_no_tiles_but_each_unit_has_its_edges(
    store: Store, home: Settings, open_page: Opener
):
    run = record(store, home, data__features="hog")
    tab = opened(store, open_page, run)
    assert "their weights make no image" in texts(tab.info)
    choose(tab, run, 7)
    answer_all(store)
    tab.run()
    assert "orange edges speak for the unit" in texts(tab.caption)
    assert "Over 144 validation images" in texts(tab.caption)


def test_of_many_units_some_tiles_are_left_out_and_counted(store: Store, home: Settings, open_page: Opener):
    run = record(store, home, network__hidden=[600], epochs=1)
    tab = opened(store, open_page, run)
    assert "512 of 600 units (88 left out) of the first layer" in texts(tab.caption)
    choose(tab, run, 599)
    assert "Unit 599 of hidden 1" in texts(tab.subheader)


def test_a_checkpoint_of_the_first_layer_alone_shows_what_it_has(
    store: Store, home: Settings, open_page: Opener
):
    run = record_run(store, home, RunStatus.FINISHED)
    tab = choose(opened(store, open_page, run), run, 3)
    assert "Norm" in texts(tab.caption)
    assert "The checkpoint does not hold them." in texts(tab.caption)
    assert not tab.exception


def test_a_running_run_shows_its_newest_epoch_and_a_failed_one_its_last(
    store: Store, home: Settings, open_page: Opener
):
    for status in (RunStatus.RUNNING, RunStatus.FAILED):
        run = record(store, home, status, reason="worker lost" if status is RunStatus.FAILED else "")
        assert "first layer after epoch 3" in texts(opened(store, open_page, run).caption)


def test_before_the_first_epoch_it_waits(store: Store, home: Settings, open_page: Opener):
    run = record_run(store, home, RunStatus.RUNNING, epochs=0)
    assert "comes with the first finished epoch" in texts(opened(store, open_page, run).info)
    assert store.analyses.take() is None


def test_without_validation_images_nothing_is_known_to_drive_a_unit(
    store: Store, home: Settings, open_page: Opener
):
    run = record(store, home, data__validation_fraction=0)
    tab = choose(opened(store, open_page, run), run, 3)
    assert "this run held none back" in texts(tab.info)


def test_a_question_that_failed_says_why_in_its_place(store: Store, home: Settings, open_page: Opener):
    run = record(store, home)
    tab = choose(opened(store, open_page, run), run, 3)
    while (question := store.analyses.take()) is not None:
        store.analyses.fail(question, "The weights are damaged.")
    tab.run()
    assert texts(tab.warning).count("The weights are damaged.") == 2
    assert "Norm" in texts(tab.caption)
