"""The Mistakes view of a run, with the test in the inspector's place."""

import json
from typing import Any

import numpy as np
from streamlit.testing.v1 import AppTest

from explorer.data.files import load_arrays
from explorer.data.partition import partition
from explorer.jobs import queue
from explorer.records import Run, RunStatus
from explorer.settings import Settings
from explorer.storage.arrays import pack
from explorer.storage.checkpoints import Checkpoints
from explorer.storage.fitted import Fitted, save_fitted
from explorer.storage.store import Store
from explorer.ui.results_mistakes_difference import comparable

from .conftest import Opener, key_of, texts
from .recorded import WRONG, baseline_result, record_baseline, record_epochs, record_run


def validation_labels(run: Run, home: Settings) -> np.ndarray:
    arrays = load_arrays(run.config.data.dataset, home.data)
    return arrays.train_labels[partition(arrays.train_labels, arrays.test_labels, run.config.data).validation]


def misread(run: Run, home: Settings) -> np.ndarray:
    """The six validation images that recorded runs read as nines."""
    return np.flatnonzero(validation_labels(run, home) != 9)[:WRONG]


def sure_of(store: Store, run: Run, home: Settings, epoch: int = 3) -> np.ndarray:
    """Probabilities of the recorded answers: 90 % each; of the six mistakes 50, 55, … 75 % in order."""
    answered = np.frombuffer(store.predictions(run.id, epoch), np.uint8)
    made = np.zeros((len(answered), 10), np.float32)
    sure = np.full(len(answered), 0.9, np.float32)
    sure[misread(run, home)] = 0.5 + 0.05 * np.arange(WRONG)
    made[np.arange(len(answered)), answered] = sure
    made[np.arange(len(answered)), (answered + 1) % 10] += 1 - sure
    return made


def reply(store: Store, run: Run, home: Settings) -> list[dict[str, Any]]:
    """Answer every open question about probabilities; what was asked.

    Of test images all are said to be nines, with 60 %.
    """
    asked = []
    while (question := store.analyses.take()) is not None:
        assert question.kind == "probabilities"
        asked.append(question.request)
        if question.request["part"] == "test":
            made = np.full((360, 10), 0.4 / 9, np.float32)
            made[:, 9] = 0.6
        else:
            made = sure_of(store, run, home, question.request["epoch"])
        store.analyses.end(question, pack({"probabilities": made}))
    return asked


def opened(open_page: Opener, run: Run, part: str | None = None) -> AppTest:
    tab = open_page("run", run=str(run.id))
    if part is not None:
        tab.segmented_control(key=f"mistakes.images:{run.id}").set_value(part).run()
    assert texts(tab.exception) == ""
    assert texts(tab.error) == ""
    return tab


def figures(tab: AppTest) -> list[dict[str, Any]]:
    return [json.loads(chart.proto.spec) for chart in tab.get("plotly_chart")]


def shown(tab: AppTest) -> list[int]:
    """The images of the gallery, in order."""
    for figure in figures(tab):
        if "image" in {trace["type"] for trace in figure["data"]} and len(figure["data"]) == 3:
            points = figure["data"][2]
            return [key for (key,) in points["customdata"]]
    return []


def choose(tab: AppTest, run: Run, true: int, answer: int) -> AppTest:
    tab.selectbox(key=f"mistakes.true:{run.id}").set_value(true)
    return tab.selectbox(key=f"mistakes.answer:{run.id}").set_value(answer).run()


def test_until_the_probabilities_come_mistakes_stand_in_the_order_of_the_dataset(
    store: Store, home: Settings, open_page: Opener
):
    run = record_run(store, home, RunStatus.FINISHED)
    tab = opened(open_page, run, "Validation")
    assert shown(tab) == misread(run, home).tolist()
    assert "6 validation images: misread, in the order of the dataset." in texts(tab.caption)
    assert "Asking the network how sure it is" in " ".join(bar.proto.text for bar in tab.get("progress"))


