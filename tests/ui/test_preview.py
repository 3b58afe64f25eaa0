"""The preview of the Train page, with answers that the test puts into the store in the inspector's place."""

import json

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from explorer.config.run import RunConfig
from explorer.jobs.previews import values_around
from explorer.storage.arrays import pack
from explorer.storage.store import Store

from .conftest import Opener, address_of, key_of, taken, texts

RATES = values_around(RunConfig(), "optimizer.learning_rate")


def switched_on(open_page: Opener, **query: str) -> AppTest:
    tab = open_page(**query)
    tab.toggle(key="preview.is_on").set_value(True).run()
    assert texts(tab.exception) == ""
    return tab


def answer(accuracies: list[list[float]]) -> bytes:
    return pack({"validation_accuracy": np.array(accuracies), "train_loss": np.zeros((1, 1))})


def has_figure(tab: AppTest) -> bool:
    return bool(tab.get("plotly_chart"))


def test_nothing_is_asked_before_it_is_switched_on(store: Store, open_page: Opener):
    open_page()
    assert store.analyses.take() is None


def test_switched_on_it_asks_about_the_form_as_it_stands(store: Store, open_page: Opener):
    tab = switched_on(open_page, **{"optimizer.name": "sgd"})
    question = taken(store)
    assert question.kind == "preview"
    assert question.request["field"] == "optimizer.learning_rate"
    assert question.request["config"]["optimizer"]["name"] == "sgd"
    assert "PyTorch is loading" in texts(tab.caption)


def test_an_answer_in_part_is_drawn_and_said_to_be_one(store: Store, open_page: Opener):
    tab = switched_on(open_page)
    question = taken(store)
    accuracies = [0.1] * len(RATES)
    accuracies[5] = 0.875
    store.analyses.report(question, 0.5, answer([accuracies]))
    tab.run()
    assert has_figure(tab)
    assert f"{len(RATES)} networks, 1 epoch so far: best **87.5 %** at" in texts(tab.caption)


def test_the_best_value_can_be_taken(store: Store, open_page: Opener):
    tab = switched_on(open_page)
    accuracies = [0.1] * len(RATES)
    accuracies[5] = 0.9
    store.analyses.end(taken(store), answer([accuracies, accuracies]))
    tab.run()
    assert "2 epochs: best" in texts(tab.caption)
    tab.button(key="preview:take").click().run()
    assert address_of(tab)["optimizer.learning_rate"] == json.dumps(RATES[5])


def test_while_the_next_answer_is_worked_out_the_last_one_stays(store: Store, open_page: Opener):
    tab = switched_on(open_page)
    store.analyses.end(taken(store), answer([[0.5] * len(RATES)]))
    tab.run()
    tab.number_input(key=key_of(tab, "control:optimizer.learning_rate")).set_value(0.02).run()
    assert taken(store).request["config"]["optimizer"]["learning_rate"] == 0.02
    assert has_figure(tab)
    assert "Training with the new settings" in texts(tab.caption)


def test_moving_a_knob_withdraws_the_question_before(store: Store, open_page: Opener):
    tab = switched_on(open_page)
    first = taken(store)
    tab.number_input(key=key_of(tab, "control:optimizer.learning_rate")).set_value(0.02).run()
    assert store.analyses.find(first.key) is None


def test_networks_that_all_diverged_are_said_to_have(store: Store, open_page: Opener):
    tab = switched_on(open_page)
    store.analyses.end(taken(store), answer([[np.nan] * len(RATES)]))
    tab.run()
    assert f"All {len(RATES)} networks diverged within 1 epoch." in texts(tab.caption)


def test_a_failed_preview_says_why_and_can_be_tried_again(store: Store, open_page: Opener):
    tab = switched_on(open_page)
    question = taken(store)
    store.analyses.fail(question, "There was not enough memory. Ask for fewer images.")
    tab.run()
    assert "There was not enough memory" in texts(tab.warning)
    assert store.analyses.take() is None
    tab.button(key="preview:again").click().run()
    assert taken(store).key == question.key


@pytest.mark.parametrize(
    ("query", "word"),
    [
        ({"network.preset": "lenet"}, "fully connected layers"),
        ({"network.hidden": "[2048,1024]"}, "too large"),
        ({"training.engine": "numpy"}, "PyTorch engine"),
    ],
)
def test_what_has_no_preview_says_why(store: Store, open_page: Opener, query: dict[str, str], word: str):
    tab = switched_on(open_page, **query)
    assert word in texts(tab.caption)
    assert store.analyses.take() is None
