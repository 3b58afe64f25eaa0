import pytest

from explorer.config.axes import Axis
from explorer.config.parsing import config_from_paths
from explorer.config.searching import Range, Search
from explorer.config.sweeping import Sweep, plan_sweep, with_values
from explorer.jobs import group_cost
from explorer.jobs.cost import record_measured
from explorer.settings import Settings
from explorer.storage.store import Store
from explorer.ui.sweep_cost import cost_of, cost_of_search

BASE = config_from_paths({"training.epochs": 10, "network.hidden": [16]})
IMAGES = 1293  # of the bundled digits, without the held back tenth


def sweep(repeats: int = 1, *values: object, field: str = "optimizer.learning_rate") -> Sweep:
    return plan_sweep(lambda chosen: with_values(BASE, chosen), [Axis(field, values or (0.1, 0.2))], repeats)


def test_before_anything_was_measured_the_time_is_not_known(store: Store):
    line = cost_of(sweep())
    assert line.startswith("**2 runs** · 12,730 parameters each · 1,293 training images · time not known")


def test_runs_that_train_together_cost_less_than_their_sum(store: Store, home: Settings):
    record_measured(store, BASE, "cpu", 0.5, IMAGES)
    line = cost_of(sweep(3, 0.1, 0.2, 0.3, 0.4))
    assert line.startswith("**12 runs** (4 values × 3 seeds)")
    # A network of a stack of 12 takes 0.13 + 0.87 / 12 of one alone: 12 runs × 10 epochs × 0.5 s × 0.2025.
    assert "about **12 s** on CPU, trained together" in line


def test_what_was_measured_in_a_stack_is_preferred(
    store: Store, home: Settings, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(group_cost, "usable_cores", lambda: 1)  # else the runs are divided over the cores
    record_measured(store, BASE, "cpu", 0.5, IMAGES)
    record_measured(store, BASE, "cpu", 0.05, IMAGES, stack=8)
    assert "about **5.0 s** on CPU, trained together" in cost_of(sweep(5, 0.1, 0.2))


def test_runs_that_do_not_train_together_add_up(
    store: Store, home: Settings, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(group_cost, "usable_cores", lambda: 1)
    alone = with_values(BASE, {"training.engine": "numpy"})
    record_measured(store, alone, "cpu", 0.5, IMAGES)
    line = cost_of(
        plan_sweep(lambda chosen: with_values(alone, chosen), [Axis("optimizer.learning_rate", (0.1, 0.2))])
    )
    assert "about **10 s** on CPU" in line
    assert "together" not in line


def test_networks_and_datasets_of_several_sizes_are_told_from_to(store: Store):
    line = cost_of(sweep(1, [8], [16], field="network.hidden"))
    assert "6.37 k to 12.7 k parameters each · 1,293 training images" in line
    assert "12,730 parameters each · 50 to 200 training images" in cost_of(
        sweep(1, 200, 100, 50, field="data.train_size")
    )


def test_a_search_costs_its_budget(store: Store, home: Settings):
    record_measured(store, BASE, "cpu", 0.5, IMAGES)
    record_measured(store, BASE, "cpu", 0.05, IMAGES, stack=8)
    search = Search(BASE, (Range("optimizer.learning_rate", "log", 0.001, 1.0),), 40)
    line = cost_of_search(search)
    assert (
        line == "**40 runs**, 8 at a time · 1,293 training images · about **20 s** on CPU, trained together"
    )
