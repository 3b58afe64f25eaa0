import pytest

from explorer.records import RunStatus
from explorer.settings import Settings
from explorer.storage.store import Store
from explorer.ui import results_history
from explorer.ui.results_history import MOST_KEPT, PREFIX, history_of

from .recorded import STEPS_AN_EPOCH, record_epochs, record_run


@pytest.fixture
def memory(monkeypatch: pytest.MonkeyPatch, store: Store) -> dict[str, object]:
    """What one tab remembers, in a plain dictionary; the store is the test's own."""
    kept: dict[str, object] = {}
    monkeypatch.setattr(results_history.state, "recall", lambda name, default=None: kept.get(name, default))
    monkeypatch.setattr(results_history.state, "keep", kept.__setitem__)
    monkeypatch.setattr(results_history.state, "forget", lambda *names: [kept.pop(name) for name in names])
    monkeypatch.setattr(results_history.state, "names_with", lambda _prefix: tuple(kept))
    monkeypatch.setattr(results_history.cache, "store", lambda: store)
    return kept


def test_only_what_is_new_is_fetched(
    memory: dict[str, object], store: Store, home: Settings, monkeypatch: pytest.MonkeyPatch
):
    run = record_run(store, home, RunStatus.RUNNING, epochs=2)
    first = history_of(run)
    assert [epoch.epoch for epoch in first.epochs] == [1, 2]
    asked: list[tuple[str, int]] = []
    fetch_steps, fetch_epochs = store.steps, store.epochs

    def steps(run_id: int, after_step: int = 0):
        asked.append(("steps", after_step))
        return fetch_steps(run_id, after_step)

    def epochs(run_id: int, after: int = 0):
        asked.append(("epochs", after))
        return fetch_epochs(run_id, after)

    monkeypatch.setattr(store, "steps", steps)
    monkeypatch.setattr(store, "epochs", epochs)
    record_epochs(store, home, run, range(3, 4))
    again = history_of(store.run(run.id))
    assert asked == [("steps", 2 * STEPS_AN_EPOCH), ("epochs", 2)]
    assert [epoch.epoch for epoch in again.epochs] == [1, 2, 3]
    assert [step.first_step for step in again.steps] == list(range(1, 3 * STEPS_AN_EPOCH + 1))


def test_a_run_taken_back_to_a_checkpoint_is_fetched_anew(
    memory: dict[str, object], store: Store, home: Settings
):
    run = record_run(store, home, RunStatus.RUNNING, epochs=3)
    assert history_of(store.run(run.id)).last_step == 3 * STEPS_AN_EPOCH
    store.forget_after(run.id, 1)
    back = history_of(store.run(run.id))
    assert (back.last_step, len(back.epochs)) == (STEPS_AN_EPOCH, 1)


def test_a_tab_keeps_the_curves_of_few_runs(memory: dict[str, object], store: Store, home: Settings):
    runs = [record_run(store, home, RunStatus.FINISHED, epochs=1) for _ in range(MOST_KEPT + 2)]
    for run in runs:
        history_of(run)
    assert set(memory) == {f"{PREFIX}{run.id}" for run in runs[-MOST_KEPT:]}
