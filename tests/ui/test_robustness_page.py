"""The Robustness page, with the test in the inspector's place."""

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from explorer.config.run import RunConfig
from explorer.evaluation.change_levels import CHANGE_LEVELS
from explorer.records import Analysis, Run, RunStatus
from explorer.settings import Settings
from explorer.storage.arrays import pack
from explorer.storage.checkpoints import Checkpoints
from explorer.storage.store import Store
from explorer.ui.robustness_curves import sheet
from explorer.ui.robustness_runs import can_be_asked, first_choice

from .conftest import Opener, add_run, address_of, texts
from .recorded import record_baseline, record_epochs, record_run


@pytest.fixture
def pair(store: Store, home: Settings) -> tuple[Run, Run]:
    """An MLP and a CNN on the digits, both finished."""
    mlp = record_run(store, home, RunStatus.FINISHED, network__hidden=[64], name="small")
    return mlp, record_run(store, home, RunStatus.FINISHED, network__preset="lenet", name="lenet")


def open_questions(store: Store) -> list[Analysis]:
    """All that this page asked; a tab that opens on the Train page first leaves a question of its own."""
    found = []
    while (question := store.analyses.take()) is not None:
        found.append(question)
    return [question for question in found if question.kind in ("robustness", "changed_images")]


def answer_all(store: Store, shares: dict[int, float]) -> None:
    """Each run's accuracies fall from its share, level by level; pictures are black."""
    for question in open_questions(store):
        levels = CHANGE_LEVELS[question.request["change"]].levels
        if question.kind == "changed_images":
            made = {"images": np.zeros((len(levels), 8, 28, 28), np.uint8)}
        else:
            made = {"accuracies": shares[question.request["run_id"]] * 0.9 ** np.arange(len(levels))}
        store.analyses.end(question, pack(made))


def charts(tab: AppTest) -> int:
    return len(tab.get("plotly_chart"))


def test_without_a_network_it_says_how_to_get_one(store: Store, home: Settings, open_page: Opener):
    record_run(store, home, RunStatus.FINISHED, data__features="hog")
    record_baseline(store, RunStatus.FINISHED)
    tab = open_page("robustness")
    assert "Train a small network and a LeNet" in texts(tab.info)
    assert not open_questions(store)
    assert not tab.exception


def test_before_the_first_epoch_it_says_when_to_look_again(store: Store, open_page: Opener):
    add_run(store, RunStatus.RUNNING)
    tab = open_page("robustness")
    assert "from the end of its first epoch on" in texts(tab.info)
    assert [button.label for button in tab.button] == ["Look again"]


def test_the_newest_mlp_and_cnn_on_one_dataset_are_chosen_and_asked(
    store: Store, open_page: Opener, pair: tuple[Run, Run]
):
    mlp, cnn = pair
    tab = open_page("robustness")
    assert tab.multiselect[0].value == [mlp.id, cnn.id]
    assert address_of(tab) == {"runs": f"{mlp.id},{cnn.id}", "change": "shift", "images": "1000"}
    asked = open_questions(store)
    assert sorted((question.kind, question.request["run_id"]) for question in asked) == [
        ("changed_images", mlp.id), ("robustness", mlp.id), ("robustness", cnn.id),
    ]  # fmt: skip
    for question in asked:
        assert (question.request["epoch"], question.request["part"]) == (3, "validation")
        assert question.request.get("images") == (1000 if question.kind == "robustness" else None)


def test_answers_are_drawn_told_and_put_in_a_table(store: Store, open_page: Opener, pair: tuple[Run, Run]):
    mlp, cnn = pair
    tab = open_page("robustness")
    answer_all(store, {mlp.id: 0.5, cnn.id: 1.0})
    tab.run()
    assert charts(tab) == 1
    assert f"At 1 pixel of shift run {mlp.id} (small) answers 45 % rightly" in texts(tab.markdown)
    table = tab.dataframe[0].value
    assert table["Shift"].tolist()[:2] == ["0 pixels (unchanged)", "1 pixel"]
    assert table[f"Run {cnn.id}"].tolist()[:2] == pytest.approx([100, 90])
    said = texts(tab.caption)
    assert "**0 pixels** · unchanged\n1 pixel\n2 pixels" in said  # each under its images
    assert f"8 validation images of run {mlp.id}" in said
    assert not tab.exception


