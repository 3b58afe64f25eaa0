"""The Image view of a run, with the test in the inspector's place."""

import numpy as np
from streamlit.testing.v1 import AppTest

from explorer.records import Run, RunStatus
from explorer.settings import Settings
from explorer.storage.arrays import Arrays, pack
from explorer.storage.store import Store

from .conftest import Opener, key_of, texts
from .recorded import record_run


def opened(open_page: Opener, run: Run) -> AppTest:
    tab = open_page("run", run=str(run.id))
    tab.segmented_control(key=key_of(tab, "run_panel.view")).set_value("Image").run()
    assert texts(tab.exception) == ""
    return tab


def reply(kind: str, images: int = 144) -> Arrays:
    probabilities = np.zeros((images, 10), np.float32)
    probabilities[:, 9] = 1
    return {
        "probabilities": {"probabilities": probabilities},
        "attribution": {
            "values": np.full((28, 28), 0.01, np.float32),
            "score": np.array(5.0),
            "baseline_score": np.array(-2.84),
        },
        "feature_maps": {"map.0": np.array([0.0, 1.5, 0.0, 2.0] * 16, np.float32)},
    }[kind]


def answer_all(store: Store) -> dict[str, dict[str, object]]:
    """Answer every open question; what was asked, by kind."""
    asked = {}
    while (question := store.analyses.take()) is not None:
        if question.request["part"] == "test":  # of the view that was shown before
            continue
        asked[question.kind] = question.request
        store.analyses.end(question, pack(reply(question.kind)))
    return asked


def test_the_first_mistake_is_shown_first(store: Store, home: Settings, open_page: Opener):
    run = record_run(store, home, RunStatus.FINISHED)
    tab = opened(open_page, run)
    index = tab.number_input(key=key_of(tab, f"image.index:{run.id}")).value
    predictions = np.frombuffer(store.predictions(run.id, 3), np.uint8)
    assert predictions[index] == 9
    assert f"Image {index}** · class" in texts(tab.markdown)
    assert "class 9" not in texts(tab.markdown)


def test_the_three_questions_are_asked_of_the_epoch_and_their_answers_drawn(
    store: Store, home: Settings, open_page: Opener
):
    run = record_run(store, home, RunStatus.FINISHED)
    tab = opened(open_page, run)
    index = tab.number_input(key=key_of(tab, f"image.index:{run.id}")).value
    asked = answer_all(store)
    assert asked["probabilities"] == {"run_id": run.id, "epoch": 3, "part": "validation"}
    assert asked["attribution"]["digit"] == 9
    assert asked["attribution"]["index"] == asked["feature_maps"]["index"] == index
    tab.run()
    assert "All pixels add up to +7.84" in texts(tab.caption)
    assert "hidden 1: 32 of 64 units answer" in texts(tab.caption)
    assert len(tab.get("plotly_chart")) == 4


def test_of_a_network_on_hog_features_no_pixels_are_asked(store: Store, home: Settings, open_page: Opener):
    run = record_run(store, home, RunStatus.FINISHED, data__features="hog")
    tab = opened(open_page, run)
    assert "attribution" not in answer_all(store)
    assert "this network sees HOG features" in texts(tab.info)
    assert "Try again" not in {button.label for button in tab.button}


def test_the_slider_asks_about_another_epoch(store: Store, home: Settings, open_page: Opener):
    run = record_run(store, home, RunStatus.FINISHED)
    tab = opened(open_page, run)
    answer_all(store)
    tab.select_slider(key=f"scrubber.slider:{run.id}").set_value(1).run()
    assert {request["epoch"] for request in answer_all(store).values()} == {1}


def test_next_mistake_goes_from_one_to_the_next(store: Store, home: Settings, open_page: Opener):
    run = record_run(store, home, RunStatus.FINISHED)
    tab = opened(open_page, run)
    seen = []
    for _ in range(7):
        seen.append(tab.number_input(key=key_of(tab, f"image.index:{run.id}")).value)
        tab.button(key=f"image.mistake:{run.id}").click().run()
    assert seen[:6] == sorted(set(seen[:6]))
    assert seen[6] == seen[0], "after the last mistake comes the first"


def test_a_running_run_shows_its_newest_epoch(store: Store, home: Settings, open_page: Opener):
    run = record_run(store, home, RunStatus.RUNNING)
    opened(open_page, run)
    assert {request["epoch"] for request in answer_all(store).values()} == {3}


def test_before_the_first_epoch_there_is_nothing_to_ask(store: Store, home: Settings, open_page: Opener):
    run = record_run(store, home, RunStatus.RUNNING, epochs=0)
    tab = opened(open_page, run)
    assert "first epoch is not finished" in texts(tab.info)
    assert store.analyses.take() is None


def test_a_run_without_validation_images_says_so(store: Store, home: Settings, open_page: Opener):
    run = record_run(store, home, RunStatus.FINISHED, data__validation_fraction=0)
    assert "held no validation images back" in texts(opened(open_page, run).info)


def test_a_failed_question_says_why_and_the_rest_goes_on(store: Store, home: Settings, open_page: Opener):
    run = record_run(store, home, RunStatus.FINISHED)
    tab = opened(open_page, run)
    while (question := store.analyses.take()) is not None:
        if question.kind == "attribution":
            store.analyses.fail(question, "Checkpoint epoch-0003 is damaged.")
        else:
            store.analyses.end(question, pack(reply(question.kind)))
    tab.run()
    assert "Checkpoint epoch-0003 is damaged." in texts(tab.warning)
    assert "hidden 1: 32 of 64 units answer" in texts(tab.caption)
