from explorer.cli.bench.watcher import Watcher
from explorer.config.run import RunConfig
from explorer.records import StepMetrics
from explorer.storage.store import open_store


def test_a_watcher_asks_only_for_what_is_new_and_changes_to_the_newest_run(settings):
    store = open_store(settings)
    watcher = Watcher(store)
    assert watcher.look() == 0
    first = store.create_run(RunConfig())
    assert store.claim(first.id, device="cpu", host="here")
    store.record(first.id, [StepMetrics(1, 1, 5, 0.5, 0.5, 0.5)])
    assert watcher.look() == 5
    store.record(first.id, [StepMetrics(1, 6, 9, 0.5, 0.5, 0.5)])
    assert watcher.look() == 9
    assert watcher.look() == 9
    store.create_run(RunConfig())
    assert watcher.look() == 0
