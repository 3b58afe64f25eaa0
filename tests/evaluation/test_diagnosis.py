"""Each rule on a real run that has the illness, its advice on a real next run; silence on healthy runs."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from explorer.config.parsing import baseline_from_paths, config_from_paths
from explorer.evaluation.diagnosis import Finding, diagnose
from explorer.evaluation.remedies import larger, more_images, more_to_see, smaller, usual_rate
from explorer.jobs.plan_execution import train_stack_here
from explorer.records import Change, EpochMetrics, Evaluation, Run, RunStatus
from explorer.settings import Settings, read_settings
from explorer.storage.store import Store, open_store

ILL: dict[str, dict[str, Any]] = {
    "divergence": {
        "network.activation": "identity", "loss": "mean_squared_error", "optimizer.name": "sgd",
        "optimizer.learning_rate": 10.0, "optimizer.reduction": "sum", "regularisation.l2": 1.0,
    },
    "collapse": {
        "network.hidden": [10], "data.scaling": "none", "optimizer.name": "sgd",
        "optimizer.learning_rate": 0.1, "training.epochs": 3,
    },
    "vanishing": {
        "network.hidden": [32] * 5, "network.activation": "sigmoid", "optimizer.name": "sgd",
        "optimizer.learning_rate": 0.1, "training.epochs": 8,
    },
    "saturation": {
        "network.hidden": [32], "network.activation": "tanh", "network.initialisation": "gaussian",
        "network.initialisation_sigma": 5.0, "data.scaling": "none", "training.epochs": 3,
    },
    "dead_units": {"network.hidden": [64, 64], "optimizer.learning_rate": 0.1, "training.epochs": 5},
    "too_slow": {"optimizer.name": "sgd", "optimizer.learning_rate": 1e-4, "training.epochs": 6},
    "over_fitting": {
        "network.hidden": [64], "network.activation": "tanh", "data.scaling": "unit", "data.train_size": 30,
        "data.validation_size": 400, "training.batch_size": 10, "optimizer.learning_rate": 0.01,
        "training.epochs": 40,
    },
    "still_improving": {"optimizer.learning_rate": 3e-4, "training.epochs": 5},
    "confusion": {
        "network.hidden": [2], "network.activation": "identity", "data.scaling": "unit",
        "optimizer.learning_rate": 0.003, "training.epochs": 30,
    },
}  # fmt: skip
# Where the usual advice would not help, since something else is in the way: its field is to be changed.
CAUSES: dict[str, tuple[dict[str, Any], str, str]] = {
    "a rate far too high kills ReLU": (
        {"network.hidden": [64], "optimizer.learning_rate": 1.0, "training.epochs": 3},
        "collapse", "optimizer.learning_rate",
    ),
    "a rate far too high saturates tanh": (
        {"network.activation": "tanh", "optimizer.learning_rate": 1.0, "training.epochs": 3},
        "saturation", "optimizer.learning_rate",
    ),
    "weights that begin at both ends": (
        {
            "network.hidden": [32, 32], "network.activation": "tanh", "training.epochs": 4,
            "network.initialisation": "gaussian", "network.initialisation_sigma": 5.0,
        },
        "saturation", "network.initialisation",
    ),
    "weights that begin equal": (
        {"network.initialisation": "zeros", "network.biases": "zeros", "training.epochs": 3},
        "collapse", "network.initialisation",
    ),
    "a penalty that leaves no weights": (
        {"regularisation.l2": 1.0, "training.epochs": 8}, "held_back", "regularisation.l2",
    ),
    "noise in place of the gradient": (
        {
            "network.hidden": [64, 32], "network.activation": "sigmoid", "optimizer.name": "sgd",
            "optimizer.learning_rate": 0.1, "regularisation.gradient_noise": 1.0, "training.epochs": 6,
        },
        "collapse", "regularisation.gradient_noise",
    ),
    "a rate too high kills units of all layers": (
        {"network.hidden": [64, 64], "optimizer.learning_rate": 0.05, "training.epochs": 5},
        "dead_units", "optimizer.learning_rate",
    ),
    "a rate so low that one class is all it knows": (
        {
            "network.hidden": [64, 64], "network.activation": "sigmoid", "optimizer.name": "sgd",
            "optimizer.learning_rate": 0.001, "training.epochs": 12,
        },
        "collapse", "optimizer.learning_rate",
    ),
}  # fmt: skip
RESTLESS = {"data.labels": [3, 8], "optimizer.name": "sgd", "optimizer.learning_rate": 0.1}
CAUSES |= {
    "steps too long for two labels": (RESTLESS, "collapse", "optimizer.learning_rate"),
    "steps too long, and no unit can die": (
        {**RESTLESS, "network.activation": "leaky_relu"}, "collapse", "optimizer.learning_rate",
    ),
}  # fmt: skip
HEALTHY: dict[str, dict[str, Any]] = {
    "relu": {"network.hidden": [64], "training.epochs": 40, "training.patience": 5, "training.keep": "best"},
    "sigmoid": {
        "network.hidden": [64], "network.activation": "sigmoid", "optimizer.learning_rate": 0.005,
        "training.epochs": 60, "training.patience": 5, "training.keep": "best",
    },
    "cnn": {
        "network.kind": "cnn", "network.blocks": [{"filters": 4}, {"filters": 8}],
        "training.epochs": 20, "training.patience": 2, "training.keep": "best",
        "optimizer.learning_rate": 0.005,
    },
    "default": {},
    "training on everything": {"data.validation_fraction": 0.0, "training.epochs": 25},
    "two epochs": {"training.epochs": 2},
    "two labels, all told apart": {"data.labels": [0, 1], "training.epochs": 6},
}  # fmt: skip


class Clinic:
    """Runs that are really trained on the bundled digits, once a set of settings."""

    def __init__(self, settings: Settings, store: Store) -> None:
        self._settings, self._store = settings, store
        self._run = cache(self._train)

    def run(self, values: Mapping[str, Any]) -> Run:
        """A run with these settings, as it ended."""
        return self._run(json.dumps(dict(values)))

    def findings(self, values: Mapping[str, Any]) -> tuple[Finding, ...]:
        """What is said of it."""
        run = self.run(values)
        return diagnose(run, self._store.epochs(run.id))

    def find(self, values: Mapping[str, Any], name: str) -> Finding:
        """One finding by its name."""
        return next(finding for finding in self.findings(values) if finding.name == name)

    def epochs(self, run: Run) -> tuple[EpochMetrics, ...]:
        """What was recorded of a run."""
        return self._store.epochs(run.id)

    def _train(self, values: str) -> Run:
        config = config_from_paths({"training.device": "cpu", **json.loads(values)})
        return train_stack_here(self._store, self._settings, [config], group="clinic")[0]


@pytest.fixture(scope="module")
def clinic(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clinic]:
    settings: Settings = read_settings({"EXPLORER_HOME": str(tmp_path_factory.mktemp("home"))})
    store: Store = open_store(settings)
    yield Clinic(settings, store)
    store.close()


def validation(run: Run) -> Evaluation:
    assert run.network_result is not None
    assert run.network_result.validation is not None
    return run.network_result.validation


@pytest.mark.parametrize("name", ILL)
def test_a_run_with_the_illness_is_told(clinic: Clinic, name: str):
    finding = clinic.find(ILL[name], name)
    assert finding.symptom
    assert finding.evidence.endswith(".")
    assert finding.advice.endswith(".")


@pytest.mark.parametrize("name", ILL)
def test_the_run_to_try_next_is_better(clinic: Clinic, name: str):
    finding = clinic.find(ILL[name], name)
    after = clinic.run({**ILL[name], **finding.changes})
    assert after.status is RunStatus.FINISHED
    if name == "divergence":
        return  # it has a result now
    before = clinic.run(ILL[name])
    assert validation(after).accuracy > validation(before).accuracy
    assert (validation(after).loss or 0) < (validation(before).loss or 0)


@pytest.mark.parametrize("name", CAUSES)
def test_what_is_really_in_the_way_is_changed(clinic: Clinic, name: str):
    values, finding_name, changed = CAUSES[name]
    finding = clinic.find(values, finding_name)
    assert changed in finding.changes
    after = clinic.run({**values, **finding.changes})
    assert validation(after).accuracy > validation(clinic.run(values)).accuracy + 0.25


@pytest.mark.parametrize("name", HEALTHY)
def test_nothing_is_said_of_a_healthy_run(clinic: Clinic, name: str):
    assert clinic.findings(HEALTHY[name]) == ()


def test_a_collapse_names_what_is_behind_it(clinic: Clinic):
    finding = clinic.findings(ILL["collapse"])[0]
    assert (finding.name, finding.changes) == ("collapse", {"data.scaling": "standard"})
    assert "zero on every image" in finding.evidence


def test_a_class_that_nearly_all_images_have_is_no_collapse(clinic: Clinic):
    run = clinic.run(HEALTHY["default"])
    result, known = run.network_result, validation(run)
    assert result is not None
    rows = [[0] * 10 for _ in range(10)]
    rows[3][3], rows[8][8] = 96, 4  # as a dataset of one's own may have them
    right = replace(known, confusion=tuple(map(tuple, rows)), accuracy=1.0)
    assert diagnose(replace(run, result=replace(result, validation=right)), clinic.epochs(run)) == ()
    rows[8][8], rows[8][3] = 0, 4
    blind = replace(known, confusion=tuple(map(tuple, rows)), accuracy=0.96)
    (finding, *_) = diagnose(replace(run, result=replace(result, validation=blind)), clinic.epochs(run))
    assert (finding.name, "100 % of the validation images" in finding.evidence) == ("collapse", True)


def test_all_images_are_advised_only_where_there_are_many_more():
    few, most = (config_from_paths({"data.labels": [3, 8], "data.train_size": n}) for n in (60, 200))
    assert more_images(few) is not None
    assert more_images(most) is None


def test_two_classes_need_no_more_room_than_two_units():
    narrow = {"network.hidden": [2]}
    assert "network.hidden" in more_to_see(config_from_paths(narrow)).changes
    assert "network.hidden" not in more_to_see(config_from_paths({**narrow, "data.labels": [3, 8]})).changes


def test_what_a_penalty_slows_down_is_not_blamed_on_the_rate(clinic: Clinic):
    finding = clinic.find({**ILL["too_slow"], "regularisation.l2": 0.1}, "too_slow")
    assert (finding.symptom, finding.changes) == ("It learns too slowly", {"regularisation.l2": 0.0})


def test_a_run_stopped_by_hand_while_it_improved_is_to_go_on(clinic: Clinic):
    run = clinic.run(ILL["still_improving"])
    epochs = clinic.epochs(run)
    config = config_from_paths({**ILL["still_improving"], "training.epochs": 20})
    (finding,) = diagnose(replace(run, config=config, status=RunStatus.STOPPED), epochs)
    assert (finding.name, finding.changes) == ("still_improving", {})
    assert finding.advice == "Let it go on: 15 of 20 epochs are left."
    # Ended by patience it had stopped improving by its own rule.
    assert diagnose(replace(run, config=config), epochs) == ()


def test_nothing_is_said_of_a_run_without_a_result_or_of_a_baseline(clinic: Clinic):
    run = clinic.run(ILL["collapse"])
    lost = replace(run, status=RunStatus.FAILED, reason="The worker was lost.", result=None)
    assert diagnose(lost, clinic.epochs(run)) == ()
    assert diagnose(replace(run, config=baseline_from_paths({"baseline.model": "knn"})), ()) == ()


def test_after_its_rate_was_changed_the_new_one_counts(clinic: Clinic):
    run = clinic.run(ILL["too_slow"])
    changed = replace(run, changes=(Change("optimizer.learning_rate", 2, 30, 1e-4, 0.1),))
    finding = next(found for found in diagnose(changed, clinic.epochs(run)) if found.name == "too_slow")
    assert finding.changes == {"optimizer.learning_rate": 1.0}


@pytest.mark.parametrize(
    ("rate", "down", "up"),
    [(0.001, 0.0001, 0.01), (0.003, 0.0002, 0.02), (5.0, 0.5, 10.0), (10.0, 1.0, 10.0)],
)  # fmt: skip
def test_rates_are_round(rate: float, down: float, up: float):
    assert (smaller(rate), larger(rate)) == (down, up)


@pytest.mark.parametrize(
    ("values", "usual"),
    [
        ({}, 0.001),
        ({"optimizer.name": "sgd"}, 0.1),
        ({"optimizer.name": "sgd", "optimizer.momentum": 0.9}, 0.01),
        ({"optimizer.name": "sgd", "optimizer.reduction": "sum", "training.batch_size": 100}, 0.001),
    ],
)
def test_the_usual_rate_is_that_of_the_optimizer(values: dict[str, Any], usual: float):
    assert usual_rate(config_from_paths(values)) == pytest.approx(usual)
