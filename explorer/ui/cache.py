"""What every tab of one dashboard process shares: the settings, the open store, the hold on the runner."""

import streamlit as st

from explorer.jobs.runner import attach_dashboard
from explorer.settings import Settings, read_settings
from explorer.storage.store import Store, open_store


def settings() -> Settings:
    """The settings of this process, read from the environment."""
    return read_settings()


def store() -> Store:
    """The open run store; a failure to open it is not remembered, so the next look tries again.

    Raises:
        StoreError: the store is corrupt, read-only, full or unreachable.
    """
    return _store(settings())


def attach() -> None:
    """Tell the runner, once a process, that a dashboard is here until this process ends."""
    _attachment(settings())


@st.cache_resource(show_spinner=False)
def _store(settings: Settings) -> Store:
    return open_store(settings)


@st.cache_resource(show_spinner=False)
def _attachment(settings: Settings) -> object:
    return attach_dashboard(settings) or True
