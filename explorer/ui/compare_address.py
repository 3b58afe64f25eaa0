"""The address of the Compare page: ``?runs=3,7,9``, ``?group=…`` or both."""

from collections.abc import Sequence

import streamlit as st

RUNS, GROUP = "runs", "group"
MOST_NAMED = 200


def runs_in_address() -> tuple[int, ...]:
    """The numbers of runs that the address names, each once, in its order; what is no number is left out."""
    words = st.query_params.get(RUNS, "").replace(" ", "").split(",")
    numbers = [int(word) for word in words if word.isdecimal() and len(word) < 10]
    return tuple(dict.fromkeys(numbers))[:MOST_NAMED]


def group_in_address() -> str | None:
    """The group that the address names."""
    return st.query_params.get(GROUP) or None


def show_in_address(run_ids: Sequence[int], group: str | None) -> None:
    """Put these into the address, in one step of the browser's history."""
    wanted = as_query(run_ids, group)
    if wanted != st.query_params.to_dict():
        st.query_params.from_dict(wanted)


def as_query(run_ids: Sequence[int], group: str | None = None) -> dict[str, str]:
    """The parameters of an address that compares these."""
    runs = {RUNS: ",".join(str(run_id) for run_id in run_ids)} if run_ids else {}
    return runs | ({GROUP: group} if group else {})
