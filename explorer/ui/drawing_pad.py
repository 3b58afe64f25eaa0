"""The drawing pad: strokes of mouse, pen or finger, kept in the browser and told to the server."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from explorer.data.strokes import Stroke, as_sent, read_strokes
from explorer.errors import DatasetError
from explorer.ui import state
from explorer.ui.browser_source import source

STYLE = source("drawing_pad.css")
SCRIPT = source("drawing_pad.js")

_mount = st.components.v2.component(
    "explorer.drawing_pad",
    html='<div class="pad"></div>',
    css=STYLE,
    js=SCRIPT,
)


@dataclass(frozen=True, slots=True)
class Drawing:
    """What is on the pad; ``seq`` counts what the browser told."""

    seq: int = 0
    strokes: tuple[Stroke, ...] = ()


NOTHING = Drawing()


def drawing_pad(kept: Drawing, cleared: int, *, key: str) -> Drawing:
    """Draw the pad; returns what is on it now.

    ``kept`` is what it returned last: a pad that is drawn anew goes on from there. When ``cleared`` grows,
    the pad clears itself, as by its own button.

    Raises:
        DatasetError: what the browser told is no drawing.
    """
    told = _mount(
        key=key,
        data={"seq": _heard(key, kept), "strokes": as_sent(kept.strokes), "clear": cleared},
        default={"drawing": None},
        on_drawing_change=lambda: None,
        width="stretch",
        height="content",
    ).drawing
    return kept if told is None else read_drawing(told)


def drawing_now(kept: Drawing, *, key: str) -> Drawing:
    """What is on the pad, in a callback too, where the page was not drawn with it yet.

    Raises:
        DatasetError: what the browser told is no drawing.
    """
    told = _told(key)
    return kept if told is None else read_drawing(told)


def _told(key: str) -> Any:
    told = state.recall(key)
    return told.get("drawing") if isinstance(told, Mapping) else None


def _heard(key: str, kept: Drawing) -> int:
    """The newest that the browser told: it tells more within a stroke when it knows that this was heard."""
    newest = _told(key)
    seq = newest.get("seq") if isinstance(newest, Mapping) else None
    return seq if isinstance(seq, int) else kept.seq


def read_drawing(told: Any) -> Drawing:
    """What the browser told, checked.

    Raises:
        DatasetError: it is no drawing.
    """
    if not isinstance(told, dict) or not isinstance(told.get("seq"), int):
        raise DatasetError("The drawing can't be read. Reload the page and draw again.")
    strokes: Sequence[Stroke] = read_strokes(told.get("strokes"))
    return Drawing(told["seq"], tuple(strokes))
