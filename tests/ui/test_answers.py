"""Answers on a page, with a script of the test's own and the test in the inspector's place."""

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from explorer.settings import Settings
from explorer.storage.arrays import pack
from explorer.storage.store import Store

from .conftest import taken, texts


def page(sign: int = 1) -> None:
    import streamlit as st  # noqa: PLC0415

    from explorer.ui.answers import answer  # noqa: PLC0415

    sign = int(st.query_params.get("sign", "1"))
    answer(
        "stars",
        "horoscope",
        {"sign": sign},
        lambda arrays: st.write(f"luck {arrays['luck'].tolist()}"),
        waiting="Asking the stars …",
    )


@pytest.fixture
def tab(store: Store, home: Settings) -> AppTest:
    return AppTest.from_function(page, default_timeout=120).run()


def test_while_it_waits_it_says_what_is_going_on(store: Store, tab: AppTest):
    assert taken(store).request == {"sign": 1}
    assert texts(tab.exception) == ""
    assert not tab.markdown


def test_a_growing_answer_is_drawn_as_it_grows_and_whole_at_last(store: Store, tab: AppTest):
    question = taken(store)
    store.analyses.report(question, 0.5, pack({"luck": np.array([1])}))
    tab.run()
    assert texts(tab.markdown) == "luck [1]"
    assert [button.label for button in tab.button] == ["Cancel"]
    store.analyses.end(question, pack({"luck": np.array([1, 2])}))
    tab.run()
    assert texts(tab.markdown) == "luck [1, 2]"
    assert not tab.button


def test_the_older_answer_stays_until_there_is_a_newer_one(store: Store, tab: AppTest):
    store.analyses.end(taken(store), pack({"luck": np.array([7])}))
    tab.run()
    tab.query_params["sign"] = "2"
    tab.run()
    assert texts(tab.markdown) == "luck [7]"
    store.analyses.end(taken(store), pack({"luck": np.array([8])}))
    tab.run()
    assert texts(tab.markdown) == "luck [8]"


def test_a_newer_question_withdraws_the_older_one(store: Store, tab: AppTest):
    first = taken(store)
    tab.query_params["sign"] = "2"
    tab.run()
    assert store.analyses.find(first.key) is None


def test_a_failure_is_told_in_words_and_can_be_tried_again(store: Store, tab: AppTest):
    first = taken(store)
    store.analyses.fail(first, "Checkpoint 3 is damaged.")
    tab.run()
    assert texts(tab.warning) == "Checkpoint 3 is damaged."
    assert store.analyses.take() is None
    tab.button(key="answers.again:stars").click().run()
    assert taken(store).key == first.key


def test_a_cancelled_question_is_not_asked_again_by_itself(store: Store, tab: AppTest):
    first = taken(store)
    tab.button(key="answers.cancel:stars").click().run()
    assert store.analyses.find(first.key) is None
    tab.run()
    assert store.analyses.take() is None
    assert "cancelled" in texts(tab.caption)
    tab.button(key="answers.again:stars").click().run()
    assert taken(store).key == first.key


def test_a_question_that_another_tab_withdrew_is_asked_again(store: Store, tab: AppTest):
    first = taken(store)
    store.analyses.withdraw(first.key)
    tab.run()
    assert taken(store).key == first.key
