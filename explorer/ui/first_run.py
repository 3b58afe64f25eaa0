"""The first run of a fresh installation, so that the page is alive before any click."""

from explorer.config.parsing import config_from_paths
from explorer.jobs.locks import hold
from explorer.jobs.queue import submit
from explorer.settings import Settings
from explorer.storage.store import Store

DONE = "first_run_submitted"
NAME = "First run"
FIELDS = {"training.epochs": 20}


def ensure_first_run(store: Store, settings: Settings) -> None:
    """Queue a small run on the bundled digits, once in the life of a store, if it has no run at all.

    Two tabs or two dashboards queue one between them: whoever holds the lock looks and queues.
    """
    if store.setting(DONE, default=False):
        return
    lock = hold(settings.locks / "first-run.lock")
    if lock is None:
        return
    with lock:
        if store.setting(DONE, default=False):
            return
        if not store.runs(limit=1):
            submit(store, settings, config_from_paths(FIELDS), name=NAME)
        store.set_setting(DONE, True)
