"""The frame around every page: navigation, logo, and the guard that keeps deep links working."""

from collections.abc import Sequence
from contextvars import ContextVar
from pathlib import Path

import streamlit as st

from explorer.jobs.runner import ensure_runner
from explorer.ui import cache, compare_address, guard, state
from explorer.ui.save_figures import save_figures

HERE = Path(__file__).resolve().parent
PAGES = HERE.parents[1] / "pages"

_routed: ContextVar[bool] = ContextVar("explorer_routed", default=False)


def run() -> None:
    """The whole of app.py: set the page up, keep the runner alive, run the page that was asked for."""
    st.set_page_config(page_title="MNIST Explorer", page_icon=HERE / "icon.svg", layout="wide")
    page = st.navigation(
        [
            st.Page(PAGES / "train.py", title="Train", icon=":material/play_arrow:", default=True),
            st.Page(PAGES / "sweep.py", title="Sweep", icon=":material/stacked_line_chart:"),
            st.Page(PAGES / "draw.py", title="Draw", icon=":material/draw:"),
            st.Page(PAGES / "runs.py", title="Runs", icon=":material/table_rows:"),
            st.Page(PAGES / "compare.py", title="Compare", icon=":material/compare_arrows:"),
            st.Page(PAGES / "robustness.py", title="Robustness", icon=":material/shield:"),
            st.Page(PAGES / "backprop.py", title="Backprop", icon=":material/conversion_path:"),
            st.Page(PAGES / "classical.py", title="Classical", icon=":material/grain:"),
            st.Page(PAGES / "labs.py", title="Labs", icon=":material/science:"),
            st.Page(PAGES / "data.py", title="Data", icon=":material/dataset:"),
            st.Page(PAGES / "guide.py", title="Guide", icon=":material/explore:"),
            st.Page(PAGES / "workers.py", title="Workers", icon=":material/memory:"),
            st.Page(PAGES / "help.py", title="Help", icon=":material/help:"),
            st.Page(PAGES / "run.py", title="Run", icon=":material/show_chart:", visibility="hidden"),
        ],
        position="top",
    )
    st.logo(str(HERE / "logo.svg"), size="large")
    token = _routed.set(True)
    try:
        with guard.in_words():
            settings = cache.settings()
            cache.store()
            cache.attach()
            ensure_runner(settings)
            state.arrive(page.title)
            page.run()
            save_figures(page.title)
    finally:
        _routed.reset(token)


def page() -> None:
    """First line of every page: after a restart Streamlit may run a page without app.py around it."""
    if not _routed.get():
        run()
        st.stop()


def compare_runs(run_ids: Sequence[int]) -> None:
    """Leave this page for the page that shows these runs beside one another."""
    st.switch_page(PAGES / "compare.py", query_params=compare_address.as_query(run_ids))


def open_run(run_id: int) -> None:
    """Leave this page for the page of one run."""
    st.switch_page(PAGES / "run.py", query_params={"run": str(run_id)})
