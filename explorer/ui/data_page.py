"""The Data page: which images there are, one's own among them, and our handwriting."""

import streamlit as st

from explorer.ui import state
from explorer.ui.data_handwriting import handwriting_view
from explorer.ui.data_known import known_datasets
from explorer.ui.data_own import add_own, own_datasets
from explorer.ui.robustness_address import choice_in_address
from explorer.ui.wording import plain

VIEW, IN_ADDRESS = "data.view", "view"
DATASETS, HANDWRITING = "datasets", "handwriting"
TITLES = {DATASETS: "Datasets", HANDWRITING: "Our handwriting"}
MESSAGE = "data.message"


def show() -> None:
    """Draw the page."""
    st.title("Data")
    message = state.take(MESSAGE)
    if message:
        st.toast(plain(message), icon=":material/dataset:")
    named = choice_in_address(IN_ADDRESS, tuple(TITLES))
    if named is not None and (state.arrived() or state.said(VIEW) is None):
        state.put(VIEW, named)
    view = st.segmented_control(
        "View",
        list(TITLES),
        default=state.said(VIEW, DATASETS),
        format_func=TITLES.__getitem__,
        key=state.key_of(VIEW),
        required=True,
        persist_state="session",
        label_visibility="collapsed",
    )
    wanted = {IN_ADDRESS: view} if view == HANDWRITING else {}
    if wanted != st.query_params.to_dict():
        st.query_params.from_dict(wanted)
    if view == HANDWRITING:
        handwriting_view()
        return
    own_datasets()
    add_own()
    known_datasets()
