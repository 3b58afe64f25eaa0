"""What kind of screen a tab is shown on, and what depends on it."""

import streamlit as st

from explorer.ui import state
from explorer.ui.wording import plain


def is_phone() -> bool:
    """Whether the browser says that it is a phone's: there all stands in one column."""
    return "Mobi" in user_agent()


def user_agent() -> str:
    """What the browser says of itself."""
    return st.context.headers.get("User-Agent") or ""


def say_queued(started: str) -> None:
    """Say once on a phone, where a run lies far below its form, that the run kept under this key is queued.

    On a wide screen the run itself appears beside the form, and a toast would lie over its buttons.
    """
    name = state.take(started)
    if name is not None and is_phone():
        st.toast(f"{plain(name)} is in the queue.", icon=":material/play_circle:")