def test_then_the_surest_come_first_with_the_reliability_diagram(
    store: Store, home: Settings, open_page: Opener
):
    run = record_run(store, home, RunStatus.FINISHED)
    tab = opened(open_page, run, "Validation")
    assert {"run_id": run.id, "epoch": 3, "part": "validation"} in reply(store, run, home)
    tab.run()
    assert shown(tab) == misread(run, home)[::-1].tolist()
    assert "6 validation images: misread, the surest first." in texts(tab.caption)
    # 138 right answers at 90 % and six wrong ones at 50 to 75 %.
    said = 100 * (138 * 0.9 + 6 * 0.625) / 144
    assert f"On these 144 validation images the network says {said:.1f} % on average" in texts(tab.markdown)
    assert f"is right in {100 * 138 / 144:.1f} %: under-confident by 7.0 points" in texts(tab.markdown)
    assert "Expected calibration error" in texts(tab.markdown)


def test_a_cell_shows_exactly_its_images_whichever_way_it_is_chosen(
    store: Store, home: Settings, open_page: Opener
):
    run = record_run(store, home, RunStatus.FINISHED)
    tab = opened(open_page, run, "Validation")
    reply(store, run, home)
    labels, wrong = validation_labels(run, home), misread(run, home)
    true = int(labels[wrong[0]])
    expected = [int(index) for index in wrong[::-1] if labels[index] == true]
    choose(tab, run, true, 9)
    assert shown(tab) == expected
    assert f"{len(expected)} validation image" in texts(tab.caption)
    matrix = figures(tab)[0]
    assert [(shape["x0"], shape["y0"]) for shape in matrix["layout"]["shapes"]] == [(8.5, true - 0.5)]
    tab.button(key=f"mistakes.all:{run.id}").click().run()
    assert len(shown(tab)) == WRONG


def test_a_pair_in_words_can_be_pressed(store: Store, home: Settings, open_page: Opener):
    run = record_run(store, home, RunStatus.FINISHED)
    tab = opened(open_page, run)
    tab.button(key=f"mistakes.pair:{run.id}:0").click().run()  # 4 read as 9
    reply(store, run, home)
    tab.run()
    arrays = load_arrays("digits", home.data)
    chosen = [tab.selectbox(key=f"mistakes.{side}:{run.id}").value for side in ("true", "answer")]
    assert chosen == [4, 9]
    assert shown(tab) == np.flatnonzero(arrays.test_labels == 4).tolist()


def test_test_images_wait_for_the_networks_answers_and_are_then_those_of_the_test_files(
    store: Store, home: Settings, open_page: Opener
):
    run = record_run(store, home, RunStatus.FINISHED)
    tab = opened(open_page, run)
    assert shown(tab) == []
    assert reply(store, run, home) == [{"run_id": run.id, "epoch": 3, "part": "test"}]
    tab.run()
    labels = load_arrays("digits", home.data).test_labels
    assert len(shown(tab)) == 40
    assert f"{(labels != 9).sum():,} test images: misread, the surest first." in texts(tab.caption)
    assert set(shown(tab)) <= set(np.flatnonzero(labels != 9).tolist())


def test_the_test_part_is_there_only_at_the_epoch_of_the_result(
    store: Store, home: Settings, open_page: Opener
):
    run = record_run(store, home, RunStatus.FINISHED)
    tab = opened(open_page, run)
    reply(store, run, home)
    tab.select_slider(key=f"scrubber.slider:{run.id}").set_value(1).run()
    assert "Validation images after epoch 1: 138 of 144 right" in texts(tab.markdown)
    assert reply(store, run, home) == [{"run_id": run.id, "epoch": 1, "part": "validation"}]
    assert f"mistakes.images:{run.id}" not in {one.key for one in tab.segmented_control}


def test_the_image_that_was_clicked_is_shown_with_its_probabilities_and_opened_closer(
    store: Store, home: Settings, open_page: Opener
):
    run = record_run(store, home, RunStatus.FINISHED)
    tab = opened(open_page, run, "Validation")
    reply(store, run, home)
    index = int(misread(run, home)[2])
    tab.session_state[f"mistakes.image:{run.id}"] = ("validation", index)
    tab.run()
    assert f"**Image {index}** · class" in texts(tab.markdown)
    assert "read as 9, 60 %" in texts(tab.markdown)
    tab.button(key=f"mistakes.closer:{run.id}").click().run()
    assert tab.segmented_control(key=key_of(tab, "run_panel.view")).value == "Image"
    assert tab.number_input(key=key_of(tab, f"image.index:{run.id}")).value == index


