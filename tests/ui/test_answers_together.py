"""Several answers on a page, with a script of the test's own and the test in the inspector's place."""

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from explorer.records import Analysis
from explorer.settings import Settings
from explorer.storage.arrays import pack
from explorer.storage.store import Store

from .conftest import taken, texts


def page() -> None:
    import streamlit as st  # noqa: PLC0415

    from explorer.ui.answers_together import Question, together  # noqa: PLC0415

    together(
        "stars",
        {
            sign: Question(f"Sign {sign}", "horoscope", {"sign": int(sign)})
            for sign in st.query_params.get("signs", "1,2").split(",")
        },
        lambda found: st.write(f"luck { {sign: arrays['luck'].tolist() for sign, arrays in found.items()} }"),
        waiting="Asking the stars …",
    )


@pytest.fixture
def tab(store: Store, home: Settings) -> AppTest:
    return AppTest.from_function(page, default_timeout=120).run()


def all_taken(store: Store) -> dict[int, Analysis]:
    found = {}
    while (question := store.analyses.take()) is not None:
        found[int(question.request["sign"])] = question
    return found


def luck(*values: int) -> bytes:
    return pack({"luck": np.array(values)})


def test_all_are_asked_and_the_first_is_answered_first(store: Store, tab: AppTest):
    assert texts(tab.markdown) == "luck {}"
    assert [taken(store).request["sign"], taken(store).request["sign"]] == [1, 2]
    assert store.analyses.take() is None


def test_answers_are_drawn_in_the_order_of_the_questions_as_they_grow(store: Store, tab: AppTest):
    asked = all_taken(store)
    store.analyses.end(asked[2], luck(7))
    tab.run()
    assert texts(tab.markdown) == "luck {'2': [7]}"
    store.analyses.report(asked[1], 0.5, luck(3))
    tab.run()
    assert texts(tab.markdown) == "luck {'1': [3], '2': [7]}"
    assert [button.label for button in tab.button] == ["Cancel"]
    store.analyses.end(asked[1], luck(3, 4))
    tab.run()
    assert texts(tab.markdown) == "luck {'1': [3, 4], '2': [7]}"
    assert not tab.button


def test_what_is_no_more_asked_is_withdrawn_and_the_rest_goes_on(store: Store, tab: AppTest):
    asked = all_taken(store)
    tab.query_params["signs"] = "2,3"
    tab.run()
    assert store.analyses.find(asked[1].key) is None
    assert store.analyses.find(asked[2].key) is not None
    assert taken(store).request["sign"] == 3


def test_what_another_tab_asked_is_not_withdrawn_with_it(store: Store, tab: AppTest):
    asked = all_taken(store)
    other = AppTest.from_function(page, default_timeout=120).run()  # asks for the same two
    other.query_params["signs"] = "2"
    other.run()
    assert store.analyses.find(asked[1].key) is not None
    assert texts(other.markdown) == "luck {}"


def test_one_failure_is_told_by_name_beside_the_other_answers(store: Store, tab: AppTest):
    asked = all_taken(store)
    store.analyses.end(asked[1], luck(5))
    store.analyses.fail(asked[2], "Checkpoint 3 is damaged.")
    tab.run()
    assert texts(tab.markdown) == "luck {'1': [5]}"
    assert texts(tab.warning) == "**Sign 2**: Checkpoint 3 is damaged."
    tab.button(key="answers.again:stars:Try again").click().run()
    assert taken(store).request["sign"] == 2
    assert store.analyses.take() is None


def test_failures_for_one_reason_are_told_in_one_line(store: Store, tab: AppTest):
    for question in all_taken(store).values():
        store.analyses.fail(question, "The stars are gone.")
    tab.run()
    assert [warning.value for warning in tab.warning] == ["**Sign 1, Sign 2**: The stars are gone."]


def test_one_cancel_takes_all_open_questions_back_and_keeps_what_is_known(store: Store, tab: AppTest):
    asked = all_taken(store)
    store.analyses.end(asked[1], luck(5))
    tab.button(key="answers.cancel:stars").click().run()
    tab.run()
    assert store.analyses.find(asked[2].key) is None
    assert store.analyses.take() is None
    assert texts(tab.markdown) == "luck {'1': [5]}"
    assert "cancelled" in texts(tab.caption)
    tab.button(key="answers.again:stars:Ask again").click().run()
    assert taken(store).key == asked[2].key
    tab.run()
    assert "cancelled" not in texts(tab.caption)


def test_a_question_that_another_tab_withdrew_is_asked_again(store: Store, tab: AppTest):
    asked = all_taken(store)
    store.analyses.withdraw(asked[2].key)
    tab.run()
    assert taken(store).key == asked[2].key


def test_progress_counts_what_is_answered(store: Store, tab: AppTest):
    asked = all_taken(store)
    store.analyses.end(asked[1], luck(5))
    store.analyses.report(asked[2], 0.5)
    tab.run()
    (bar,) = tab.get("progress")
    assert bar.proto.value == 75
    assert "1 of 2" in bar.proto.text
