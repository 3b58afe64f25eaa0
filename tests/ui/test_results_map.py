"""The Map and Classes views of a run, with the test in the inspector's place."""

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from explorer.records import Run, RunStatus
from explorer.settings import Settings
from explorer.storage.arrays import pack
from explorer.storage.store import Store

from .conftest import Opener, key_of, texts
from .recorded import record_run


def opened(open_page: Opener, run: Run, view: str) -> AppTest:
    tab = open_page("run", run=str(run.id))
    tab.segmented_control(key=key_of(tab, "run_panel.view")).set_value(view).run()
    assert texts(tab.exception) == ""
    return tab


def asked(store: Store) -> dict[str, object]:
    question = store.analyses.take()
    assert question is not None
    return question.request


def points(dimensions: int = 2) -> bytes:
    random = np.random.default_rng(0)
    return pack(
        {
            "points": random.normal(size=(20, dimensions)).astype(np.float32),
            "indices": np.arange(0, 40, 2),
            "shares": np.array([0.5, 0.25, 0.125][:dimensions], np.float32),
        }
    )


def test_the_map_asks_for_the_last_hidden_layer_of_the_epoch_first(
    store: Store, home: Settings, open_page: Opener
):
    run = record_run(store, home, RunStatus.FINISHED)
    opened(open_page, run, "Map")
    request = asked(store)
    assert (request["epoch"], request["layer"], request["method"], request["dimensions"]) == (3, 1, "pca", 2)


def test_an_answer_is_drawn_with_a_colour_a_class(store: Store, home: Settings, open_page: Opener):
    run = record_run(store, home, RunStatus.FINISHED)
    tab = opened(open_page, run, "Map")
    question = store.analyses.take()
    assert question is not None
    store.analyses.end(question, points())
    tab.run()
    assert len(tab.get("plotly_chart")) == 1
    assert "Point at an image" in texts(tab.caption)
    assert not tab.exception


def test_another_layer_method_or_dimension_is_another_question(
    store: Store, home: Settings, open_page: Opener
):
    run = record_run(store, home, RunStatus.FINISHED)
    tab = opened(open_page, run, "Map")
    asked(store)
    tab.selectbox(key=f"embedding.layer:{run.id}").set_value(0).run()
    assert asked(store)["layer"] == 0
    tab.segmented_control(key=f"embedding.method:{run.id}").set_value("tsne").run()
    assert asked(store)["method"] == "tsne"
    tab.segmented_control(key=f"embedding.dimensions:{run.id}").set_value(3).run()
    question = store.analyses.take()
    assert question is not None
    store.analyses.end(question, points(3))
    tab.run()
    assert not tab.exception


def test_class_images_grow_and_can_start_anew(store: Store, home: Settings, open_page: Opener):
    run = record_run(store, home, RunStatus.FINISHED)
    tab = opened(open_page, run, "Classes")
    question = store.analyses.take()
    assert question is not None
    assert question.request == {"run_id": run.id, "epoch": 3, "smooth": True, "seed": 0}
    store.analyses.report(question, 0.5, pack({"images": np.zeros((10, 28, 28), np.float32)}))
    tab.run()
    assert len(tab.get("plotly_chart")) == 1
    tab.button(key=f"classes.again:{run.id}").click().run()
    assert asked(store)["seed"] == 1


def test_a_network_on_hog_features_is_not_asked_for_images(store: Store, home: Settings, open_page: Opener):
    run = record_run(store, home, RunStatus.FINISHED, data__features="hog")
    tab = opened(open_page, run, "Classes")
    assert "from which no image can be drawn" in texts(tab.info)
    while (question := store.analyses.take()) is not None:
        assert question.kind != "class_images"


@pytest.mark.parametrize("view", ["Map", "Classes"])
def test_before_the_first_epoch_there_is_nothing_to_ask(
    view: str, store: Store, home: Settings, open_page: Opener
):
    run = record_run(store, home, RunStatus.RUNNING, epochs=0)
    assert texts(opened(open_page, run, view).info)
    assert store.analyses.take() is None


@pytest.mark.parametrize("view", ["Map", "Classes"])
def test_a_failure_is_told_in_its_place(view: str, store: Store, home: Settings, open_page: Opener):
    run = record_run(store, home, RunStatus.FAILED, reason="The loss became nan.")
    tab = opened(open_page, run, view)
    question = store.analyses.take()
    assert question is not None
    store.analyses.fail(question, "This network sees HOG features.")
    tab.run()
    assert "This network sees HOG features." in texts(tab.warning)
    assert not tab.exception
