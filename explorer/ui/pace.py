"""How often live parts of a page are drawn anew: the more tabs look on, the seldomer each."""

import secrets
import time
from collections.abc import Callable
from functools import wraps

import streamlit as st
from streamlit.runtime.scriptrunner import RerunException

from explorer.ui import address, cache, state

OWNER = "pace.owner"
STRETCHES = (1.0, 1.5, 2.0, 3.0, 5.0)
SHARE = 0.11  # of a second a tab: what is drawn every second is drawn every three by each of twenty tabs
SLACK = 2  # tabs that come and go without a change of pace back and forth
GONE_SECONDS = 15.0  # after which a tab that was not drawn is taken for closed


def live_fragment(body: Callable[[], None], seconds: float | None) -> None:
    """Draw ``body`` as a fragment that is drawn anew every so many seconds; by None, never by itself.

    Where many tabs look on, each waits longer, so that together they leave the processor to the training.
    """
    stretch = 1.0 if seconds is None else stretch_of(_tabs())

    @wraps(body)  # a fragment is known by its function's name and its place on the page
    def drawn() -> None:
        fields = address.fields_in_address()
        try:
            body()
            if seconds is not None and is_another(stretch, _tabs()):
                st.rerun()
        except RerunException:  # of the whole page, which is given this address again, however old
            address.note_answered(fields)
            raise

    st.fragment(drawn, run_every=None if seconds is None else seconds * stretch)()


def _tabs() -> int:
    """Note that this tab looks on, and count those that do."""
    owner = state.recall(OWNER)
    if owner is None:
        owner = secrets.token_hex(8)
        state.keep(OWNER, owner)
    seen: dict[str, float] = cache.small_made_once(dict, "tabs that look on")
    return note(seen, owner, time.monotonic())


def note(seen: dict[str, float], tab: str, now: float) -> int:
    """Write down when a tab was drawn, forget those that were not for long, and count the others."""
    seen[tab] = now
    for other, last in tuple(seen.items()):
        if now - last > GONE_SECONDS:
            seen.pop(other, None)
    return len(seen)


def stretch_of(tabs: int) -> float:
    """How many times longer each of so many tabs waits."""
    return next((stretch for stretch in STRETCHES if stretch >= SHARE * tabs), STRETCHES[-1])


def is_another(stretch: float, tabs: int) -> bool:
    """Whether so many tabs are too many for this stretch, or few enough for a shorter one."""
    return stretch_of(tabs) > stretch or stretch_of(tabs + SLACK) < stretch
