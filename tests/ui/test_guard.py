import logging
from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from explorer.settings import Settings

from .conftest import texts


def failing(kind: str) -> None:
    """A page whose body fails; run by AppTest in a namespace of its own."""
    import streamlit as st  # noqa: PLC0415

    from explorer.errors import RunStateError, StoreError  # noqa: PLC0415
    from explorer.ui import guard  # noqa: PLC0415

    errors = {
        "refused": RunStateError("Run 7 is finished."),
        "store": StoreError("The disk is full."),
        "file": PermissionError(13, "Permission denied", "/somewhere"),
        "unexpected": ZeroDivisionError("a *bold* mistake"),
    }
    with guard.in_words():
        st.write("before")
        raise errors[kind]
    st.write("after")


@pytest.fixture
def show(home: Settings) -> Callable[[str], AppTest]:
    return lambda kind: AppTest.from_function(failing, args=(kind,), default_timeout=120).run()


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("refused", "Run 7 is finished."),
        ("store", "The disk is full."),
        ("file", "Permission denied"),
        ("unexpected", r"ZeroDivisionError: a \*bold\* mistake"),
    ],
)
def test_whatever_fails_is_one_message_and_the_rest_of_the_page_goes_on(
    kind: str, said: str, show: Callable[[str], AppTest]
):
    page = show(kind)
    assert not page.exception
    assert said in texts(page.error)
    assert "Traceback" not in texts(page.error)
    assert texts(page.markdown).split() == ["before", "after"]


def test_the_trace_of_an_unexpected_error_is_in_the_log(show: Callable[[str], AppTest], home: Settings):
    show("unexpected")
    logging.shutdown()
    log = (home.logs / "dashboard.log").read_text()
    assert "ZeroDivisionError" in log
    assert "in failing" in log
