"""A worker: the process that owns one device and trains what the queue holds for it."""

import argparse
import logging
import os
from dataclasses import replace

from explorer.errors import DeviceError, StoreError
from explorer.jobs.journal import journal_path, open_journal
from explorer.jobs.locks import hold
from explorer.jobs.orders import Orders
from explorer.jobs.reconciliation import mark_lost_runs
from explorer.jobs.status import WorkerStatus, clear_status, now, worker_lock, write_status
from explorer.jobs.supervision import BROKEN, LEFT, LOCK_TAKEN, NO_DEVICE, NO_STORE
from explorer.jobs.threads import MOST_THREADS, allowed_threads, brief_spinning
from explorer.settings import Settings, read_settings
from explorer.storage.store import open_store

NICENESS = 10  # the dashboard answers first
LOCK_PATIENCE_SECONDS = 10.0  # the worker of a runner that was killed needs a moment to leave

log = logging.getLogger("explorer.worker")


def serve(settings: Settings, device: str, *, supervised: bool = False) -> int:
    """Be the worker of this device until told to leave; the exit code.

    A supervised worker obeys its runner; another one goes on until Ctrl-C or SIGTERM, which pause its run.
    """
    orders = Orders()
    orders.heed_signals()
    if supervised:
        orders.heed_input()
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    open_journal(settings, f"worker-{device.replace(':', '-')}")
    lock = hold(worker_lock(settings, device), LOCK_PATIENCE_SECONDS if supervised else 0.2)
    if lock is None:
        log.warning("another worker has the device %s", device)
        return LOCK_TAKEN
    os.environ.update(brief_spinning(os.environ, has_company=True))  # before torch is loaded
    threads = min(allowed_threads(os.environ), MOST_THREADS) if device == "cpu" else 1
    status = WorkerStatus(device, os.getpid(), "starting", now(), threads)
    with lock:
        try:
            store = open_store(settings)
            for run_id in mark_lost_runs(store, settings):
                log.warning("run %d was lost by its worker", run_id)
            write_status(settings, status)
        except (StoreError, OSError) as error:
            log.error("the store can't be used: %s", error)
            _try_to_say(settings, replace(status, state="dead", since=now(), problem=str(error)))
            return NO_STORE
        try:
            from explorer.jobs.service import Service  # noqa: PLC0415 -- lost runs are told before torch loads

            Service(store, settings, status, orders).run()
        except DeviceError as error:
            log.error("%s", error)
            _try_to_say(settings, replace(status, state="dead", since=now(), problem=str(error)))
            return NO_DEVICE
        except Exception as error:
            log.exception("the worker of %s ends", device)
            problem = f"unexpected error: {type(error).__name__}: {error}; the log is at {journal_path()}"
            _try_to_say(settings, replace(status, state="dead", since=now(), problem=problem))
            return BROKEN
        finally:
            store.close()
        clear_status(settings, device)
    return LEFT


def _try_to_say(settings: Settings, status: WorkerStatus) -> None:
    try:
        write_status(settings, status)
    except OSError as error:
        log.error("the worker's state can't be written: %s", error)


def main(arguments: list[str] | None = None) -> int:
    """Be a worker as the runner starts it."""
    parser = argparse.ArgumentParser(prog="python -m explorer.jobs.worker", description=__doc__)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--supervised", action="store_true", help="obey orders on the standard input")
    options = parser.parse_args(arguments)
    return serve(read_settings(), options.device, supervised=options.supervised)


if __name__ == "__main__":
    ended = main()
    logging.shutdown()
    os._exit(ended)  # torch takes seconds to tidy up on a busy machine, and somebody waits
