"""The address bar: which run is shown, and the configuration in dotted names."""

from collections.abc import Callable, Mapping

import streamlit as st

from explorer.ui import state

RUN = "run"
ANSWERED = "address.answered"


def run_in_address() -> int | None:
    """The run that the address names, or None if it names none."""
    text = st.query_params.get(RUN, "")
    return int(text) if text.isdecimal() and len(text) < 10 else None


def unreadable_run() -> str:
    """What stands for the run in the address if it is no run's number; empty otherwise."""
    return "" if run_in_address() is not None else st.query_params.get(RUN, "")


def show_run_in_address(run_id: int | None) -> None:
    """Put a run into the address, or take it out; the rest of the address stays."""
    if run_id is not None:
        st.query_params[RUN] = str(run_id)
    elif RUN in st.query_params:
        del st.query_params[RUN]


def fields_in_address() -> dict[str, str]:
    """Every parameter of the address but the run, as texts."""
    return {name: value for name, value in st.query_params.to_dict().items() if name != RUN}


def is_from_outside(seen: str, fields: Mapping[str, str], have_spoken: Callable[[], bool]) -> bool:
    """Whether these fields of the address came by a link, a reload, back or forward: then they are taken.

    ``seen`` names what the page itself put there last. Fields are not taken where its controls have just
    spoken, or where a part of the page that redraws itself had the whole page drawn anew, as the address may
    then be an old one; nor are none where one comes back from another page of this tab: its controls are as
    they were left.
    """
    answered = state.take(ANSWERED)
    if fields == state.recall(seen) or have_spoken():
        return False
    if fields == answered and not state.arrived():
        return False
    state.keep(seen, fields)
    return bool(fields) or not state.arrived()


def note_answered(fields: Mapping[str, str]) -> None:
    """Note that the next run of the page, if its address has these fields, does not bring them from outside.

    A part that redraws itself is sent the address that the browser knew when it asked: perhaps not yet the
    one that the page wrote last. A run of the whole page that the part starts is given the same.
    """
    state.keep(ANSWERED, dict(fields))


def show_fields_in_address(fields: Mapping[str, str]) -> None:
    """Replace every parameter but the run, in one step of the browser's history."""
    if dict(fields) != fields_in_address():
        kept = {RUN: st.query_params[RUN]} if RUN in st.query_params else {}
        st.query_params.from_dict({**kept, **fields})