def test_the_difference_is_taken_from_a_run_on_the_same_images(
    store: Store, home: Settings, open_page: Opener
):
    run = record_run(store, home, RunStatus.FINISHED)
    record_run(store, home, RunStatus.FINISHED, data__split_seed=5)
    other = record_run(store, home, RunStatus.FINISHED, network__hidden=[16])
    tab = opened(open_page, run, "Validation")
    tab.select_slider(key=f"scrubber.slider:{run.id}").set_value(1).run()
    tab.segmented_control(key=f"mistakes.numbers:{run.id}").set_value("Difference").run()
    chosen = tab.selectbox(key=f"mistakes.other:{run.id}")
    assert [option.split(" · ")[0] for option in chosen.options] == [str(other.id)]
    texts_of_cells = figures(tab)[0]["data"][1]["text"]
    # The other read six of fourteen fours as nines; of this run's fours some were read so by hand.
    labels, wrong = validation_labels(run, home), misread(run, home)
    fours = 100 * (labels[wrong] == 4).sum() / (labels == 4).sum() - 100 * 6 / 14
    assert texts_of_cells[4 * 10 + 9] == f"{fours:+.1f}".replace("-", "−")
    assert f"this network less run {other.id}" in texts(tab.caption)


def test_without_another_run_the_difference_says_what_to_train(
    store: Store, home: Settings, open_page: Opener
):
    run = record_run(store, home, RunStatus.FINISHED)
    tab = opened(open_page, run)
    tab.segmented_control(key=f"mistakes.numbers:{run.id}").set_value("Difference").run()
    assert "train one with the same dataset and the same validation split" in texts(tab.caption)
    assert not tab.exception


def test_runs_are_comparable_by_their_images_alone(store: Store, home: Settings):
    def made(**fields: object) -> Run:
        return record_run(store, home, RunStatus.FINISHED, epochs=1, **fields)

    run = made()
    same = [made(network__hidden=[8], data__features="hog"), made(data__train_size=500)]
    fewer_tests = made(data__test_size=100)
    others = [made(data__split_seed=1), made(data__validation_fraction=0.2), made(data__validation_size=100)]
    offered = [run, *same, fewer_tests, *others]
    assert [one.id for one, _ in comparable(run, offered, "Test")] == [one.id for one in same]
    assert [one.id for one, _ in comparable(run, offered, "Validation")] == [
        *(one.id for one in same),
        fewer_tests.id,
    ]


def test_a_running_run_asks_only_when_something_is_chosen(store: Store, home: Settings, open_page: Opener):
    run = record_run(store, home, RunStatus.RUNNING)
    tab = opened(open_page, run)
    assert shown(tab) == misread(run, home).tolist()
    assert reply(store, run, home) == []
    assert "To leave the training its time" in texts(tab.caption)
    labels = validation_labels(run, home)
    choose(tab, run, int(labels[misread(run, home)[0]]), 9)
    assert reply(store, run, home) == [{"run_id": run.id, "epoch": 3, "part": "validation"}]


def test_a_running_run_shows_its_newest_epoch(store: Store, home: Settings, open_page: Opener):
    run = record_run(store, home, RunStatus.RUNNING)
    tab = opened(open_page, run)
    record_epochs(store, home, run, range(4, 5))
    tab.run()
    assert "Validation images after epoch 4" in texts(tab.markdown)


def test_a_failed_run_shows_what_it_had_learned(store: Store, home: Settings, open_page: Opener):
    run = record_run(store, home, RunStatus.FAILED, reason="The loss became nan.")
    tab = open_page("run", run=str(run.id))
    assert reply(store, run, home) == [{"run_id": run.id, "epoch": 3, "part": "validation"}]
    tab.run()
    assert "6 validation images: misread, the surest first." in texts(tab.caption)


