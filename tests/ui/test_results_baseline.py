import pytest

from explorer.records import Request, RunStatus
from explorer.settings import Settings
from explorer.storage.store import Store

from .conftest import Opener, labels, texts
from .recorded import record_baseline, record_run


def test_a_queued_baseline_tells_its_place_and_its_settings(store: Store, open_page: Opener):
    record_baseline(store, RunStatus.QUEUED)
    run = record_baseline(store, RunStatus.QUEUED, baseline__k=5, data__features="hog")
    tab = open_page("run", run=str(run.id))
    assert "kNN k=5 · HOG" in texts(tab.subheader)
    assert "Place 2 of 2 in the queue. No worker is here yet" in texts(tab.info)
    assert tab.dataframe[-1].value.values.tolist() == [
        ["Features", "HOG", "Pixels"],
        ["k (neighbours)", "5", "3"],
    ]
    assert labels(tab)[:3] == ["Stop", "Rename", "Delete"]
    assert not tab.exception


@pytest.mark.parametrize(
    ("model", "stage", "words"),
    [
        ("knn", ("", 0, 0), "The worker is starting the fit …"),
        (
            "knn",
            ("Computing HOG features", 35_000, 70_000),
            "Computing HOG features: 35,000 of 70,000 images",
        ),
        ("linear_svm", ("Fitting", 3, 10), "Fitting: 3 of 10 classes"),
        ("forest", ("Fitting", 50, 100), "Fitting: 50 of 100 trees"),
        ("rbf_svm", ("Fitting", 0, 1), "Fitting"),
        ("rbf_svm", ("Asking about the test images", 1, 4), "Asking about the test images: 1 of 4 images"),
    ],
)
def test_a_running_baseline_tells_its_stage(
    model: str, stage: tuple[str, int, int], words: str, store: Store, open_page: Opener
):
    run = record_baseline(store, RunStatus.RUNNING, stage=stage, baseline__model=model)
    tab = open_page("run", run=str(run.id))
    (bar,) = tab.get("progress")
    text, _, elapsed = bar.proto.text.rpartition(" · ")
    assert text == words
    assert elapsed.endswith("s so far")  # "1.2 s", or "98 ms" on a quick machine
    assert bar.proto.value == (100 * stage[1] // stage[2] if stage[2] else 0)
    assert labels(tab)[0] == "Stop"
    assert "Pause" not in labels(tab)


def test_stop_asks_the_worker(store: Store, open_page: Opener):
    run = record_baseline(store, RunStatus.RUNNING)
    tab = open_page("run", run=str(run.id))
    tab.button(key=f"stop:{run.id}").click().run()
    assert store.pending_request(run.id) is Request.STOP


def test_a_request_that_waits_is_shown(store: Store, open_page: Opener):
    run = record_baseline(store, RunStatus.RUNNING)
    store.request(run.id, Request.STOP)
    tab = open_page("run", run=str(run.id))
    assert tab.get("progress")[0].proto.text.endswith("· stopping …")


@pytest.mark.parametrize(
    ("status", "title"),
    [
        (RunStatus.FAILED, "This fit failed"),
        (RunStatus.STOPPED, "Stopped"),
        (RunStatus.PAUSED, "Paused"),
    ],
)
def test_a_baseline_that_ended_without_a_result_says_why_and_offers_to_start_again(
    status: RunStatus, title: str, store: Store, open_page: Opener
):
    run = record_baseline(store, status, reason="Stopped on request. Resume starts it again.")
    tab = open_page("run", run=str(run.id))
    said = (tab.error if status is RunStatus.FAILED else tab.info)[0]
    assert said.proto.title == title
    assert said.value == "Stopped on request. Start again fits it from the beginning."
    assert labels(tab)[0] == "Start again"
    assert not tab.get("plotly_chart")
    tab.button(key=f"resume:{run.id}").click().run()
    assert store.run(run.id).status is RunStatus.QUEUED
    assert store.run(run.id).stage == ""


def test_a_finished_baseline_tells_what_it_got_right_and_what_it_cost(store: Store, open_page: Opener):
    run = record_baseline(store, RunStatus.FINISHED, data__features="hog")
    tab = open_page("run", run=str(run.id))
    assert "994 of 1,000 test images right" in texts(tab.markdown)
    shown = {metric.label: (metric.value, metric.delta) for metric in tab.metric}
    assert shown == {
        "Test accuracy": ("99.40 %", ""),
        "Validation accuracy": ("95.71 %", ""),
        "Fitting": ("0.5 s", ""),
        "Predicting": ("2.5 s", ""),
        "Size": ("1.86 MB", ""),
    }
    assert "324 numbers an image (HOG) · features computed in 4.2 s · 7.5 s in all on 2 threads" in texts(
        tab.caption
    )
    assert len(tab.get("plotly_chart")) == 1
    precision = tab.dataframe[0].value.set_index("class").loc["9", "precision"]
    assert precision == pytest.approx(100 / 106)
    assert {"Rename", "Delete"} <= set(labels(tab))
    assert "Stop" not in labels(tab)
    assert not tab.exception


def test_a_method_with_probabilities_shows_its_loss(store: Store, open_page: Opener):
    run = record_baseline(store, RunStatus.FINISHED, baseline__model="logistic")
    tab = open_page("run", run=str(run.id))
    assert [metric.delta for metric in tab.metric][:2] == ["loss 0.25", "loss 0.25"]


def test_the_matrix_shows_shares_and_the_validation_images_too(store: Store, open_page: Opener):
    run = record_baseline(store, RunStatus.FINISHED)
    tab = open_page("run", run=str(run.id))
    tab.segmented_control(key=f"mistakes.images:{run.id}").set_value("Validation").run()
    tab.segmented_control(key=f"mistakes.numbers:{run.id}").set_value("Row %").run()
    assert "4 read as 9" in tab.button(key=f"mistakes.pair:{run.id}:0").label
    assert not tab.exception


def test_a_baseline_that_is_gone_is_said_to_be_gone(store: Store, open_page: Opener):
    run = record_baseline(store, RunStatus.FINISHED)
    tab = open_page("run", run=str(run.id))
    store.delete(run.id)
    tab.run()
    assert f"There is no run {run.id}" in texts(tab.info)
    assert not tab.exception


def test_rename_and_delete_open_their_dialogs(store: Store, open_page: Opener):
    run = record_baseline(store, RunStatus.FINISHED)
    tab = open_page("run", run=str(run.id))
    tab.button(key=f"rename:{run.id}").click().run()
    tab.text_input(key=f"runs.new_name:{run.id}").set_value("neighbours")
    next(
        button for button in tab.button if button.label == "Rename" and button.key != f"rename:{run.id}"
    ).click()
    tab.run()
    assert store.run(run.id).name == "neighbours"
    tab.button(key=f"delete:{run.id}").click().run()
    next(button for button in tab.button if button.label == "Delete for good").click().run()
    assert store.runs() == ()
    assert f"There is no run {run.id}" in texts(tab.info)


def test_baselines_stand_among_the_networks_in_the_table(store: Store, home: Settings, open_page: Opener):
    record_run(store, home, RunStatus.FINISHED, name="network")
    record_baseline(store, RunStatus.RUNNING, stage=("Fitting", 0, 1))
    record_baseline(store, RunStatus.FINISHED, baseline__model="linear_svm", data__features="hog")
    tab = open_page("runs")
    (shown,) = tab.dataframe
    rows = shown.value.set_index("name")
    assert rows["model"].tolist() == ["linear SVM C=1", "kNN k=3", "64"]
    assert rows["features"].tolist() == ["HOG", "Pixels", "Pixels"]
    assert rows.loc["linear SVM C=1 · HOG", ["test", "seconds", "size"]].tolist() == [99.4, 7.5, 1_862_352]
    assert rows.loc["network", ["test", "size"]].tolist() == [99.4, 4 * 50_890]
    assert rows.loc["kNN k=3 · pixels", ["epochs", "rate", "parameters", "test", "size"]].isna().all()
    tab.text_input(key="runs.text").set_value("svm hog").run()
    assert tab.dataframe[0].value["name"].tolist() == ["linear SVM C=1 · HOG"]
    tab.text_input(key="runs.text").set_value("baseline").run()
    assert len(tab.dataframe[0].value) == 2
    assert not tab.exception
