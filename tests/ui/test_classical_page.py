import subprocess
import sys

import numpy as np
import pytest

from explorer.classical.feature_files import dataset_features
from explorer.config.baseline import BaselineConfig
from explorer.config.run import Hog
from explorer.data.files import load_arrays
from explorer.data.own_images import AS_IT_IS, OwnImages, Part
from explorer.data.own_keeping import keep_own
from explorer.records import RunStatus
from explorer.settings import Settings
from explorer.storage.fitted import Fitted, save_fitted
from explorer.storage.store import Store
from tests.data.own_samples import digits

from .conftest import ROOT, Opener, address_of, alts, labels, texts
from .recorded import baseline_result, record_baseline, record_run

VIEWS = ("fit", "image", "parameters", "methods")
ONE_IMAGE = {"view": "image", "class": "4", "number": "3"}


# Every view, with an empty store


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_of_an_empty_store_says_what_to_do(view: str, store: Store, open_page: Opener):
    tab = open_page("classical", view=view)
    words = {
        "fit": "then press Fit",
        "image": "Neighbours by HOG need the features of every training image.",
        "parameters": "Press the button to try the values",
        "methods": "Fit a classical method here, or train a network",
    }
    assert words[view] in texts(tab.info)
    assert not tab.exception
    assert not tab.error


