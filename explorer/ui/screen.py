"""What kind of screen a tab is shown on."""

import streamlit as st


def is_phone() -> bool:
    """Whether the browser says that it is a phone's: there all stands in one column."""
    return "Mobi" in user_agent()


def user_agent() -> str:
    """What the browser says of itself."""
    return st.context.headers.get("User-Agent") or ""
