import json
from datetime import UTC, datetime, timedelta

import pytest
from streamlit.runtime.fragment import MemoryFragmentStorage
from streamlit.testing.v1 import AppTest

from explorer.jobs import queue
from explorer.records import RunStatus
from explorer.settings import Settings
from explorer.storage.checkpoints import Checkpoints
from explorer.storage.store import Store
from explorer.ui.run_panel import FAST_FOR_SECONDS, FAST_SECONDS, SLOW_SECONDS, VIEWS, poll_seconds
from explorer.ui.runs_dialogs import MESSAGE

from .conftest import Opener, key_of, texts
from .recorded import STEPS_AN_EPOCH, record_baseline, record_epochs, record_run


def show(tab: AppTest, view: str) -> AppTest:
    return tab.segmented_control(key=key_of(tab, "run_panel.view")).set_value(view).run()


def curve(tab: AppTest) -> dict[str, object]:
    (component,) = tab.get("bidi_component")
    return json.loads(
        component.proto.mixed.json if component.proto.HasField("mixed") else component.proto.json
    )


def test_without_a_number_the_page_says_how_to_get_to_a_run(store: Store, open_page: Opener):
    tab = open_page("run")
    assert "Open a run from the Runs page" in texts(tab.info)
    assert not tab.exception


def test_a_run_that_is_gone_is_said_to_be_gone(store: Store, home: Settings, open_page: Opener):
    run = record_run(store, home, RunStatus.FINISHED)
    tab = open_page("run", run=str(run.id))
    assert "right" in texts(tab.markdown)
    queue.delete(store, home, run.id)
    tab.run()
    assert f"There is no run {run.id}" in texts(tab.info)
    assert not tab.exception


def test_a_queued_run_tells_its_place_and_that_no_worker_is_here(
    store: Store, home: Settings, open_page: Opener
):
    record_run(store, home, RunStatus.QUEUED)
    run = record_run(store, home, RunStatus.QUEUED)
    tab = open_page("run", run=str(run.id))
    assert "Place 2 of 2 in the queue. No worker is here yet" in texts(tab.info)
    assert [panel["traces"] for panel in curve(tab)["panels"]] == [[], []]


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_of_a_queued_run_says_what_it_waits_for(
    view: str, store: Store, home: Settings, open_page: Opener
):
    run = record_run(store, home, RunStatus.QUEUED, network__hidden=[32])
    tab = show(open_page("run", run=str(run.id)), view)
    assert not tab.exception
    assert not tab.error
    assert len(tab.info) + len(tab.dataframe) >= 2  # the queue, and the view's own words or table


def test_a_running_run_tells_epoch_speed_and_time_left(store: Store, home: Settings, open_page: Opener):
    run = record_run(store, home, RunStatus.RUNNING, epochs=3)
    tab = open_page("run", run=str(run.id))
    # 140 of 200 steps of 64 images are left at 12,345 images a second: less than a second.
    assert tab.get("progress")[0].proto.text == "Epoch 4 of 10 · 12,345 images/s · a moment left"
    assert tab.get("progress")[0].proto.value == 30
    loss, accuracy = curve(tab)["panels"]
    assert [trace["name"] for trace in loss["traces"]] == ["training", "validation"]
    assert [trace["name"] for trace in accuracy["traces"]] == ["training", "validation"]
    assert "Validation images after epoch 3: 138 of 144 right" in texts(tab.markdown)


def test_the_next_look_shows_what_was_recorded_in_between(store: Store, home: Settings, open_page: Opener):
    run = record_run(store, home, RunStatus.RUNNING, epochs=1)
    tab = open_page("run", run=str(run.id))
    before = len(curve(tab)["panels"][0]["traces"][0]["x"])
    record_epochs(store, home, run, range(2, 3))
    tab.run()
    assert len(curve(tab)["panels"][0]["traces"][0]["x"]) == pytest.approx(2 * before, abs=4)
    assert "after epoch 2" in texts(tab.markdown)


