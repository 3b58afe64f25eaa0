"""The page of one run: ``?run=7`` in the address says which."""

import streamlit as st

from explorer.ui import address
from explorer.ui.run_panel import run_panel


def show() -> None:
    """Draw the run that the address names, or say how to get to one."""
    run_id = address.run_in_address()
    if run_id is None:
        st.title("No run chosen")
        st.info("Open a run from the Runs page, or start one on the Train page.", icon=":material/info:")
        st.page_link("pages/runs.py", label="All runs", icon=":material/table_rows:")
        st.page_link("pages/train.py", label="Train a network", icon=":material/play_arrow:")
        return
    run_panel(run_id)
