"""The inspector: the process that answers what pages ask about runs, beside whatever trains."""

import argparse
import logging
import os
import sys

from explorer.errors import StoreError
from explorer.jobs.journal import journal_path, open_journal
from explorer.jobs.locks import hold
from explorer.jobs.orders import Orders
from explorer.jobs.status import INSPECTOR, WorkerStatus, clear_status, now, worker_lock, write_status
from explorer.jobs.supervision import BROKEN, LEFT, LOCK_TAKEN, NO_STORE
from explorer.jobs.threads import allowed_threads, brief_spinning
from explorer.settings import Settings, read_settings
from explorer.storage.store import open_store

NICENESS = 5  # after the dashboard, before what trains: somebody is looking
MOST_THREADS = 4

log = logging.getLogger("explorer.inspector")


def serve(settings: Settings, *, supervised: bool) -> int:
    """Answer until told to leave, or until nobody has asked for long; the exit code."""
    orders = Orders()
    orders.heed_signals()
    if supervised:
        orders.heed_input()
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    open_journal(settings, INSPECTOR)
    lock = hold(worker_lock(settings, INSPECTOR), 10.0 if supervised else 0.2)
    if lock is None:
        return LOCK_TAKEN
    os.environ.update(brief_spinning(os.environ, has_company=True))  # before torch is loaded
    # Half of the cores: what trains keeps the other half, and threads that spin cost much on busy ones.
    threads = max(1, min(allowed_threads(os.environ) // 2, MOST_THREADS))
    with lock:
        try:
            store = open_store(settings)
            store.analyses.give_back()
            write_status(settings, WorkerStatus(INSPECTOR, os.getpid(), "starting", now(), threads))
        except (StoreError, OSError) as error:
            log.error("the store can't be used: %s", error)
            return NO_STORE
        try:
            from explorer.jobs.answering import Answering  # noqa: PLC0415 -- loads torch

            Answering(store, settings, orders, threads).run()
        except Exception:  # the last frame of the process: the log has it, the runner starts another
            log.exception("the inspector ends; the log is at %s", journal_path())
            return BROKEN
        finally:
            store.close()
        clear_status(settings, INSPECTOR)
    return LEFT


def main(arguments: list[str] | None = None) -> int:
    """Be the inspector as the runner starts it."""
    parser = argparse.ArgumentParser(prog="python -m explorer.jobs.inspector", description=__doc__)
    parser.add_argument("--supervised", action="store_true", help="obey orders on the standard input")
    options = parser.parse_args(arguments)
    return serve(read_settings(), supervised=options.supervised)


if __name__ == "__main__":
    sys.exit(main())
