"""Everything about one run: where it stands, its curves while it trains, and what it learned."""

import streamlit as st

from explorer.errors import RunNotFoundError
from explorer.ui import cache


def run_panel(run_id: int) -> None:
    """Draw one run, live while a worker has it in hand; a run that is gone is said to be gone."""
    try:
        run = cache.store().run(run_id)
    except RunNotFoundError as error:
        st.info(str(error), icon=":material/info:")
        return
    st.subheader(run.name)
    st.badge(run.status.value)
