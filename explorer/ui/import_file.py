"""A file from elsewhere: chosen, taken in when asked, or refused in words."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from explorer.errors import ExplorerError
from explorer.ui import state
from explorer.ui.wording import plain


def import_file(widget: str, *, megabytes: int, take_in: Callable[[Any], str], message: str) -> None:
    """Draw an uploader by this name, and a button that hands its file to ``take_in``.

    The sentence that ``take_in`` returns is kept under ``message`` and the uploader is emptied; an
    ExplorerError that it raises stands beside the file until another one is chosen.
    """
    file = st.file_uploader(
        "File", key=state.key_of(widget), max_upload_size=megabytes, label_visibility="collapsed"
    )
    refused, words = state.recall(_refusal(widget), (None, ""))
    if file is None:
        state.forget(_refusal(widget))
        return
    if refused == file.file_id:
        st.error(plain(words), icon=":material/error:", title="Nothing was imported")
    st.button(
        "Import",
        key=f"{widget}.take",
        type="primary",
        icon=":material/upload:",
        on_click=_take,
        args=(widget, take_in, message),
    )


def _take(widget: str, take_in: Callable[[Any], str], message: str) -> None:
    """Take in the file that is in the uploader now: it may have been exchanged since it was drawn."""
    file = state.recall(state.key_of(widget))
    if file is None:
        return
    try:
        state.keep(message, take_in(file))
    except ExplorerError as error:
        state.keep(_refusal(widget), (file.file_id, str(error)))
        return
    state.forget(_refusal(widget))
    state.renew(widget)


def _refusal(widget: str) -> str:
    return f"{widget}.refusal"
