from collections.abc import Callable

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from explorer.ui import cache
from explorer.ui.pace import GONE_SECONDS, SHARE, SLACK, STRETCHES, is_another, note, stretch_of


@pytest.mark.parametrize(
    ("tabs", "stretch"), [(1, 1.0), (9, 1.0), (10, 1.5), (18, 2.0), (20, 3.0), (500, 5.0)]
)
def test_the_more_tabs_look_on_the_longer_each_waits(tabs: int, stretch: float):
    assert stretch_of(tabs) == stretch


def test_all_tabs_together_are_drawn_at_most_so_often_a_second():
    most = max(tabs / stretch_of(tabs) for tabs in range(1, int(STRETCHES[-1] / SHARE) + 1))
    assert most <= 1 / SHARE


def test_a_tab_that_comes_and_goes_does_not_change_the_pace_back_and_forth():
    assert is_another(1.0, 10)
    assert not is_another(1.5, 10)
    assert not is_another(1.5, 9)
    assert is_another(1.5, 9 - SLACK)
    for tabs in range(1, 60):
        assert not is_another(stretch_of(tabs), tabs)


def test_a_tab_that_was_not_drawn_for_long_is_taken_for_closed():
    seen: dict[str, float] = {}
    assert [note(seen, tab, now) for tab, now in (("a", 0.0), ("b", 1.0), ("a", 2.0))] == [1, 2, 2]
    assert note(seen, "a", 1.5 + GONE_SECONDS) == 1
    assert set(seen) == {"a"}


def _page() -> None:
    """A page to which fifteen other tabs come; run by AppTest in a namespace of its own."""
    import time  # noqa: PLC0415

    import streamlit as st  # noqa: PLC0415

    from explorer.ui import cache  # noqa: PLC0415
    from explorer.ui.pace import live_fragment  # noqa: PLC0415

    def body() -> None:
        st.text("alive")
        seen = cache.small_made_once(dict, "tabs that look on")
        seen.update({str(tab): time.monotonic() for tab in range(15)})

    st.session_state["drawn"] = st.session_state.get("drawn", 0) + 1
    live_fragment(body, 0.5 if st.session_state.get("is_live") else None)


@pytest.mark.parametrize(("is_live", "drawn", "waits"), [(True, 2, [0.5, 1.0]), (False, 1, [None])])
def test_a_live_part_has_its_page_drawn_anew_where_the_pace_is_another(
    monkeypatch: pytest.MonkeyPatch, is_live: bool, drawn: int, waits: list[float | None]
):
    asked: list[float | None] = []
    fragment = st.fragment

    def noted(body: Callable[[], None], run_every: float | None = None) -> Callable[[], None]:
        asked.append(run_every)
        return fragment(body, run_every=run_every)

    tabs: dict[str, float] = {}
    monkeypatch.setattr(st, "fragment", noted)
    monkeypatch.setattr(cache, "small_made_once", lambda *_: tabs)
    page = AppTest.from_function(_page, default_timeout=120)
    page.session_state["is_live"] = is_live
    page.run()
    assert [text.value for text in page.text] == ["alive"]
    assert (page.session_state["drawn"], asked) == (drawn, waits)
