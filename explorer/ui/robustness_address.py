"""The address of the Robustness page: ``?runs=3,7&change=shift&images=all``."""

from collections.abc import Mapping, Sequence

import streamlit as st

RUNS, CHANGE, IMAGES = "runs", "change", "images"
MOST_DIGITS = 10


def runs_in_address() -> tuple[int, ...] | None:
    """The runs that the address names, each once; None where it names none."""
    text = st.query_params.get(RUNS, "")
    parts = [part.strip() for part in text.split(",")]
    ids = [int(part) for part in parts if part.isdecimal() and len(part) < MOST_DIGITS]
    return tuple(dict.fromkeys(ids)) or None


def choice_in_address(name: str, known: Sequence[str]) -> str | None:
    """The choice that the address names, where it is a known one."""
    text = st.query_params.get(name, "")
    return text if text in known else None


def show_in_address(run_ids: Sequence[int], change: str, images: str) -> None:
    """Replace what the address says, in one step of the browser's history."""
    show_runs_in_address(run_ids, {CHANGE: change, IMAGES: images})


def show_runs_in_address(run_ids: Sequence[int], others: Mapping[str, str]) -> None:
    """The same for a page that asks runs and has other choices, or none."""
    wanted = dict(others)
    if run_ids:
        wanted = {RUNS: ",".join(map(str, run_ids)), **wanted}
    if wanted != st.query_params.to_dict():
        st.query_params.from_dict(wanted)
