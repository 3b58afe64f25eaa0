"""What of an address could not be used, told until somebody says that it was read."""

from collections.abc import Callable

import streamlit as st

from explorer.errors import Problem
from explorer.ui import state
from explorer.ui.wording import plain, problem_sentence


def refused_address(name: str, in_words: Callable[[Problem], str] = problem_sentence) -> None:
    """The problems that a page keeps under this name, each as a sentence; nothing where there are none."""
    problems: tuple[Problem, ...] | None = state.recall(name)
    if not problems:
        return
    lines = "\n".join(f"- {plain(in_words(problem))}" for problem in problems)
    st.warning(
        f"{lines}\n\nThe rest of the address was used; these settings have their defaults.",
        icon=":material/link_off:",
        title="Not everything in this address could be used",
    )
    st.button("Understood", on_click=state.forget, args=(name,), icon=":material/check:")
