"""Each rule on a real run that has the illness, and all of them on healthy ones."""

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import pytest

from explorer.config.parsing import config_from_paths
from explorer.evaluation.diagnosis import Finding, diagnose, larger, smaller
from explorer.jobs.plan_execution import train_stack_here
from explorer.settings import Settings, read_settings
from explorer.storage.store import Store, open_store

Diagnose = Callable[..., tuple[Finding, ...]]

ILL: dict[str, dict[str, Any]] = {
    "divergence": {
        "network.activation": "identity", "loss": "mean_squared_error", "optimizer.name": "sgd",
        "optimizer.learning_rate": 10.0, "optimizer.reduction": "sum", "regularisation.l2": 10.0,
    },
    "collapse": {
        "network.hidden": [10], "data.scaling": "none", "optimizer.name": "sgd",
        "optimizer.learning_rate": 0.1, "training.epochs": 3,
    },
    "vanishing": {
        "network.hidden": [32] * 5, "network.activation": "sigmoid", "optimizer.name": "sgd",
        "optimizer.learning_rate": 0.1, "training.epochs": 3,
    },
    "saturation": {
        "network.hidden": [32], "network.activation": "tanh", "network.initialisation": "gaussian",
        "network.initialisation_sigma": 5.0, "data.scaling": "none", "training.epochs": 3,
    },
    "dead_units": {"network.hidden": [64, 64], "optimizer.learning_rate": 0.1, "training.epochs": 5},
    "too_slow": {"optimizer.name": "sgd", "optimizer.learning_rate": 1e-4, "training.epochs": 6},
    "over_fitting": {
        "network.hidden": [128], "network.activation": "tanh", "data.scaling": "unit", "data.train_size": 30,
        "data.validation_size": 400, "training.batch_size": 10, "optimizer.learning_rate": 0.003,
        "training.epochs": 120,
    },
    "still_improving": {"optimizer.learning_rate": 3e-4, "training.epochs": 5},
    "confusion": {
        "network.hidden": [2], "network.activation": "identity", "data.scaling": "unit",
        "optimizer.learning_rate": 0.003, "training.epochs": 30,
    },
}  # fmt: skip
HEALTHY: dict[str, dict[str, Any]] = {
    "relu": {"network.hidden": [64], "training.epochs": 40, "training.patience": 5, "training.keep": "best"},
    "sigmoid": {
        "network.hidden": [64], "network.activation": "sigmoid", "optimizer.learning_rate": 0.005,
        "training.epochs": 60, "training.patience": 5, "training.keep": "best",
    },
    "cnn": {
        "network.preset": "lenet", "training.epochs": 30, "training.patience": 4, "training.keep": "best",
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def diagnosed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Diagnose]:
    """The findings of a run that is really trained on the bundled digits, once a set of settings."""
    settings: Settings = read_settings({"EXPLORER_HOME": str(tmp_path_factory.mktemp("home"))})
    store: Store = open_store(settings)

    @cache
    def made(name: str) -> tuple[Finding, ...]:
        values = {
            "training.device": "cpu",
            **(ILL | {f"healthy {key}": value for key, value in HEALTHY.items()})[name],
        }
        (run,) = train_stack_here(store, settings, [config_from_paths(values)], group=name)
        return diagnose(run, store.epochs(run.id))

    yield made
    store.close()


@pytest.mark.parametrize("name", ILL)
def test_a_run_with_the_illness_is_told(diagnosed: Diagnose, name: str):
    found = {finding.name: finding for finding in diagnosed(name)}
    assert name in found
    finding = found[name]
    assert finding.symptom
    assert finding.evidence.endswith(".")
    assert finding.advice.endswith(".")
    config_from_paths({**ILL[name], **finding.changes})  # the next run can be started


@pytest.mark.parametrize("name", HEALTHY)
def test_nothing_is_said_of_a_healthy_run(diagnosed: Diagnose, name: str):
    assert diagnosed(f"healthy {name}") == ()


def test_a_collapse_names_what_is_behind_it(diagnosed: Diagnose):
    finding = diagnosed("collapse")[0]
    assert (finding.name, finding.changes) == ("collapse", {"data.scaling": "unit"})
    assert "zero on every image" in finding.evidence


@pytest.mark.parametrize(
    ("rate", "down", "up"),
    [(0.001, 0.0001, 0.01), (0.003, 0.0002, 0.02), (5.0, 0.5, 10.0), (10.0, 1.0, 10.0)],
)  # fmt: skip
def test_rates_are_round(rate: float, down: float, up: float):
    assert (smaller(rate), larger(rate)) == (down, up)
