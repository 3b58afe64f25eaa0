"""The line that says what a lesson leaves to be changed, and the way out of it."""

import streamlit as st

from explorer.config.fields import all_fields
from explorer.ui import lesson


def lesson_note() -> None:
    """Draw it where there is a lesson."""
    now = lesson.now()
    if not now:
        return
    locked = sum(now.is_locked(entry.path) and not now.is_hidden(entry.path) for entry in all_fields())
    hidden = sum(now.is_hidden(entry.path) for entry in all_fields())
    told = [_counted(count, how) for count, how in ((locked, "fixed"), (hidden, "hidden")) if count]
    with st.container(horizontal=True, vertical_alignment="center"):
        words = f": {' and '.join(told)}" if told else ""
        st.caption(f":material/school: A lesson{words}.", width="content")
        st.button(
            "Open all",
            icon=":material/lock_open:",
            type="tertiary",
            on_click=lesson.end,
            help="Ends the lesson in this tab: every setting is shown and can be changed.",
        )


def _counted(count: int, how: str) -> str:
    return f"{count} setting{'s' * (count != 1)} {how}"
