"""The learning-rate finder, with answers that the test puts into the store in the inspector's place."""

import json
import math

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from explorer.storage.arrays import pack
from explorer.storage.store import Store
from explorer.ui.finder import in_two_digits

from .conftest import Opener, address_of, key_of, taken, texts

RATES = [1e-4, 1e-3, 1e-2, 1e-1]
CURVE = {
    "rates": np.array(RATES),
    "losses": np.array([2.4, 2.0, 0.9, 6.0]),
    "smoothed": np.array([2.4, 2.2, 1.4, math.inf]),
}


def found(steepest: float, tenth: float = math.nan) -> bytes:
    return pack({**CURVE, "steepest": np.array(steepest), "tenth_of_least": np.array(tenth)})


def pressed(open_page: Opener, **query: str) -> AppTest:
    tab = open_page(**query)
    tab.button(key="finder:find").click().run()
    assert texts(tab.exception) == ""
    return tab


def keys_of_buttons(tab: AppTest) -> set[str]:
    return {str(button.key) for button in tab.button}


def answered(store: Store, open_page: Opener, answer: bytes, **query: str) -> AppTest:
    tab = pressed(open_page, **query)
    store.analyses.end(taken(store), answer)
    return tab.run()


def test_nothing_is_asked_before_the_button_is_pressed(store: Store, open_page: Opener):
    tab = open_page()
    assert store.analyses.take() is None
    assert "finder:close" not in keys_of_buttons(tab)


def test_pressed_it_asks_about_the_form_as_it_stands(store: Store, open_page: Opener):
    pressed(open_page, **{"optimizer.name": "sgd", "optimizer.learning_rate": "0.5", "training.epochs": "3"})
    question = taken(store)
    assert question.kind == "range_test"
    settings = question.request["settings"]
    assert settings["optimizer.name"] == "sgd"
    assert not {"optimizer.learning_rate", "training.epochs"} & set(settings)


def test_an_answer_in_part_is_drawn_with_its_progress_and_offers_nothing_yet(store: Store, open_page: Opener):
    tab = pressed(open_page)
    store.analyses.report(taken(store), 0.4, pack(CURVE))
    tab.run()
    assert len(tab.get("plotly_chart")) == 1
    assert "answers.cancel:finder" in keys_of_buttons(tab)
    assert "finder:use:0" not in keys_of_buttons(tab)


def test_the_suggestion_is_rounded_to_two_digits_and_can_be_used(store: Store, open_page: Opener):
    tab = answered(store, open_page, found(0.0031622776, 0.00512))
    assert "most steeply at **0.0032**. A tenth of the rate with the least loss is 0.0051." in texts(
        tab.caption
    )
    use = tab.button(key="finder:use:0")
    assert use.label == "Use 0.0032"
    use.click().run()
    assert address_of(tab)["optimizer.learning_rate"] == "0.0032"
    assert tab.number_input(key=key_of(tab, "control:optimizer.learning_rate")).value == 0.0032
    # Another rate is no other question; the rate that is set is not offered again.
    assert "The settings changed" not in texts(tab.caption)
    assert [button.label for button in tab.button if str(button.key).startswith("finder:use")] == [
        "Use 0.0051"
    ]
    assert store.analyses.take() is None


def test_where_nothing_falls_the_panel_says_so_and_offers_nothing(store: Store, open_page: Opener):
    tab = answered(store, open_page, found(math.nan))
    assert "The loss falls at no rate" in texts(tab.caption)
    assert "finder:use:0" not in keys_of_buttons(tab)


def test_other_settings_put_the_finding_out_of_date_and_it_can_look_again(store: Store, open_page: Opener):
    tab = answered(store, open_page, found(0.003))
    tab.selectbox(key="control:optimizer.name").set_value("sgd").run()
    assert "The settings changed since this was found." in texts(tab.caption)
    assert "finder:use:0" not in keys_of_buttons(tab)
    assert store.analyses.take() is None  # nobody asked for it yet
    tab.button(key="finder:again").click().run()
    assert "The settings changed" not in texts(tab.caption)
    assert taken(store).request["settings"]["optimizer.name"] == "sgd"


def test_another_number_of_epochs_does_not(store: Store, open_page: Opener):
    tab = answered(store, open_page, found(0.003))
    tab.number_input(key="control:training.epochs").set_value(99).run()
    assert "The settings changed" not in texts(tab.caption)


def test_while_the_form_is_not_complete_nothing_can_be_looked_for(store: Store, open_page: Opener):
    tab = answered(store, open_page, found(0.003))
    tab.number_input(key="control:optimizer.learning_rate").set_value(20.0).run()
    assert texts(tab.exception) == ""
    assert tab.button(key="finder:find").disabled
    assert tab.button(key="finder:again").disabled


def test_a_failed_test_says_why_and_can_be_tried_again(store: Store, open_page: Opener):
    tab = pressed(open_page)
    question = taken(store)
    store.analyses.fail(question, "There is no MNIST here.")
    tab.run()
    assert "There is no MNIST here." in texts(tab.warning)
    tab.button(key="answers.again:finder").click().run()
    assert taken(store).key == question.key


@pytest.mark.parametrize("button", ["finder:close", "answers.cancel:finder"])
def test_closed_or_cancelled_it_is_withdrawn_and_the_button_asks_anew(
    store: Store, open_page: Opener, button: str
):
    tab = pressed(open_page)
    question = taken(store)
    tab.button(key=button).click().run()
    assert store.analyses.find(question.key) is None
    tab.button(key="finder:find").click().run()
    assert taken(store).key == question.key


@pytest.mark.parametrize("how", ["lock", "hide"])
def test_a_lesson_that_fixes_the_rate_looks_for_none(store: Store, open_page: Opener, how: str):
    tab = open_page(**{how: "optimizer.learning_rate"})
    assert "finder:find" not in keys_of_buttons(tab)


def test_two_digits_are_kept_of_any_rate():
    assert json.dumps([in_two_digits(rate) for rate in (0.00123456, 0.996, 9.99, 4.44e-6)]) == (
        "[0.0012, 1.0, 10.0, 4.4e-06]"
    )
