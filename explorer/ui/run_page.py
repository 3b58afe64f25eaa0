"""The page of one run: ``?run=7`` in the address says which."""

import streamlit as st

from explorer.errors import RunNotFoundError
from explorer.ui import address, cache, state
from explorer.ui.copy_link import copy_run_link_button
from explorer.ui.export_panel import export_button
from explorer.ui.report_panel import report_button
from explorer.ui.run_panel import run_panel
from explorer.ui.runs_dialogs import MESSAGE, delete_dialog, rename_dialog
from explorer.ui.wording import plain


def show() -> None:
    """Draw the run that the address names, or say how to get to one."""
    run_id = address.run_in_address()
    if run_id is None:
        st.title("No run chosen")
        st.info("Open a run from the Runs page, or start one on the Train page.", icon=":material/info:")
        st.page_link("pages/runs.py", label="All runs", icon=":material/table_rows:")
        st.page_link("pages/train.py", label="Train a network", icon=":material/play_arrow:")
        return
    with st.container():  # what stands below keeps its place when the message goes
        message = state.take(MESSAGE)
        if message:
            st.info(plain(message), icon=":material/info:")
    run_panel(run_id)
    _manage(run_id)


def _manage(run_id: int) -> None:
    """The buttons that name the run anew, or end it for good."""
    try:
        run = cache.store().run(run_id)
    except RunNotFoundError:
        return  # said above
    with st.container(horizontal=True):
        copy_run_link_button(run)
        if st.button("Rename", key=f"rename:{run_id}", icon=":material/edit:", type="tertiary"):
            rename_dialog(run_id)
        if st.button("Delete", key=f"delete:{run_id}", icon=":material/delete:", type="tertiary"):
            delete_dialog((run_id,))
        report_button((run_id,), key=str(run_id))
        export_button(run_id)
