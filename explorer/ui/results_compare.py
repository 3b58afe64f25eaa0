"""Several runs beside one another: their curves, their numbers, and the settings that tell them apart."""

from collections.abc import Sequence

import streamlit as st

from explorer.errors import RunNotFoundError
from explorer.records import Run
from explorer.ui import cache


def compare_panel(run_ids: Sequence[int]) -> None:
    """Draw several runs together; runs that are gone are named and left out."""
    runs: list[Run] = []
    for run_id in run_ids:
        try:
            runs.append(cache.store().run(run_id))
        except RunNotFoundError as error:
            st.info(str(error), icon=":material/info:")
    for run in runs:
        st.write(run.name)
