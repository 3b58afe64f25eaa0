from concurrent.futures import ThreadPoolExecutor

from explorer.records import RunStatus
from explorer.settings import Settings
from explorer.storage.store import open_store
from explorer.ui.first_run import NAME, ensure_first_run

from .conftest import add_run


def test_dashboards_that_start_together_queue_one_first_run(home: Settings):
    stores = [open_store(home) for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda store: ensure_first_run(store, home), stores))
    ensure_first_run(stores[0], home)
    assert [run.name for run in stores[0].runs()] == [NAME]
    for store in stores:
        store.close()


def test_a_store_that_has_runs_gets_no_first_run(home: Settings):
    store = open_store(home)
    run = add_run(store, RunStatus.FAILED)
    ensure_first_run(store, home)
    store.delete(run.id)
    ensure_first_run(store, home)
    assert store.runs() == ()
    store.close()