def test_a_failed_question_says_why_and_the_images_are_shown_all_the_same(
    store: Store, home: Settings, open_page: Opener
):
    run = record_run(store, home, RunStatus.FINISHED)
    tab = opened(open_page, run, "Validation")
    while (question := store.analyses.take()) is not None:
        store.analyses.fail(question, "Checkpoint epoch-0003 is damaged.")
    tab.run()
    assert "Checkpoint epoch-0003 is damaged." in texts(tab.warning)
    assert shown(tab) == misread(run, home).tolist()
    tab.button(key="answers.again:mistakes.validation").click().run()
    reply(store, run, home)
    tab.run()
    assert shown(tab) == misread(run, home)[::-1].tolist()


def test_without_weights_the_images_are_shown_without_certainty(
    store: Store, home: Settings, open_page: Opener
):
    run = record_run(store, home, RunStatus.FINISHED)
    for path in Checkpoints(home, run.id).folder.iterdir():
        path.unlink()
    tab = opened(open_page, run)
    assert "The weights behind these numbers were not kept" in texts(tab.caption)
    tab.segmented_control(key=f"mistakes.images:{run.id}").set_value("Validation").run()
    assert "its weights were not kept" in texts(tab.caption)
    assert shown(tab) == misread(run, home).tolist()
    assert store.analyses.take() is None


def test_a_network_on_hog_features_shows_the_pixels_of_its_images(
    store: Store, home: Settings, open_page: Opener
):
    run = record_run(store, home, RunStatus.FINISHED, data__features="hog")
    tab = opened(open_page, run, "Validation")
    reply(store, run, home)
    tab.run()
    assert shown(tab) == misread(run, home)[::-1].tolist()


def test_a_run_without_validation_images_shows_the_test_images(
    store: Store, home: Settings, open_page: Opener
):
    run = record_run(store, home, RunStatus.FINISHED, data__validation_fraction=0)
    tab = opened(open_page, run)
    reply(store, run, home)
    tab.run()
    assert len(shown(tab)) == 40
    tab.select_slider(key=f"scrubber.slider:{run.id}").set_value(1).run()
    assert "no epoch with validation images was finished" in texts(tab.info)
    assert not tab.exception


def test_training_images_are_counted_and_not_shown(store: Store, home: Settings, open_page: Opener):
    run = record_run(store, home, RunStatus.FINISHED)
    tab = opened(open_page, run, "Training")
    assert "Choose Validation or Test above" in texts(tab.caption)
    assert "Click a cell" not in texts(tab.caption)
    assert shown(tab) == []


def test_a_cell_without_images_says_so(store: Store, home: Settings, open_page: Opener):
    run = record_run(store, home, RunStatus.FINISHED)
    tab = opened(open_page, run, "Validation")
    choose(tab, run, 9, 0)
    assert "0 validation images: 9 read as 0." in texts(tab.caption)
    assert shown(tab) == []


def test_a_run_deleted_in_another_tab_is_said_to_be_gone(store: Store, home: Settings, open_page: Opener):
    run = record_run(store, home, RunStatus.FINISHED)
    tab = opened(open_page, run, "Validation")
    queue.delete(store, home, run.id)
    tab.run()
    assert f"There is no run {run.id}" in texts(tab.info)
    assert not tab.exception


def test_a_baseline_shows_its_misread_validation_images_from_what_was_kept(
    store: Store, home: Settings, open_page: Opener
):
    run = record_baseline(store, RunStatus.FINISHED, baseline__model="knn")
    tab = opened(open_page, run)
    assert "Choose Validation above to see its mistakes" in texts(tab.caption)
    answered = validation_labels(run, home).copy()
    answered[misread(run, home)] = 9
    save_fitted(home, run.id, Fitted(baseline_result(), answered.tobytes(), {}))
    tab.segmented_control(key=f"mistakes.images:{run.id}").set_value("Validation").run()
    assert shown(tab) == misread(run, home).tolist()
    assert store.analyses.take() is None


def test_a_baseline_whose_file_is_gone_says_so_in_place_of_the_images(
    store: Store, home: Settings, open_page: Opener
):
    run = record_baseline(store, RunStatus.FINISHED, baseline__model="knn")
    tab = opened(open_page, run, "Validation")
    assert "the images can't be shown" in texts(tab.caption)
    assert "994 of 1,000 test images right" in texts(tab.markdown)
    assert shown(tab) == []
