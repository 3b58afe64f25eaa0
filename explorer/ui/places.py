"""Where this installation keeps its things, how full the disk is, and what its processes last said."""

import shutil
from pathlib import Path
from urllib.parse import urlsplit

import streamlit as st

from explorer.settings import Settings
from explorer.ui.wording import bytes_in_words, plain

TAIL_LINES = 40
TAIL_BYTES = 20_000
LITTLE_SPACE = 1e9

_LOGS = {"runner": "Runner", "dashboard": "Dashboard", "fetch": "Fetched datasets"}


def places(settings: Settings) -> None:
    """Folders, database and free space."""
    st.subheader("Where things are")
    rows = {
        "Runs, logs and locks": (str(settings.home), "EXPLORER_HOME"),
        "Datasets": (str(settings.data), "EXPLORER_DATA"),
        "Run store": (without_password(settings.database_url), "EXPLORER_DATABASE_URL"),
        "Devices": (", ".join(settings.devices or ()) or "all that are found", "EXPLORER_DEVICES"),
    }
    lines = [f"- {what}: **{plain(value)}** (`{name}`)" for what, (value, name) in rows.items()]
    st.markdown("\n".join(lines))
    free = shutil.disk_usage(_existing(settings.home)).free
    if free < LITTLE_SPACE:
        st.warning(f"Only {bytes_in_words(free)} are free on this disk.", icon=":material/hard_drive:")
    else:
        st.caption(f"{bytes_in_words(free)} are free on this disk.")


def logs(settings: Settings) -> None:
    """The last lines of every log, folded."""
    st.subheader("Logs")
    paths = sorted(settings.logs.glob("*.log"))
    if not paths:
        st.caption("No process has written anything yet.")
    for path in paths:
        name = _LOGS.get(path.stem) or path.stem.replace("-", " ").capitalize()
        with st.expander(
            f"{name} :gray[· {plain(path.name)}]", icon=":material/notes:", key=f"log:{path.name}"
        ):
            st.code(tail(path) or "(empty)", language=None, height=280, wrap_lines=True)


def tail(path: Path) -> str:
    """The last lines of a text file; what is no UTF-8 is replaced."""
    try:
        with path.open("rb") as file:
            file.seek(0, 2)
            file.seek(max(file.tell() - TAIL_BYTES, 0))
            lines = file.read().decode("utf-8", errors="replace").splitlines()
    except OSError as error:
        return f"It can't be read: {error.strerror}."
    return "\n".join(lines[-TAIL_LINES:])


def without_password(url: str) -> str:
    """A database URL that can be shown: user and password are left out."""
    parts = urlsplit(url)
    return url if "@" not in parts.netloc else url.replace(parts.netloc, parts.netloc.rpartition("@")[2], 1)


def _existing(path: Path) -> Path:
    return next((place for place in (path, *path.parents) if place.exists()), Path())