def test_results_appear_when_the_run_ends(store: Store, home: Settings, open_page: Opener):
    run = record_run(store, home, RunStatus.RUNNING)
    tab = open_page("run", run=str(run.id))
    assert not tab.metric
    store.end(run.id, RunStatus.FAILED, "worker lost")
    tab.run()
    assert "worker lost" in texts(tab.error)
    assert not [bar for bar in tab.get("progress") if bar.proto.text.startswith("Epoch")]


def test_a_failed_run_says_why_and_what_was_kept(store: Store, home: Settings, open_page: Opener):
    run = record_run(
        store, home, RunStatus.FAILED, reason="The loss became nan in epoch 4. Try a *smaller* rate."
    )
    tab = open_page("run", run=str(run.id))
    assert "The loss became nan in epoch 4. Try a \\*smaller\\* rate." in texts(tab.error)
    assert "Kept: 3 finished epochs and the weights of epoch 3." in texts(tab.error)
    assert "Validation images after epoch 3" in texts(tab.markdown)


def test_a_run_that_failed_at_once_says_that_there_is_nothing(
    store: Store, home: Settings, open_page: Opener
):
    run = record_run(store, home, RunStatus.FAILED, epochs=0, reason="No such data.")
    tab = open_page("run", run=str(run.id))
    assert "No epoch was finished" in texts(tab.error)
    for view in VIEWS:
        assert not show(tab, view).exception


@pytest.mark.parametrize(
    ("status", "title"), [(RunStatus.PAUSED, "Paused"), (RunStatus.STOPPED, "Stopped early")]
)
def test_an_interrupted_run_says_why(
    status: RunStatus, title: str, store: Store, home: Settings, open_page: Opener
):
    run = record_run(store, home, status, reason="Because you asked.")
    tab = open_page("run", run=str(run.id))
    assert "Because you asked" in texts(tab.info)
    assert title in {info.proto.title for info in tab.info}


def test_a_run_that_saw_some_labels_alone_tells_how_the_test_went_among_them(
    store: Store, home: Settings, open_page: Opener
):
    said = "800 of the 1,000 images are of others. Of the 200 that it could learn it got 194 right (97.00 %)"
    for record in (record_run(store, home, RunStatus.FINISHED, data__labels=[4, 9]),
                   record_baseline(store, RunStatus.FINISHED, data__labels=[4, 9])):  # fmt: skip
        tab = open_page("run", run=str(record.id))
        assert said in texts(tab.info)
        assert "It saw the labels 4, 9 alone" in texts(tab.info)


def test_a_finished_run_tells_its_test_accuracy_in_words(store: Store, home: Settings, open_page: Opener):
    run = record_run(store, home, RunStatus.FINISHED)
    tab = open_page("run", run=str(run.id))
    assert "994 of 1,000 test images right" in texts(tab.markdown)
    assert [(metric.label, metric.value) for metric in tab.metric] == [
        ("Test accuracy", "99.40 %"),
        ("Validation accuracy", "95.71 %"),
        ("Training accuracy", "99.50 %"),
    ]
    assert "50,890 parameters · 3 epochs in 1.5 s · 12.3 k images/s · weights of epoch 3" in texts(
        tab.caption
    )
    assert curve(tab)["last_step"] == 3 * STEPS_AN_EPOCH


def test_mistakes_show_the_matrix_of_the_chosen_images_and_a_row_a_class(
    store: Store, home: Settings, open_page: Opener
):
    run = record_run(store, home, RunStatus.FINISHED)
    tab = open_page("run", run=str(run.id))
    assert tab.button(key=f"mistakes.pair:{run.id}:0").label == "4 read as 9\\: 6 images (6.0 %)"
    (classes,) = tab.dataframe
    assert classes.value["recall"].tolist() == [1, 1, 1, 1, pytest.approx(0.94), 1, 1, 1, 1, 1]
    assert classes.value["precision"][9] == pytest.approx(100 / 106)
    tab.segmented_control(key=f"mistakes.images:{run.id}").set_value("Validation").run()
    assert tab.button(key=f"mistakes.pair:{run.id}:0").label == "4 read as 9\\: 6 images (42.9 %)"
    tab.segmented_control(key=f"mistakes.numbers:{run.id}").set_value("Row %").run()
    spec = json.loads(tab.get("plotly_chart")[0].proto.spec)
    assert "57.1" in spec["data"][2]["text"]


