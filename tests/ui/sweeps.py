"""Sweeps in the store, as the tests of their page need them."""

from typing import Any

from explorer.config.axes import Axis
from explorer.config.parsing import config_from_paths
from explorer.config.sweeping import plan_sweep, with_values
from explorer.records import Run, RunStatus
from explorer.settings import Settings
from explorer.storage.store import Store

from .recorded import record_epochs, result

RATE = "optimizer.learning_rate"
GROUP = "sweep 3fa2b1 · learning rate"


def make_group(
    store: Store, *axes: Axis, repeats: int = 1, group: str = GROUP, **base: Any
) -> tuple[Run, ...]:
    """The queued runs of a sweep."""
    start = config_from_paths({path.replace("__", "."): value for path, value in base.items()})
    sweep = plan_sweep(lambda values: with_values(start, values), axes, repeats)
    return store.create_runs(sweep.configs(), group=group)


def train(store: Store, settings: Settings, run: Run, epochs: int) -> None:
    """Let a run train so many epochs."""
    assert store.claim(run.id, device="cpu", host="here")
    store.set_total_steps(run.id, 200)
    record_epochs(store, settings, store.run(run.id), range(1, epochs + 1))


def finished_group(store: Store, settings: Settings) -> tuple[Run, ...]:
    runs = make_group(store, Axis(RATE, (0.001, 0.01)), repeats=2, training__epochs=3)
    for run in runs:
        train(store, settings, run, 3)
        store.end(run.id, RunStatus.FINISHED, "", result(3))
    return runs


def buttons(tab: Any) -> list[str]:
    return [button.label for button in tab.button]


def charts(tab: Any) -> int:
    return len(tab.get("bidi_component"))