def test_the_page_loads_neither_scikit_learn_nor_scikit_image_nor_torch():
    program = (
        "import sys, explorer.ui.classical_page\n"
        "import numpy as np\n"
        "from explorer.classical.illustration import illustrate\n"
        "from explorer.config.run import Hog\n"
        "illustrate(np.zeros((28, 28), np.uint8), Hog())\n"
        "sys.exit(str({'torch', 'sklearn', 'skimage', 'scipy'} & set(sys.modules) or ''))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.stderr.strip() == ""


# Fit


def test_fit_queues_what_the_form_says_and_shows_it(store: Store, open_page: Opener):
    tab = open_page("classical")
    tab.selectbox(key="classical:baseline.model").set_value("rbf_svm").run()
    tab.number_input(key="classical:baseline.C").set_value(10.0)
    tab.segmented_control(key="classical:data.features").set_value("hog").run()
    tab.slider(key="classical:data.hog.cell_size").set_value(5).run()
    tab.button(key="classical.fit").click().run()
    (run,) = store.runs()
    assert isinstance(run.config, BaselineConfig)
    chosen = run.config.baseline
    assert (chosen.model, chosen.C, chosen.gamma) == ("rbf_svm", 10.0, "scale")
    assert (run.config.data.features, run.config.data.hog) == ("hog", Hog(cell_size=5))
    assert "Next in the queue" in texts(tab.info)
    assert address_of(tab)["run"] == str(run.id)
    assert address_of(tab)["baseline.model"] == "rbf_svm"
    assert not tab.exception


@pytest.mark.parametrize(
    ("method", "shown"),
    [
        ("knn", {"k"}),
        ("linear_svm", {"C"}),
        ("rbf_svm", {"C", "gamma"}),
        ("logistic", {"C"}),
        ("forest", {"trees"}),
    ],
)
def test_a_method_shows_the_parameters_that_it_has(
    method: str, shown: set[str], store: Store, open_page: Opener
):
    tab = open_page("classical", **{"baseline.model": method})
    keys = {box.key for kind in (tab.number_input, tab.selectbox) for box in kind}
    assert {key.rpartition(".")[2] for key in keys if key and key.startswith("classical:baseline.")} == {
        "model",
        *shown,
    }


def test_what_is_wrong_is_said_in_words_and_nothing_starts(store: Store, open_page: Opener):
    tab = open_page("classical")
    tab.number_input(key="classical:data.train_size").set_value(20)
    tab.number_input(key="classical:baseline.k").set_value(21).run()
    assert "This must be at most 20, the number of training images, got 21." in texts(tab.markdown)
    assert "k must be at most 20, the number of training images" in texts(tab.warning)
    assert tab.button(key="classical.fit").disabled
    assert store.runs() == ()


def test_a_dataset_that_is_not_here_can_be_fetched_and_not_fitted(store: Store, open_page: Opener):
    tab = open_page("classical", **{"data.dataset": "mnist"})
    assert "Fetch MNIST" in labels(tab)
    assert tab.button(key="classical.fit").disabled
    assert "Fetch MNIST" in labels(open_page("classical", view="image", **{"data.dataset": "mnist"}))


def test_a_running_fit_tells_its_stage_and_can_be_stopped(store: Store, open_page: Opener):
    run = record_baseline(store, RunStatus.RUNNING, stage=("Fitting", 3, 10), baseline__model="linear_svm")
    tab = open_page("classical")
    assert "Fitting: 3 of 10 classes" in tab.get("progress")[0].proto.text
    tab.button(key=f"stop:{run.id}").click().run()
    assert store.pending_request(run.id) == "stop"


def test_a_failed_fit_says_why(store: Store, open_page: Opener):
    record_baseline(store, RunStatus.FAILED, reason="There is too little memory.")
    assert "There is too little memory." in texts(open_page("classical").error)


def test_a_finished_fit_shows_accuracy_matrix_and_numbers_of_each_class(store: Store, open_page: Opener):
    record_baseline(store, RunStatus.FINISHED)
    tab = open_page("classical")
    assert "994 of 1,000 test images right" in texts(tab.markdown)
    assert any("Confusion matrix: 6 of 1,000" in alt for alt in alts(tab))
    assert "precision" in tab.dataframe[0].value.columns


def test_the_newest_baseline_is_shown_and_no_network(store: Store, home: Settings, open_page: Opener):
    record_baseline(store, RunStatus.FINISHED, baseline__k=7)
    record_run(store, home, RunStatus.FINISHED)
    assert "kNN k=7 · pixels" in texts(open_page("classical").subheader)


# The address


def test_the_address_brings_a_view_its_image_and_the_settings_back(store: Store, open_page: Opener):
    wanted = {"view": "image", "class": "7", "number": "2", "data.hog.cell_size": "4", "baseline.k": "5"}
    tab = open_page("classical", **wanted)
    assert tab.slider(key="classical:data.hog.cell_size").value == 4
    assert tab.number_input(key="classical.image.number").value == 2
    assert "Image of class 7" in alts(tab)
    assert address_of(tab) == wanted


def test_an_address_that_is_partly_wrong_says_so_and_uses_the_rest(store: Store, open_page: Opener):
    tab = open_page(
        "classical", view="nowhere", number="-3", **{"baseline.k": "zero", "data.features": "hog"}
    )
    assert "k must be a whole number" in texts(tab.warning)
    assert tab.segmented_control(key="classical:data.features").value == "hog"
    tab.button[0].click().run()
    assert not tab.warning
    assert not tab.exception


def test_settings_are_the_same_in_every_view(store: Store, open_page: Opener):
    tab = open_page("classical", view="image")
    tab.slider(key="classical:data.hog.orientations").set_value(6).run()
    tab.segmented_control(key="classical.view").set_value("Fit").run()
    tab.segmented_control(key="classical:data.features").set_value("hog").run()
    assert tab.slider(key="classical:data.hog.orientations").value == 6
    tab.segmented_control(key="classical.view").set_value("One image").run()
    assert tab.slider(key="classical:data.hog.orientations").value == 6


# One image


def test_one_image_shows_gradient_cells_numbers_and_pixel_neighbours(store: Store, open_page: Opener):
    tab = open_page("classical", **ONE_IMAGE)
    said = texts(tab.markdown)
    assert "a test image of class 4" in said
    assert "The 324 numbers" in said
    assert "The 8 of 1,437 training images" in said
    assert len([alt for alt in alts(tab) if alt.startswith("Nearest training images by pixels")]) == 1
    assert len(alts(tab)) == 5
    assert not tab.exception


def test_sliders_change_the_features_at_once(store: Store, open_page: Opener):
    tab = open_page("classical", **ONE_IMAGE)
    tab.slider(key="classical:data.hog.cell_size").set_value(4)
    tab.slider(key="classical:data.hog.orientations").set_value(6).run()
    assert "The 864 numbers" in texts(tab.markdown)  # 6·6 blocks of 2·2 cells with 6 directions
    assert "7×7 cells. Each holds" in texts(tab.caption)


def test_cells_and_blocks_are_told_as_they_are(store: Store, open_page: Opener):
    tab = open_page("classical", **ONE_IMAGE, **{"data.hog.cell_size": "9", "data.hog.block_size": "1"})
    assert "The last row and column are left out." in texts(tab.caption)
    assert "share cells" not in texts(tab.caption)
    tab = open_page("classical", **ONE_IMAGE, **{"data.hog.cell_size": "13", "data.hog.block_size": "2"})
    assert "The last 2 rows and columns are left out." in texts(tab.caption)
    assert "1 block × 2×2 cells × 9 directions" in texts(tab.markdown)
    tab = open_page("classical", **ONE_IMAGE)
    assert "Neighbouring blocks share cells." in texts(tab.caption)
    assert "left out" not in texts(tab.caption)


def test_blocks_that_do_not_fit_are_refused_in_words(store: Store, open_page: Opener):
    tab = open_page("classical", **ONE_IMAGE)
    tab.slider(key="classical:data.hog.cell_size").set_value(14)
    tab.slider(key="classical:data.hog.block_size").set_value(3).run()
    assert "Block size must be at most 2 with cells of 14 pixels, got 3." in texts(tab.warning)
    assert not tab.exception


def test_lots_draw_an_image_that_there_is(store: Store, open_page: Opener, home: Settings):
    tab = open_page("classical", view="image")
    counts = np.bincount(load_arrays("digits", home.data).test_labels)
    seen = set()
    for _ in range(5):
        next(button for button in tab.button if button.label == "Random").click().run()
        fields = address_of(tab)
        assert 1 <= int(fields["number"]) <= counts[int(fields["class"])]
        seen.add((fields["class"], fields["number"]))
    assert len(seen) > 1
    assert not tab.exception


def test_only_classes_that_have_test_images_can_be_chosen(store: Store, home: Settings, open_page: Opener):
    pixels, classes = digits(60)
    some = np.where(classes > 4, 7, 3).astype(np.uint8)
    keep_own(OwnImages(Part(pixels, some), Part(pixels, some), "a.zip", AS_IT_IS, ""), "two", home.data)
    tab = open_page("classical", view="image", **{"data.dataset": "own:two", "class": "8"})
    assert not tab.exception
    assert not tab.error
    pills = next(group for group in tab.button_group if group.label == "Class")
    assert pills.options == ["3", "7"]
    assert "a test image of class 3" in texts(tab.markdown)


def test_a_number_beyond_the_class_becomes_its_last_image(store: Store, open_page: Opener, home: Settings):
    tab = open_page("classical", view="image", number="999", **{"class": "3"})
    count = int(np.bincount(load_arrays("digits", home.data).test_labels)[3])
    assert tab.number_input(key="classical.image.number").value == count


def test_missing_features_are_computed_by_a_fit_that_one_button_queues(store: Store, open_page: Opener):
    tab = open_page("classical", **ONE_IMAGE)
    tab.slider(key="classical:data.hog.cell_size").set_value(5).run()
    tab.button(key="classical.compute").click().run()
    (run,) = store.runs()
    assert (run.config.data.features, run.config.data.hog) == ("hog", Hog(cell_size=5))
    assert f"Run {run.id}" in tab.get("progress")[0].proto.text
    assert "waits for a worker" in tab.get("progress")[0].proto.text


def test_the_features_chosen_right_before_the_click_are_computed_once(store: Store, open_page: Opener):
    tab = open_page("classical", **ONE_IMAGE)
    tab.slider(key="classical:data.hog.cell_size").set_value(5)
    tab.button(key="classical.compute").click().run()
    assert [run.config.data.hog for run in store.runs()] == [Hog(cell_size=5)]

    tab.slider(key="classical:data.hog.cell_size").set_value(9).run()
    tab.slider(key="classical:data.hog.cell_size").set_value(5)  # whose fit is queued
    tab.button(key="classical.compute").click().run()
    assert len(store.runs()) == 1


def test_the_fit_that_computes_them_tells_how_far_it_is_or_why_it_failed(store: Store, open_page: Opener):
    run = record_baseline(
        store, RunStatus.RUNNING, stage=("Computing HOG features", 300, 1_200), data__features="hog"
    )
    tab = open_page("classical", **ONE_IMAGE)
    assert tab.get("progress")[0].proto.value == 25
    assert "Computing HOG features" in tab.get("progress")[0].proto.text
    store.end(run.id, RunStatus.FAILED, "The disk is full.")
    tab.run()
    assert "The disk is full." in texts(tab.error)
    assert "Fit kNN on these HOG features" in labels(tab)


def test_with_features_on_disk_both_neighbourhoods_stand_side_by_side(
    store: Store, home: Settings, open_page: Opener
):
    features = dataset_features("digits", Hog(), home.data, home.home)
    tab = open_page("classical", **ONE_IMAGE)
    by_hog = next(alt for alt in alts(tab) if alt.startswith("Nearest training images by hog"))
    labels_of = load_arrays("digits", home.data)
    index = np.flatnonzero(labels_of.test_labels == 4)[2]
    distances = np.linalg.norm(features.train - features.test[index], axis=1)
    nearest = int(np.argmin(distances))
    expected = f"neighbour 1: class {labels_of.train_labels[nearest]}, distance {distances[nearest]:.4g}"
    assert expected in by_hog
    assert not tab.info or "HOG features" not in texts(tab.info)


def linear(store: Store, home: Settings, features: str = "pixels") -> int:
    """A linear SVM whose every image is a 7, by 2.5 before the next class."""
    run = record_baseline(store, RunStatus.FINISHED, baseline__model="linear_svm", data__features=features)
    length = 784 if features == "pixels" else 324
    offsets = np.full(10, -1.0)
    offsets[7] = 1.5
    model = {"weights": np.zeros((10, length)), "offsets": offsets}
    save_fitted(home, run.id, Fitted(baseline_result(), b"", model))
    return run.id


@pytest.mark.parametrize("features", ["pixels", "hog"])
def test_a_linear_machine_scores_the_image_and_shows_its_weights(
    features: str, store: Store, home: Settings, open_page: Opener
):
    linear(store, home, features)
    tab = open_page("classical", **ONE_IMAGE)
    assert "**It answers 7** (wrong: it is of class 4), 2.50 ahead of the next class" in texts(tab.markdown)
    assert any("class 7: 1.5 = 0 (w·x) + 1.5 (b)" in alt for alt in alts(tab))
    assert "What it looks for" in texts(tab.markdown)
    assert not tab.exception


def test_of_several_machines_the_newest_is_asked_until_another_is_chosen(
    store: Store, home: Settings, open_page: Opener
):
    first, second = linear(store, home), linear(store, home)
    tab = open_page("classical", **ONE_IMAGE)
    assert tab.selectbox(key="classical.scores.run").value == second
    tab.selectbox(key="classical.scores.run").set_value(first).run()
    assert tab.selectbox(key="classical.scores.run").value == first
    assert not tab.exception


def test_a_machine_whose_file_is_gone_is_said_to_be_gone(store: Store, open_page: Opener):
    record_baseline(store, RunStatus.FINISHED, baseline__model="logistic")
    tab = open_page("classical", **ONE_IMAGE)
    assert len(tab.warning) == 1
    assert not tab.exception
    assert not tab.error


@pytest.mark.parametrize(
    ("status", "words"), [(RunStatus.RUNNING, "is being fitted"), (RunStatus.FAILED, "No memory.")]
)
def test_a_machine_that_is_not_there_yet_says_why(
    status: RunStatus, words: str, store: Store, open_page: Opener
):
    record_baseline(store, status, baseline__model="linear_svm", reason="No memory.")
    tab = open_page("classical", **ONE_IMAGE)
    assert words in texts(tab.info) + texts(tab.error)
