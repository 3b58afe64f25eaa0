"""Two runs beside each other: their matrices, and the images on which they disagree."""

import numpy as np
import pytest

from explorer.records import RunStatus
from explorer.settings import Settings
from explorer.storage.fitted import Fitted, save_fitted
from explorer.storage.store import Store

from .compared import charts, figures, labels_of, view
from .conftest import Opener, key_of, texts
from .recorded import WRONG, baseline_result, record_baseline, record_run


def test_two_matrices_and_their_difference(store: Store, home: Settings, open_page: Opener):
    one, two = (record_run(store, home, RunStatus.FINISHED, name=name) for name in ("a", "b"))
    tab = view(open_page("compare", runs=f"{one.id},{two.id}"), "Mistakes")
    first, second, difference = figures(tab)
    assert "8" in first["data"][2]["text"]  # 14 fours less the six that were read as nines
    assert first["data"][2]["text"] == second["data"][2]["text"]
    assert set(difference["data"][1]["text"]) == {""}
    assert "134 of 140 right" in texts(tab.markdown)
    tab.segmented_control(key="compare.matrix_part").set_value("Test").run()
    assert "994 of 1,000 right" in texts(tab.markdown)
    tab.segmented_control(key="compare.matrix_numbers").set_value("Row %").run()
    assert "94.0" in figures(tab)[0]["data"][2]["text"]
    assert not tab.exception


def test_the_newest_answers_of_a_running_run_are_held_against_a_result(
    store: Store, home: Settings, open_page: Opener
):
    one = record_run(store, home, RunStatus.FINISHED, name="a")
    two = record_run(store, home, RunStatus.RUNNING, name="b", epochs=2)
    tab = view(open_page("compare", runs=f"{one.id},{two.id}"), "Mistakes")
    assert (
        f"{len(labels_of(two, home)) - WRONG} of {len(labels_of(two, home))} right, after epoch 2"
        in texts(tab.markdown)
    )
    assert not tab.exception


@pytest.mark.parametrize("name", ["Mistakes", "Disagreements"])
def test_fewer_than_two_runs_with_answers_say_what_is_needed(
    name: str, store: Store, home: Settings, open_page: Opener
):
    one = record_run(store, home, RunStatus.FINISHED)
    two = record_run(store, home, RunStatus.FAILED, epochs=0)
    tab = view(open_page("compare", runs=f"{one.id},{two.id}"), name)
    assert "This needs two runs" in texts(tab.info)
    assert not tab.exception


def test_images_that_only_one_run_knows_are_shown_with_both_answers(
    store: Store, home: Settings, open_page: Opener
):
    network = record_run(store, home, RunStatus.FINISHED, name="network")  # six images read as nines
    labels = labels_of(network, home)
    fitted = record_baseline(store, RunStatus.FINISHED, name="fitted")
    answers = labels.copy()
    wrong = np.flatnonzero(labels != 9)
    answers[wrong[4:6]] = 8  # wrong with the network, but otherwise
    answers[wrong[10]] = 9  # wrong alone
    save_fitted(home, fitted.id, Fitted(baseline_result(), answers.tobytes(), {}))
    tab = view(open_page("compare", runs=f"{network.id},{fitted.id}"), "Disagreements")
    tab.selectbox(key="compare.first").set_value(fitted.id).run()
    counts = {metric.label: metric.value for metric in tab.metric}
    assert counts == {
        "Both right": str(len(labels) - 7), "Only A right": "4", "Only B right": "1", "Both wrong": "2",
    }  # fmt: skip
    _, tile_text, tile_hover = figures(tab)[0]["data"]
    assert tile_text["text"] == [f"is {labels[i]}<br>A {labels[i]} · B 9" for i in wrong[:4]]
    assert [key for (key,) in tile_hover["customdata"]] == wrong[:4].tolist()
    assert "A is ahead by 3" in texts(tab.caption)
    assert "probability 0.38" in texts(tab.caption)  # 2 · (1 + 5) / 2⁵
    tab.segmented_control(key="compare.agreement").set_value("neither").run()
    assert figures(tab)[0]["data"][1]["text"] == [f"is {labels[i]}<br>A 8 · B 9" for i in wrong[4:6]]
    assert not tab.exception


def test_runs_validated_on_different_images_can_not_disagree(store: Store, home: Settings, open_page: Opener):
    one = record_run(store, home, RunStatus.FINISHED)
    two = record_run(store, home, RunStatus.FINISHED, data__split_seed=7)
    tab = open_page("compare", runs=f"{one.id},{two.id}")
    assert "validated on different images" in texts(tab.caption)
    assert "validated on different images" in texts(view(tab, "Disagreements").info)


def test_accuracies_among_different_labels_are_said_to_tell_of_the_labels(
    store: Store, home: Settings, open_page: Opener
):
    one = record_run(store, home, RunStatus.FINISHED)
    two = record_run(store, home, RunStatus.FINISHED, data__labels=[3, 8])
    tab = open_page("compare", runs=f"{one.id},{two.id}")
    assert "learned different labels" in texts(tab.warning)
    assert "small differences" not in texts(tab.caption)
    assert "1 of these runs saw some labels alone; the test asks all classes." in texts(tab.caption)
    assert "learned different labels" in texts(view(tab, "Disagreements").info)
    (axis, _) = charts(view(tab, "Parallel"))[-1]["panels"][0]["axes"]
    assert axis["title"] == "Labels"
    assert {"all", "3-8"} == {tick[1] for tick in axis["ticks"]}
    view(tab, "Settings")
    (labels,) = (row for row in tab.dataframe[-1].value.values.tolist() if row[0] == "Labels")
    assert labels[1:] == ["all", "3 · 8"]


def test_a_fitted_baseline_whose_files_are_gone_says_so(store: Store, home: Settings, open_page: Opener):
    one, two = record_run(store, home, RunStatus.FINISHED), record_baseline(store, RunStatus.FINISHED)
    tab = view(open_page("compare", runs=f"{one.id},{two.id}"), "Disagreements")
    assert "fitted.safetensors" in texts(tab.warning)
    assert len(charts(tab)) == 1  # the rest of the page goes on
    assert not tab.exception


def test_a_and_b_change_places(store: Store, home: Settings, open_page: Opener):
    one, two = (record_run(store, home, RunStatus.FINISHED) for _ in range(2))
    tab = view(open_page("compare", runs=f"{one.id},{two.id}"), "Disagreements")
    assert [tab.selectbox(key=key_of(tab, f"compare.{place}")).value for place in ("first", "second")] == [
        one.id,
        two.id,
    ]
    next(button for button in tab.button if button.label == "Swap").click().run()
    assert [tab.selectbox(key=key_of(tab, f"compare.{place}")).value for place in ("first", "second")] == [
        two.id,
        one.id,
    ]
    assert "They are right about the very same images." in texts(tab.caption)