def test_the_curve_that_is_known_is_drawn_while_the_other_is_awaited(
    store: Store, open_page: Opener, pair: tuple[Run, Run]
):
    tab = open_page("robustness")
    curves = [question for question in open_questions(store) if question.kind == "robustness"]
    question = next(question for question in curves if question.request["run_id"] == pair[0].id)
    store.analyses.report(question, 0.4, pack({"accuracies": np.array([0.9, 0.8, 0.4])}))
    tab.run()
    assert charts(tab) == 1
    assert tab.dataframe[0].value[f"Run {pair[0].id}"].tolist() == pytest.approx([90, 80, 40])
    assert tab.dataframe[0].value[f"Run {pair[1].id}"].isna().all()
    assert [button.label for button in tab.button] == ["Cancel", "Cancel"]


def test_the_address_says_which_runs_and_which_change(store: Store, open_page: Opener, pair: tuple[Run, Run]):
    tab = open_page("robustness", runs=str(pair[1].id), change="rotation", images="all")
    assert tab.multiselect[0].value == [pair[1].id]
    asked = open_questions(store)
    assert {question.request["change"] for question in asked} == {"rotation"}
    assert all("images" not in question.request for question in asked)


def test_all_nine_changes_are_asked_only_when_they_are_shown(
    store: Store, open_page: Opener, pair: tuple[Run, Run]
):
    mlp, cnn = pair
    tab = open_page("robustness")
    answer_all(store, {mlp.id: 0.5, cnn.id: 1.0})
    tab.button_group(key="robustness.change").set_value("overview").run()
    asked = [(each.request["run_id"], each.request["change"]) for each in open_questions(store)]
    others = set(CHANGE_LEVELS) - {"shift"}
    assert sorted(asked) == sorted((run.id, change) for run in pair for change in others)
    store.analyses.give_back()
    answer_all(store, {mlp.id: 0.5, cnn.id: 1.0})
    tab.run()
    assert charts(tab) == 1 + 9  # the legend and one a change
    assert tab.dataframe[0].value["Change"].tolist() == [each.title for each in CHANGE_LEVELS.values()]
    assert "The runs differ most under" in texts(tab.markdown)
    assert not tab.exception


def test_another_change_withdraws_what_is_not_answered_yet(
    store: Store, open_page: Opener, pair: tuple[Run, Run]
):
    tab = open_page("robustness")
    tab.button_group(key="robustness.change").set_value("noise").run()
    assert {question.request["change"] for question in open_questions(store)} == {"noise"}


def test_runs_that_cannot_be_asked_are_named_and_the_rest_goes_on(
    store: Store, home: Settings, open_page: Opener, pair: tuple[Run, Run]
):
    hog = record_run(store, home, RunStatus.FINISHED, data__features="hog")
    baseline = record_baseline(store, RunStatus.FINISHED)
    new = add_run(store, RunStatus.RUNNING)
    tab = open_page("robustness", runs=f"{pair[0].id},{hog.id},{baseline.id},{new.id},4711,no")
    said = texts(tab.info)
    assert f"Run {hog.id} sees HOG features" in said
    assert f"Run {baseline.id} is a classical baseline" in said
    assert f"Run {new.id} has not finished an epoch yet" in said
    assert "Run 4711 is not in the store" in said
    assert tab.multiselect[0].value == [pair[0].id]
    assert {question.request["run_id"] for question in open_questions(store)} == {pair[0].id}


def test_a_run_deleted_in_another_tab_is_named_and_the_rest_goes_on(
    store: Store, open_page: Opener, pair: tuple[Run, Run]
):
    tab = open_page("robustness")
    store.delete(pair[1].id)
    tab.run()
    assert f"Run {pair[1].id} is not in the store" in texts(tab.info)
    assert tab.multiselect[0].value == [pair[0].id]
    assert not tab.exception