def test_weights_are_those_of_the_chosen_epoch(store: Store, home: Settings, open_page: Opener):
    run = record_run(store, home, RunStatus.FINISHED)
    tab = show(open_page("run", run=str(run.id)), "Weights")
    assert "64 units of the first layer after epoch 3" in texts(tab.caption)
    tab.select_slider(key=f"scrubber.slider:{run.id}").set_value(1).run()
    assert "after epoch 1" in texts(tab.caption)
    assert len(tab.get("plotly_chart")) == 1


@pytest.mark.parametrize("damage", ["gone", "spoilt"])
def test_a_bad_checkpoint_is_named_in_its_place_and_the_rest_goes_on(
    damage: str, store: Store, home: Settings, open_page: Opener
):
    run = record_run(store, home, RunStatus.FINISHED)
    folder = Checkpoints(home, run.id).folder
    for path in folder.iterdir():
        if damage == "gone":
            path.unlink()
        else:
            path.write_bytes(b"not a checkpoint")
    tab = show(open_page("run", run=str(run.id)), "Weights")
    said = texts(tab.info) if damage == "gone" else texts(tab.warning)
    assert ("No weights were kept" if damage == "gone" else "is damaged") in said
    assert "994 of 1,000 test images right" in texts(tab.markdown)
    assert not tab.exception
    assert not tab.error


def test_a_network_on_hog_features_says_why_there_are_no_pictures(
    store: Store, home: Settings, open_page: Opener
):
    run = record_run(store, home, RunStatus.FINISHED, data__features="hog")
    tab = show(open_page("run", run=str(run.id)), "Weights")
    assert "their weights make no image" in texts(tab.info)
    assert "994 of 1,000 test images right" in texts(tab.markdown)
    assert not tab.exception
    assert not tab.warning
    show(tab, "Layers")
    (table,) = tab.dataframe
    assert table.value["parameters"].tolist() == [324 * 64 + 64, 64 * 10 + 10]


def test_features_that_are_being_computed_are_counted(store: Store, home: Settings, open_page: Opener):
    run = record_run(store, home, RunStatus.RUNNING, epochs=0, data__features="hog")
    store.record_stage(run.id, "Computing HOG features", 500, 2_000)
    tab = open_page("run", run=str(run.id))
    (bar,) = tab.get("progress")
    assert bar.proto.value == 25
    assert bar.proto.text == "Computing HOG features, once for this dataset: 500 of 2,000 images"


def test_units_tell_dead_from_inactive(store: Store, home: Settings, open_page: Opener):
    run = record_run(store, home, RunStatus.FINISHED)
    tab = show(open_page("run", run=str(run.id)), "Units")
    said = texts(tab.caption)
    assert "on *every* image of the probe set" in said
    assert "below 0.00001" in said
    assert "hidden 1: 8 of 64 units dead, 50.0 % of (unit, image) pairs inactive" in texts(tab.markdown)
    assert len(tab.get("plotly_chart")) == 2


def test_layers_show_the_architecture_with_its_cost(store: Store, home: Settings, open_page: Opener):
    run = record_run(store, home, RunStatus.FINISHED)
    tab = show(open_page("run", run=str(run.id)), "Layers")
    (table,) = tab.dataframe
    assert table.value["parameters"].tolist() == [784 * 64 + 64, 64 * 10 + 10]
    assert table.value["multiply_adds"].tolist() == [784 * 64, 64 * 10]
    assert len(tab.get("plotly_chart")) == 4


def test_settings_are_those_that_differ_from_the_defaults(store: Store, home: Settings, open_page: Opener):
    run = record_run(
        store,
        home,
        RunStatus.FINISHED,
        network__hidden=[64, 32],
        network__activation="tanh",
        training__epochs=10,
    )
    tab = show(open_page("run", run=str(run.id)), "Settings")
    (table,) = tab.dataframe
    assert table.value.to_numpy().tolist() == [
        ["Hidden layers (units)", "64 · 32", "64"],
        ["Activation", "tanh", "ReLU"],
    ]


