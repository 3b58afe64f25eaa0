"""The Backprop page in its states: at the start, in mid-step, at an epoch's end, diverged, without files."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from explorer.config.run import RunConfig
from explorer.data.catalog import presence
from explorer.data.own_images import AS_IT_IS, OwnImages, Part
from explorer.data.own_keeping import keep_own
from explorer.scratch.walk import Walk
from explorer.settings import Settings
from explorer.storage.store import Store
from explorer.ui.backprop_check import AGREE, compare, disagreement
from explorer.ui.backprop_jacobians import row_in_latex
from explorer.ui.backprop_page import WALK
from explorer.ui.backprop_settings import Setup
from tests.data.own_samples import digits

from .conftest import ROOT, Opener, address_of, texts

DATA = os.environ.get("EXPLORER_DATA")  # before a home of the tests' own hides it
STAGES = ("Images", "Forward 1", "Forward 2", "Loss", "Backward 2", "Backward 1", "Update")


@pytest.fixture(autouse=True)
def _store(store: Store) -> None:
    """Every test has a store whose first run was long ago."""


def press(tab: AppTest, label: str) -> AppTest:
    next(button for button in tab.button if button.label == label).click()
    tab.run()
    assert not tab.exception
    return tab


def button(tab: AppTest, label: str) -> object:
    return next(own for own in tab.button if own.label == label)


def stage_of(tab: AppTest) -> str:
    return str(tab.session_state["stage"])


def walk_of(tab: AppTest) -> Walk:
    walk: Walk = tab.session_state[WALK][1]
    return walk


def test_at_the_start_the_page_says_what_to_do(open_page: Opener):
    tab = open_page("backprop")
    text = texts(tab.markdown)
    assert "A mini-batch of 8 images" in text
    assert "Press **Step**" in text
    assert "1 of 50 in epoch 1" in text
    assert button(tab, "Back").disabled
    assert not button(tab, "Step").disabled
    assert not tab.error
    assert not tab.warning
    assert len(tab.get("image")) == 1


def test_steps_lead_through_all_stages_and_on_to_the_next_batch(open_page: Opener):
    tab, seen = open_page("backprop"), []
    for _ in STAGES:
        seen.append(stage_of(tab))
        press(tab, "Step")
    assert tuple(seen) == STAGES
    assert (stage_of(tab), tab.session_state["batch"]) == ("Images", 2)
    press(tab, "Back")
    assert (stage_of(tab), tab.session_state["batch"]) == ("Update", 1)


def test_each_stage_shows_its_matrices_with_their_formulas(open_page: Opener):
    tab = open_page("backprop")
    shown = {
        "Forward 1": ["Z^{(1)} = W^{(1)} X + b^{(1)}", r"A^{(1)} = \tanh(Z)"],
        "Loss": [r"\ell_j = -\sum_c y_{cj} \ln p_{cj}"],
        "Backward 2": [r"\mathrm{d}Z^{(2)} = \frac{1}{B} (P - Y)"],
        "Backward 1": [r"\mathrm{d}Z^{(1)} = \mathrm{d}A^{(1)} \circ g'(Z), \quad g'(Z) = 1 - A^2"],
        "Update": [r"\theta \leftarrow \theta - \eta\, g"],
    }
    for stage, formulas in shown.items():
        tab.session_state["stage"] = stage
        tab.run()
        written = "\n".join(own.value for own in tab.latex)
        for text in formulas:
            assert text in written, stage
        assert "the same as in the matrix" in texts(tab.markdown) or stage == "Images"


def test_the_words_tell_the_numbers_of_the_step(open_page: Opener):
    tab = open_page("backprop")
    tab.session_state["stage"] = "Update"
    tab.run()
    record = walk_of(tab).step(1)
    assert record.score_after.loss < record.score.loss
    assert f"**{record.score.loss:.4f}** to **{record.score_after.loss:.4f}**" in texts(tab.markdown)


def test_a_step_goes_on_from_the_batch_that_was_typed_right_before_it(open_page: Opener):
    tab = open_page("backprop")
    tab.number_input(key="batch").set_value(7)
    press(tab, "Whole batch")
    assert (stage_of(tab), tab.session_state["batch"]) == ("Update", 7)
    tab.number_input(key="batch").set_value(1)
    tab.session_state["stage"] = "Images"
    press(tab, "Back")
    assert tab.session_state["batch"] == 1


def test_a_batch_an_epoch_and_a_reset(open_page: Opener):
    tab = open_page("backprop")
    press(tab, "Whole batch")
    assert (stage_of(tab), tab.session_state["batch"]) == ("Update", 1)
    press(tab, "Whole batch")
    assert tab.session_state["batch"] == 2
    press(tab, "To the end of the epoch")
    assert (stage_of(tab), tab.session_state["batch"]) == ("Update", 50)
    assert "Epoch 1 is over" in tab.success[0].proto.title
    walk = walk_of(tab)
    assert len(walk.epochs) == 2
    assert f"{100 * walk.epochs[1].accuracy:.1f} % correctly" in tab.success[0].value
    press(tab, "To the end of the epoch")
    assert tab.session_state["batch"] == 100
    press(tab, "Reset")
    assert (stage_of(tab), tab.session_state["batch"]) == ("Images", 1)
    assert not tab.success


def test_an_epoch_stepped_on_the_page_is_the_walk_of_its_settings(open_page: Opener):
    tab = open_page("backprop")
    for _ in range(3):
        press(tab, "Whole batch")
    press(tab, "To the end of the epoch")
    walked = walk_of(tab)
    alone = Walk(walked.config, walked.images, walked.labels)
    for number in range(1, 51):
        alone.step(number)
    np.testing.assert_array_equal(alone.parameters.values, walked.parameters.values)
    assert alone.history == walked.history


def test_a_link_opens_the_same_batch_stage_and_view(open_page: Opener):
    tab = open_page("backprop", batch="7", stage="Loss", activation="ReLU", second="5", rate="0.1")
    assert not tab.exception
    assert (stage_of(tab), tab.session_state["batch"]) == ("Loss", 7)
    config = walk_of(tab).config
    assert (config.network.activation, config.network.hidden) == ("relu", (12, 5))
    assert config.optimizer.learning_rate == 0.1
    assert "7 of 50 in epoch 1" in texts(tab.markdown)
    press(tab, "Step")
    assert address_of(tab)["stage"] == "Backward 3"
    assert address_of(tab)["activation"] == "ReLU"


def test_nonsense_in_the_address_is_left_out(open_page: Opener):
    tab = open_page("backprop", batch="x", stage="Sideways", rate="30", units="99", dataset="letters")
    assert not tab.exception
    assert not tab.error
    assert "A mini-batch of 8 images" in texts(tab.markdown)


def test_a_change_of_settings_starts_at_the_first_batch(open_page: Opener):
    tab = open_page("backprop")
    press(tab, "Whole batch")
    press(tab, "Whole batch")
    next(own for own in tab.selectbox if own.label == "Activation").set_value("sigmoid")
    tab.run()
    assert (stage_of(tab), tab.session_state["batch"]) == ("Update", 1)
    assert "· Sigmoid ·" in texts(tab.caption)
    press(tab, "Back to defaults")
    assert walk_of(tab).config.network.activation == "tanh"


def test_a_stage_that_the_new_network_lacks_gives_way(open_page: Opener):
    tab = open_page("backprop", second="4", stage="Backward 3")
    next(own for own in tab.slider if own.label == "Units of hidden layer 2").set_value(0)
    tab.run()
    assert not tab.exception
    assert stage_of(tab) == "Images"


def test_jacobians_are_written_out_and_give_the_gradient(open_page: Opener):
    tab = open_page("backprop", view="Jacobians", stage="Backward 1")
    text = texts(tab.markdown)
    assert "The same as image 0 adds in the backward pass" in text
    assert "differs from the backward pass" not in text
    chain = next(own.value for own in tab.latex if r"\underset" in own.value)
    for shape in (r"1 \times 10", r"10 \times 10", r"10 \times 12", r"12 \times 12", r"12 \times 588"):
        assert shape in chain
    assert r"\text{diag}(p) - p\,p^{\mathsf T}" in texts(tab.latex)
    assert len(tab.get("plotly_chart")) == 2 + 5 + 1


def test_a_row_of_small_numbers_has_their_power_of_ten_before_it():
    assert row_in_latex(np.array([0.057, -0.894, -1e-9])) == r"\big[ 0.057,\; -0.894,\; 0.000 \big]"
    assert row_in_latex(np.array([0.0011, -2e-5])) == r"10^{-3} \cdot \big[ 1.100,\; -0.020 \big]"
    assert row_in_latex(np.array([np.nan, 0.0])) == r"\big[ \text{NaN},\; 0.000 \big]"


def test_a_jacobian_too_wide_is_told_not_drawn(open_page: Opener):
    tab = open_page("backprop", view="Jacobians", side="28 × 28")
    assert "12 × 9,408 numbers are too many to draw" in texts(tab.info)
    assert len(tab.get("plotly_chart")) == 2 + 4 + 1


def test_the_gradient_check_waits_for_the_backward_pass_and_then_agrees(open_page: Opener):
    tab = open_page("backprop", view="Gradient check")
    assert "come with the backward pass" in texts(tab.info)
    press(tab, "Whole batch")
    assert "agree to" in texts(tab.success)
    table = tab.dataframe[0].value
    assert table["verdict"].tolist() == ["agree"] * 4
    assert table["compared"].tolist()[0] == "588 of 588"
    signs = [parameter.partition(",")[0] for parameter in table["parameter"]]
    assert signs == ["W¹", "b¹", "W²", "b²"]  # as in the picture above


def test_weights_that_move_nothing_have_no_slope(open_page: Opener):
    tab = open_page(
        "backprop", view="Gradient check", stage="Update", initialisation="Zeros", activation="ReLU"
    )
    assert not tab.exception
    assert tab.dataframe[0].value["verdict"].tolist() == ["no slope", "no slope", "no slope", "agree"]


def test_a_gradient_at_the_bend_is_explained():
    # An image without ink, and no bias: every sum lies at the bend of ReLU.
    config = RunConfig.model_validate(
        {
            "network": {"hidden": [4], "activation": "relu", "biases": "zeros"},
            "training": {"batch_size": 4, "engine": "numpy"},
        }
    )
    images = np.random.default_rng(0).random((16, 4))
    images[:, 2] = 0
    record, setup = Walk(config, images, np.arange(4, dtype=np.uint8)).step(1), Setup(config, 4)
    worst = max(compare(record, setup), key=lambda own: own.error)
    assert worst.error > AGREE
    assert "4 weighted sums of this batch lie so near the bend" in disagreement(worst, record, setup)


def test_divergence_is_told_in_words_and_reset_is_offered(open_page: Opener):
    tab = open_page(
        "backprop", rate="10", activation="Leaky ReLU", units="16", second="16", batch="40", stage="Update"
    )
    assert not tab.exception
    wrong = tab.session_state["batch"]
    assert 1 < wrong < 40
    assert f"diverged in batch {wrong}" in tab.error[0].proto.title
    assert button(tab, "Step").disabled
    assert button(tab, "Whole batch").disabled
    assert button(tab, "To the end of the epoch").disabled
    for stage in ("Images", "Forward 1", "Forward 3", "Loss", "Backward 3", "Backward 1"):
        tab.session_state["stage"] = stage
        tab.run()
        assert not tab.exception, stage
        assert len(tab.error) == 1
        assert "nan" not in texts(tab.markdown), stage
    for view in ("Jacobians", "Gradient check"):
        tab.session_state["view"] = view
        tab.session_state["stage"] = "Update"
        tab.run()
        assert not tab.exception, view
    press(tab, "Reset")
    assert not tab.error
    assert tab.session_state["batch"] == 1


def test_a_loss_that_runs_away_and_a_silent_layer_are_told(open_page: Opener):
    tab = open_page("backprop", rate="10", activation="ReLU", momentum="0.99", units="16", batch="400")
    text = texts(tab.warning)
    assert "times what it was before the first step" in text
    assert "Every unit of layer 1 answers 0" in text


@pytest.mark.filterwarnings("error")
def test_numbers_of_any_size_are_told_in_words_that_can_be_read(open_page: Opener):
    tab = open_page("backprop", rate="10", activation="Identity (none)", batch="60", view="Jacobians")
    assert "more than 1,000,000 times what it was" in texts(tab.warning)
    text = texts(tab.markdown)
    assert "1/0 is no number" in text
    assert "differs from the backward pass" not in text


def test_without_its_files_the_bundled_digits_go_on(open_page: Opener):
    tab = open_page("backprop", dataset="MNIST")
    assert not tab.exception
    assert "MNIST is not on this machine" in tab.info[0].proto.title
    assert "bundled digits" in texts(tab.caption)
    assert walk_of(tab).config.data.dataset == "digits"
    press(tab, "Whole batch")
    assert stage_of(tab) == "Update"


def test_a_dataset_of_few_images_is_walked_through_whole(home: Settings, open_page: Opener):
    images = OwnImages(Part(*digits(60)), Part(*digits(20, 1)), "mine.zip", AS_IT_IS, "By hand.")
    keep_own(images, "few", home.data)
    tab = open_page("backprop", dataset="few (own)")
    assert not tab.exception
    assert not tab.error
    assert walk_of(tab).config.data.dataset == "own:few"
    assert len(walk_of(tab).labels) == 54  # six are held back
    assert "few (own) has 54 images to learn from: all are used." in texts(tab.caption)


@pytest.mark.mnist
def test_mnist_is_walked_through_where_it_is(open_page: Opener, monkeypatch: pytest.MonkeyPatch):
    if not DATA or not presence("mnist", Path(DATA)).is_ready:
        pytest.skip("real MNIST is not in EXPLORER_DATA")
    monkeypatch.setenv("EXPLORER_DATA", DATA)
    tab = open_page("backprop", dataset="MNIST", side="28 × 28")
    press(tab, "To the end of the epoch")
    walk = walk_of(tab)
    assert walk.images.shape == (784, 400)
    assert walk.epochs[1].loss < walk.epochs[0].loss


@pytest.mark.parametrize("side", ["4 × 4", "14 × 14", "28 × 28"])
def test_every_size_of_image_is_shown(side: str, open_page: Opener):
    tab = open_page("backprop", side=side, stage="Forward 1")
    assert not tab.exception
    assert "the same as in the matrix" in texts(tab.markdown)


def test_weights_are_shown_as_a_matrix_or_as_images(open_page: Opener):
    tab = open_page("backprop", stage="Forward 1")
    ways = next(own for own in tab.button_group if own.label == "Show as")
    assert ways.value == "Matrix"
    ways.set_value("Images")
    tab.run()
    assert not tab.exception


def test_a_chosen_cell_is_taken_apart(open_page: Opener):
    tab = open_page("backprop", stage="Forward 1")
    next(own for own in tab.selectbox if own.label == "Row").set_value(3)
    tab.run()
    next(own for own in tab.selectbox if own.label == "Column").set_value(5)
    tab.run()
    value = walk_of(tab).step(1).trace.forward[0].Z[3, 5]
    assert f"By hand {value:.9g}".replace("-", "−") in texts(tab.markdown)
    assert "unit 3, image 5" in texts(tab.markdown)


def test_the_page_loads_no_torch():
    program = (
        "import sys\n"
        "import explorer.scratch.walk, explorer.scratch.gradient_check, explorer.scratch.jacobians\n"
        "import explorer.scratch.derivation, explorer.ui.backprop_page\n"
        "sys.exit('torch' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=False)
    assert done.returncode == 0
