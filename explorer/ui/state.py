"""What one browser tab remembers between two runs of a page; nothing else touches ``st.session_state``.

A widget whose value is set from outside is drawn with the key of ``key_of`` and with what it shall show as
its default, and ``put`` makes it anew. Assigned to the key of a widget that stays, a value is told to the
browser once; where the script is cut short just then the browser never hears of it, and sends back what it
showed before, or nothing.
"""

from typing import Any

import streamlit as st

GENERATION = "generation:"
PUT = "put:"


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


def key_of(widget: str) -> str:
    """The key to draw a widget with that shows its default, until it is used or made anew."""
    generation = recall(GENERATION + widget, 0)
    return f"{widget}~{generation}" if generation else widget


def put(widget: str, value: Any) -> None:
    """Make a widget show this value from its next drawing on; ``said`` tells it until then."""
    renew(widget)
    keep(PUT + widget, value)


def said(widget: str, default: Any = None) -> Any:
    """What a widget shows: what the browser said, else what was put there, else the default."""
    key = key_of(widget)
    return recall(key) if is_kept(key) else recall(PUT + widget, default)


def renew(*widgets: str) -> None:
    """Make these widgets anew: they show their defaults, and what the browser still sends of them is past."""
    for widget in widgets:
        forget(PUT + widget)
        if not is_kept(key_of(widget)):
            continue  # it is not drawn
        forget(key_of(widget))
        keep(GENERATION + widget, recall(GENERATION + widget, 0) + 1)


def widgets_with(prefix: str) -> tuple[str, ...]:
    """The widgets drawn with a key of ``key_of`` whose names begin with this prefix."""
    return tuple(dict.fromkeys(name.partition("~")[0] for name in names_with(prefix)))


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