def test_a_run_of_defaults_says_so(store: Store, home: Settings, open_page: Opener):
    run = record_run(store, home, RunStatus.PAUSED)
    tab = show(open_page("run", run=str(run.id)), "Settings")
    assert "Every setting of this run has its default." in texts(tab.info)


def test_without_validation_images_the_matrix_waits_for_the_end(
    store: Store, home: Settings, open_page: Opener
):
    run = record_run(store, home, RunStatus.RUNNING, data__validation_fraction=0)
    tab = open_page("run", run=str(run.id))
    assert "The matrix needs the validation answers" in texts(tab.info)
    assert not tab.error


def test_a_choice_by_the_test_set_is_called_what_it_is(store: Store, home: Settings, open_page: Opener):
    run = record_run(
        store, home, RunStatus.FINISHED, training__monitor="test_accuracy", training__keep="best"
    )
    tab = open_page("run", run=str(run.id))
    assert "used the test images to decide" in texts(tab.warning)


def test_names_are_shown_as_they_are(store: Store, home: Settings, open_page: Opener):
    run = record_run(store, home, RunStatus.FINISHED, name="**bold** $x$ <b>")
    tab = open_page("run", run=str(run.id))
    assert tab.subheader[0].value == "\\*\\*bold\\*\\* \\$x\\$ \\<b>"


def test_a_run_is_polled_fast_at_first_then_slower_then_not_at_all(store: Store, home: Settings):
    queued = record_run(store, home, RunStatus.QUEUED)
    running = record_run(store, home, RunStatus.RUNNING)
    finished = record_run(store, home, RunStatus.FINISHED)
    now = running.started_at
    assert now is not None
    assert poll_seconds(queued, datetime.now(UTC)) == FAST_SECONDS
    assert poll_seconds(running, now) == FAST_SECONDS
    assert poll_seconds(running, now + timedelta(seconds=FAST_FOR_SECONDS + 1)) == SLOW_SECONDS
    assert poll_seconds(finished, datetime.now(UTC)) is None


def test_no_dotted_name_reaches_the_screen(store: Store, home: Settings, open_page: Opener):
    reason = "The loss became nan in epoch 1, step 3. Lower optimizer.learning_rate (it was 10)."
    run = record_run(store, home, RunStatus.FAILED, reason=reason)
    tab = open_page("run", run=str(run.id))
    assert "Lower “Learning rate” (it was 10)." in texts(tab.error)


def test_the_buttons_stand_between_the_name_and_the_progress(store: Store, home: Settings, open_page: Opener):
    run = record_run(store, home, RunStatus.RUNNING)
    tab = open_page("run", run=str(run.id))
    kinds = [element.type for element in tab.main]
    assert kinds.index("subheader") < kinds.index("button") < kinds.index("progress")
    assert [button.key for button in tab.button][:2] == [f"pause:{run.id}", f"stop:{run.id}"]


def test_no_part_that_redraws_itself_moves_when_the_run_ends_or_a_message_is_shown(
    store: Store, home: Settings, open_page: Opener, monkeypatch: pytest.MonkeyPatch
):
    # Streamlit knows such a part by its place; what is clicked in one that moved meanwhile is ignored.
    register, places = MemoryFragmentStorage.register, set[str]()

    def noted(self: MemoryFragmentStorage, key: str, *others: object, **more: object) -> None:
        places.add(key)
        register(self, key, *others, **more)

    monkeypatch.setattr(MemoryFragmentStorage, "register", noted)
    run = record_run(store, home, RunStatus.RUNNING, epochs=3)
    tab = open_page("run", run=str(run.id))
    tab.button(key=f"fork.button:{run.id}").click().run()
    places.clear()
    tab.run()
    while_training = set(places)
    assert len(while_training) >= 4  # buttons, curves, views, panel
    tab.session_state[MESSAGE] = "It was named anew."
    places.clear()
    tab.run()
    assert "It was named anew." in texts(tab.info)
    assert places == while_training
    store.end(run.id, RunStatus.STOPPED)
    places.clear()
    tab.run()
    assert places >= while_training  # there is more to look at now
