"""A worker's promise to leave in time, kept even while something long can't be interrupted."""

import logging
import os
import threading
from collections.abc import Callable

GRACE_SECONDS = 3.0
LOOK_SECONDS = 0.2

log = logging.getLogger("explorer.worker")


def leave_in_time(must_leave: Callable[[], bool], give_up: Callable[[], None]) -> None:
    """Watch from a thread: three seconds after it must leave, this process gives up its run and ends.

    Loading a dataset, or the one look at the test set, may take longer than anybody waits after Ctrl-C.
    """
    threading.Thread(target=_watch, args=(must_leave, give_up), name="punctuality", daemon=True).start()


def _watch(must_leave: Callable[[], bool], give_up: Callable[[], None]) -> None:
    pause, waited = threading.Event(), 0.0
    while waited < GRACE_SECONDS:
        pause.wait(LOOK_SECONDS)
        waited = waited + LOOK_SECONDS if must_leave() else 0.0
    log.warning("the worker gives up what it does, to leave in time")
    try:
        give_up()
    finally:
        os._exit(0)
