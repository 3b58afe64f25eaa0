"""Widgets that are set from outside, as a browser sees them that is a step behind."""

import streamlit as st
from streamlit.testing.v1 import AppTest

from explorer.ui import state

from .conftest import key_of

BEGIN = "import streamlit as st\nfrom explorer.ui import state\n"
PAGE = f"""{BEGIN}
options = ["a", "b", "c"]
st.selectbox("Word", options, options.index(state.said("word", "a")), key=state.key_of("word"))
st.text(f"said {{state.said('word', 'a')}}")
st.button("Put b", on_click=state.put, args=("word", "b"))
st.button("Put c", on_click=state.put, args=("word", "c"))
st.button("Renew", on_click=state.renew, args=("word",))
st.button("Nothing")
"""
FORM = f"""{BEGIN}
for name in ("form:a", "form:b", "other"):
    st.checkbox(name, key=state.key_of(name))
st.button("Renew", on_click=state.renew, args=("form:a",))
st.text(" ".join(sorted(state.widgets_with("form:"))))
"""
BEFORE = f"""{BEGIN}
if not state.is_kept("done"):
    state.keep("done", True)
    state.put("word", "c")
st.text_input("Word", state.said("word", "a"), key=state.key_of("word"))
"""


def opened() -> AppTest:
    return AppTest.from_string(PAGE).run()


def press(tab: AppTest, label: str) -> AppTest:
    return next(button for button in tab.button if button.label == label).click().run()


def shown(tab: AppTest) -> tuple[str, str]:
    """What the widget shows, and what the page takes it to show."""
    assert not tab.exception
    return str(tab.selectbox[0].value), str(tab.text[0].value).removeprefix("said ")


def test_a_widget_shows_its_default_then_what_was_chosen():
    tab = opened()
    assert shown(tab) == ("a", "a")
    tab.selectbox[0].set_value("c").run()
    assert shown(tab) == ("c", "c")


def test_a_value_that_was_put_is_shown_and_can_be_changed_again():
    tab = opened()
    tab.selectbox[0].set_value("c").run()
    assert shown(press(tab, "Put b")) == ("b", "b")
    tab.selectbox[0].set_value("a").run()
    assert shown(tab) == ("a", "a")
    assert shown(press(tab, "Put b")) == ("b", "b")


def test_a_value_put_while_the_browser_still_sends_the_former_one_is_not_lost():
    tab = opened()
    tab.selectbox[0].set_value("c").run()
    before = tab._tree.get_widget_states()
    press(tab, "Put b")
    tab._run(before)  # the script was cut short: the browser never heard of the new widget
    assert shown(tab) == ("b", "b")
    tab._run(before)
    assert shown(tab) == ("b", "b")


def test_a_value_put_twice_before_it_is_drawn_is_the_later_one():
    tab = opened()
    press(press(tab, "Put b"), "Put c")
    assert shown(tab) == ("c", "c")


def test_what_was_put_stays_over_runs_that_say_nothing_of_it():
    tab = press(opened(), "Put b")
    assert shown(press(tab, "Nothing")) == ("b", "b")


def test_a_renewed_widget_shows_its_default_whatever_was_put_or_chosen_before():
    tab = press(opened(), "Put b")
    assert shown(press(tab, "Renew")) == ("a", "a")
    tab.selectbox[0].set_value("c").run()
    assert shown(press(tab, "Renew")) == ("a", "a")


def test_each_value_that_is_put_makes_another_widget():
    tab = opened()
    keys = [key_of(tab, "word")]
    for label in ("Put b", "Put c"):
        press(tab, label)
        keys.append(key_of(tab, "word"))
    assert len(set(keys)) == 3
    assert tab.selectbox[0].key == keys[-1]


def test_widgets_are_found_by_their_names_in_whatever_generation():
    tab = AppTest.from_string(FORM).run()
    tab.button[0].click().run()
    assert tab.text[0].value == "form:a form:b"


def test_what_was_put_before_a_widget_is_ever_drawn_is_its_first_value():
    tab = AppTest.from_string(BEFORE).run()
    assert tab.text_input(key="word").value == "c"
    tab.text_input(key="word").set_value("d").run()
    assert tab.text_input(key="word").value == "d"


def test_outside_of_a_page_nothing_was_said():
    assert state.said("nobody's widget", "default") == "default"
    assert "nobody's widget" not in st.session_state
