"""Errors in words: a page shows one clear message, the log file keeps the trace."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from logging.handlers import RotatingFileHandler

import streamlit as st

from explorer.errors import ExplorerError, StoreError
from explorer.settings import Settings
from explorer.ui import cache
from explorer.ui.wording import plain

LOG = logging.getLogger("explorer.dashboard")


@contextmanager
def in_words() -> Iterator[None]:
    """Show whatever goes wrong inside as one message, without a stack trace; log the trace.

    Wrap page bodies, and the body of every fragment, because a fragment runs again without its page.
    """
    try:
        yield
    except StoreError as error:
        _log("the store failed", error)
        st.error(plain(str(error)), icon=":material/database_off:", title="The run store can't be used")
    except ExplorerError as error:
        _log("refused", error)
        st.error(plain(str(error)), icon=":material/error:")
    except OSError as error:
        _log("a file can't be used", error)
        home = cache.settings().home
        st.error(
            f"{plain(str(error))}\n\nRuns, logs and locks are kept in {plain(str(home))}. Free space there, "
            f"make it writable, or name another folder in EXPLORER\\_HOME and start the dashboard again.",
            icon=":material/folder_off:",
            title="A file or folder can't be used",
        )
    except Exception as error:  # noqa: BLE001 -- the last line before the screen: the trace goes to the log
        _log("unexpected", error)
        st.error(
            f"{type(error).__name__}: {plain(str(error))}\n\nNothing that was saved is lost. "
            f"The details are in `{cache.settings().logs / 'dashboard.log'}`; reload the page to try again.",
            icon=":material/error:",
            title="Something went wrong on this page",
        )


def _log(what: str, error: Exception) -> None:
    with suppress(OSError):  # a read-only or full disk: the message on screen is all there can be
        _handle(cache.settings())
    LOG.error("%s: %s", what, error, exc_info=error)


def _handle(settings: Settings) -> None:
    path = settings.logs / "dashboard.log"
    if any(getattr(handler, "baseFilename", None) == str(path) for handler in LOG.handlers):
        return
    for handler in LOG.handlers[:]:
        LOG.removeHandler(handler)
        handler.close()
    settings.logs.mkdir(parents=True, exist_ok=True)
    file = RotatingFileHandler(path, maxBytes=1_000_000, backupCount=2, encoding="utf-8", delay=True)
    file.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    LOG.addHandler(file)
    LOG.propagate = False
