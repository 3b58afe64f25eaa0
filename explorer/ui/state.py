"""What one browser tab remembers between two runs of a page; nothing else touches ``st.session_state``.

Widgets that need their value set from outside take their key from the same names: ``keep`` before the
widget is drawn sets what it shows.
"""

from typing import Any

import streamlit as st


def recall(name: str, default: Any = None) -> Any:
    """What was kept under this name, or the default; nothing is stored by looking."""
    return st.session_state.get(name, default)


def keep(name: str, value: Any) -> None:
    """Remember a value; for the key of a widget, only before the widget is drawn or in a callback."""
    st.session_state[name] = value


def show_in(widget: str, value: Any) -> None:
    """Make the widget that is about to be drawn, with this value as its default too, show it.

    Where it does already, nothing is sent: else a slider that moved on while the page was being drawn would
    be put back.
    """
    if not is_kept(widget) or recall(widget) != value:
        keep(widget, value)


def is_kept(name: str) -> bool:
    """Whether something is remembered under this name."""
    return name in st.session_state


def forget(*names: str) -> None:
    """Drop these names; unknown ones are ignored."""
    for name in names:
        if name in st.session_state:
            del st.session_state[name]


def take(name: str, default: Any = None) -> Any:
    """What was kept under this name, dropped in the same breath: a message to be shown once."""
    value = st.session_state.get(name, default)
    forget(name)
    return value


def names_with(prefix: str) -> tuple[str, ...]:
    """The remembered names that begin with this prefix."""
    return tuple(name for name in st.session_state if isinstance(name, str) and name.startswith(prefix))


def arrive(page: str) -> None:
    """Note which page is drawn now, for ``arrived``."""
    keep("page.before", recall("page"))
    keep("page", page)


def arrived() -> bool:
    """Whether this run of the page is the first since another page was shown in this tab."""
    return recall("page.before") not in (None, recall("page"))