def test_a_failed_question_is_told_by_the_name_of_its_run(
    store: Store, open_page: Opener, pair: tuple[Run, Run]
):
    tab = open_page("robustness")
    for question in open_questions(store):
        if question.request["run_id"] == pair[1].id:
            store.analyses.fail(question, "The weights of epoch 3 are not kept.")
        elif question.kind == "robustness":
            store.analyses.end(question, pack({"accuracies": np.linspace(0.9, 0.2, 8)}))
    tab.run()
    assert texts(tab.warning) == f"**{pair[1].id} · lenet**: The weights of epoch 3 are not kept."
    assert charts(tab) == 1


def test_a_running_run_is_asked_at_its_newest_epoch_and_moves_on_by_a_button(
    store: Store, home: Settings, open_page: Opener
):
    run = record_run(store, home, RunStatus.RUNNING, epochs=2)
    tab = open_page("robustness")
    assert f"Run {run.id} is still training: asked with its weights after epoch 2" in texts(tab.caption)
    record_epochs(store, home, run, range(3, 4))
    tab.run()
    assert {question.request["epoch"] for question in open_questions(store)} == {2}
    tab.button(key=f"robustness.newest:{run.id}").click().run()
    assert {question.request["epoch"] for question in open_questions(store)} == {3}


def test_a_failed_run_is_asked_at_what_it_kept_or_said_to_have_kept_nothing(
    store: Store, home: Settings, open_page: Opener
):
    run = record_run(store, home, RunStatus.FAILED, epochs=2, reason="worker lost")
    tab = open_page("robustness")
    assert "was failed before its end" not in texts(tab.caption)
    assert f"Run {run.id} failed: asked with its weights after epoch 2" in texts(tab.caption)
    for path in Checkpoints(home, run.id).folder.glob("epoch-*"):
        path.unlink()
    tab.run()
    assert "no weights of this run are kept" in texts(tab.warning)
    assert not tab.exception


def test_without_a_cnn_it_says_how_to_get_one(store: Store, home: Settings, open_page: Opener):
    record_run(store, home, RunStatus.FINISHED)
    tab = open_page("robustness")
    assert "no convolutional network to compare with" in texts(tab.info)
    (link,) = tab.get("page_link")
    assert "network.preset=lenet" in link.proto.query_string
    assert "data.dataset=digits" in link.proto.query_string


def test_no_run_chosen_asks_nothing(store: Store, open_page: Opener, pair: tuple[Run, Run]):
    tab = open_page("robustness")
    open_questions(store)
    tab.multiselect[0].set_value([]).run()
    assert "Choose a run above" in texts(tab.info)
    assert "runs" not in address_of(tab)
    assert not tab.exception


def test_the_first_choice_is_a_pair_on_the_dataset_last_used(store: Store, home: Settings):
    record_run(store, home, RunStatus.FINISHED, network__preset="lenet")
    only = (first_choice(store.runs()), store.runs()[0].id)
    assert only[0] == (only[1],)
    mlp = record_run(store, home, RunStatus.FINISHED)
    record_run(store, home, RunStatus.RUNNING)  # runs with a result go first
    assert first_choice(store.runs()) == (mlp.id, only[1])


def test_networks_on_pixels_with_an_epoch_can_be_asked(store: Store, home: Settings):
    assert can_be_asked(record_run(store, home, RunStatus.RUNNING, epochs=1))
    assert not can_be_asked(add_run(store, RunStatus.QUEUED))
    assert not can_be_asked(record_run(store, home, RunStatus.FINISHED, data__features="hog"))
    assert not can_be_asked(record_baseline(store, RunStatus.FINISHED))
    assert isinstance(store.runs()[0].config, RunConfig) is False


def test_digits_stand_four_in_a_row_pixel_by_pixel():
    digits = np.arange(8 * 28 * 28).reshape(8, 28, 28).astype(np.uint8)
    made = sheet(digits)
    assert made.shape == (3 * 58, 3 * 118)
    assert (made[1::3, 1::3][:28, :28] == digits[0]).all()
    assert (made[1::3, 1::3][30:, 90:] == digits[7]).all()
