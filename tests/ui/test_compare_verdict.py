"""Two groups of repeats on the Compare page: who beats whom, or how many seeds to add."""

from dataclasses import replace

from explorer.records import Run, RunStatus
from explorer.settings import Settings
from explorer.storage.store import Store

from .conftest import Opener, address_of, texts
from .recorded import record_run, result


def repeats(store: Store, home: Settings, activation: str, accuracies: tuple[float, ...]) -> list[Run]:
    """A finished run of each accuracy, with the seeds 0, 1, 2 and so on."""
    runs = []
    for seed, accuracy in enumerate(accuracies):
        run = record_run(
            store,
            home,
            RunStatus.RUNNING,
            name=activation,
            network__activation=activation,
            training__seed=seed,
        )
        found = result(3)
        assert found.validation is not None
        ended = replace(found, validation=replace(found.validation, accuracy=accuracy))
        store.end(run.id, RunStatus.FINISHED, result=ended)
        runs.append(store.run(run.id))
    return runs


def compared(open_page: Opener, runs: list[Run]):
    return open_page("compare", runs=",".join(str(run.id) for run in runs))


def test_a_clear_winner_is_named_with_its_interval(store: Store, home: Settings, open_page: Opener):
    relu = repeats(store, home, "relu", (0.980, 0.981, 0.982))
    tanh = repeats(store, home, "tanh", (0.970, 0.972, 0.971))
    tab = compared(open_page, relu + tanh)
    assert not tab.exception
    told = texts(tab.markdown)
    assert f"relu (run {relu[0].id} …) beats tanh (run {tanh[0].id} …) by 1.00 ± 0.25 points" in told
    assert "on 3 of 3 seeds" in told


def test_where_luck_is_as_large_seeds_are_added_to_both(store: Store, home: Settings, open_page: Opener):
    relu = repeats(store, home, "relu", (0.980, 0.979, 0.985))
    tanh = repeats(store, home, "tanh", (0.978, 0.980, 0.980))
    tab = compared(open_page, relu + tanh)
    assert "Cannot tell yet: add" in texts(tab.markdown)
    button = next(button for button in tab.button if "to both" in button.label)
    more = int(button.label.split()[1])
    button.click().run()
    assert not tab.exception
    queued = store.runs(statuses=(RunStatus.QUEUED,))
    assert len(queued) == 2 * more
    assert {run.network_config.training.seed for run in queued} == set(range(3, 3 + more))
    assert {run.network_config.network.activation for run in queued} == {"relu", "tanh"}
    assert all(str(run.id) in address_of(tab)["runs"].split(",") for run in queued)


def test_nothing_is_said_of_single_runs(store: Store, home: Settings, open_page: Opener):
    runs = [*repeats(store, home, "relu", (0.98,)), *repeats(store, home, "tanh", (0.97,))]
    tab = compared(open_page, runs)
    assert not tab.exception
    assert "beats" not in texts(tab.markdown)
    assert not [button for button in tab.button if "to both" in button.label]
