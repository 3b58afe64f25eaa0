import json
import statistics

import pytest

from explorer.config.run import RunConfig
from explorer.records import Run
from explorer.sharing.outcome import outcome, outcomes, spread
from explorer.storage.store import open_store
from tests.cli.samples import epoch_metrics

KEYS = [
    "run_id", "status", "config", "device", "parameters", "epochs_run", "best_epoch",
    "train", "validation", "test", "layers", "history", "duration_seconds", "samples_per_second",
]  # fmt: skip


def test_a_run_becomes_the_promised_object_field_by_field(recorded_run: Run):
    value = outcome(recorded_run, (epoch_metrics(1), epoch_metrics(2)))
    assert list(value) == KEYS
    assert value["run_id"] == recorded_run.id
    assert (value["status"], value["device"], value["parameters"]) == ("finished", "cpu", 50_890)
    assert (value["epochs_run"], value["best_epoch"]) == (2, 1)
    assert value["config"]["optimizer"]["learning_rate"] == 0.01
    assert value["train"] == {"loss": 0.25, "accuracy": 1.0}
    assert value["validation"] == {"loss": 0.25, "accuracy": 0.8}
    assert list(value["test"]) == ["loss", "accuracy", "confusion", "per_class"]
    assert value["test"]["confusion"][0] == [9, 1, 0, 0, 0, 0, 0, 0, 0, 0]  # row: true digit 0
    assert value["test"]["per_class"][0] == {
        "precision": 1.0, "recall": 0.9, "f1": pytest.approx(18 / 19), "support": 10,
    }  # fmt: skip
    assert value["layers"][0] == {
        "name": "hidden 1", "units": 64, "dead_share": 0.25, "inactive_share": 0.5, "weight_norm": 3.25,
        "gradient_norm": 0.125,
    }  # fmt: skip
    assert value["layers"][1]["dead_share"] is None
    assert value["history"][1] == {
        "epoch": 2, "train_loss": 0.5, "train_accuracy": 0.5,
        "validation_loss": 1 / 3, "validation_accuracy": 0.75, "learning_rate": 0.001, "seconds": 0.125,
    }  # fmt: skip
    assert (value["duration_seconds"], value["samples_per_second"]) == (1.5, 1_724.0)
    assert json.loads(json.dumps(value)) == value


def test_a_run_without_a_result_has_the_same_shape(settings, environment):
    run = open_store(settings).create_run(RunConfig())
    value = outcome(run, (epoch_metrics(1, validated=False),))
    assert list(value) == KEYS
    assert value["parameters"] == 784 * 64 + 64 + 64 * 10 + 10
    assert (value["status"], value["device"], value["test"], value["train"]) == ("queued", None, None, None)
    assert value["epochs_run"] == 1
    assert value["history"][0]["validation_loss"] is None
    assert [layer["name"] for layer in value["layers"]] == ["hidden 1", "output"]


def test_several_runs_are_summed_up_over_those_that_were_measured(recorded_run: Run):
    measured = outcome(recorded_run, ())
    better = {**measured, "run_id": 8, "test": {**measured["test"], "accuracy": 0.92}}
    failed = {**measured, "run_id": 9, "status": "failed", "test": None, "validation": None}
    value = outcomes([measured, better, failed])
    assert list(value) == ["runs", "summary"]
    assert value["runs"] == [measured, better, failed]
    (line,) = value["summary"]
    assert (line["run_ids"], line["runs"], line["finished"]) == ([recorded_run.id, 8, 9], 3, 2)
    assert line["test_accuracy"] == pytest.approx(
        {"mean": 0.91, "deviation": statistics.stdev([0.9, 0.92]), "least": 0.9, "greatest": 0.92}
    )


def test_one_value_has_no_deviation_and_none_has_no_spread():
    assert spread([0.5]) == {"mean": 0.5, "deviation": None, "least": 0.5, "greatest": 0.5}
    assert spread([]) is None
