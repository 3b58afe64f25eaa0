import json
import math
from pathlib import Path

import pytest

from explorer.config.parsing import parse_config
from explorer.records import RunStatus
from explorer.settings import Settings
from explorer.storage.store import open_store

SHORT = ("--set", "training.epochs=2", "--set", "network.hidden=[16]", "--set", "training.batch_size=32")


def is_share(value: float) -> bool:
    return isinstance(value, float) and 0 <= value <= 1


def check_run(run: dict, *, epochs: int) -> None:
    """Every field of the promised object, by type, range and agreement with the others."""
    assert list(run) == [
        "run_id", "status", "config", "device", "parameters", "epochs_run", "best_epoch",
        "train", "validation", "test", "layers", "history", "duration_seconds", "samples_per_second",
    ]  # fmt: skip
    assert isinstance(run["run_id"], int)
    assert run["status"] in {status.value for status in RunStatus}
    assert parse_config(run["config"]).model_dump(mode="json") == run["config"]
    assert run["device"] == "cpu"
    assert run["parameters"] == 784 * 16 + 16 + 16 * 10 + 10
    assert run["epochs_run"] == epochs
    assert 1 <= run["best_epoch"] <= epochs
    for split in ("train", "validation"):
        assert list(run[split]) == ["loss", "accuracy"]
        assert run[split]["loss"] > 0
        assert is_share(run[split]["accuracy"])
    test = run["test"]
    assert list(test) == ["loss", "accuracy", "confusion", "per_class"]
    assert [len(row) for row in test["confusion"]] == [10] * 10
    assert sum(map(sum, test["confusion"])) == 360
    right = sum(row[index] for index, row in enumerate(test["confusion"]))
    assert test["accuracy"] == pytest.approx(right / 360)
    assert [metrics["support"] for metrics in test["per_class"]] == [sum(row) for row in test["confusion"]]
    for metrics in test["per_class"]:
        assert list(metrics) == ["precision", "recall", "f1", "support"]
        assert all(is_share(metrics[name]) for name in ("precision", "recall", "f1"))
    hidden, output = run["layers"]
    for layer in (hidden, output):
        assert list(layer) == [
            "name",
            "units",
            "dead_share",
            "inactive_share",
            "weight_norm",
            "gradient_norm",
        ]
        assert is_share(layer["inactive_share"])
        assert layer["weight_norm"] > 0
        assert layer["gradient_norm"] > 0
    assert (hidden["units"], output["units"]) == (16, 10)
    assert is_share(hidden["dead_share"])
    assert output["dead_share"] is None
    assert [epoch["epoch"] for epoch in run["history"]] == list(range(1, epochs + 1))
    for epoch in run["history"]:
        assert list(epoch) == [
            "epoch", "train_loss", "train_accuracy", "validation_loss", "validation_accuracy",
            "learning_rate", "seconds",
        ]  # fmt: skip
        assert is_share(epoch["train_accuracy"])
        assert is_share(epoch["validation_accuracy"])
        assert epoch["learning_rate"] == 0.001
        assert epoch["seconds"] > 0
    assert run["history"][-1]["validation_loss"] == pytest.approx(run["validation"]["loss"], rel=1e-4)
    assert run["duration_seconds"] > 0
    assert run["samples_per_second"] > 0


def test_one_run_writes_the_promised_object_and_nothing_else_to_stdout(explorer):
    ended = explorer("train", *SHORT, "--json", "-")
    assert ended.code == 0
    check_run(ended.json, epochs=2)
    assert ended.json["status"] == "finished"
    assert ended.json["history"][1]["train_loss"] < ended.json["history"][0]["train_loss"]


def test_progress_is_plain_lines_where_there_is_no_terminal(explorer):
    ended = explorer("train", *SHORT)
    first, last = ended.err.splitlines()
    assert first.startswith("epoch 1 of 2: train loss ")
    assert last.startswith("epoch 2 of 2: train loss ")
    assert "images/s" in last
    assert "\r" not in ended.err
    assert ended.out.startswith("Run 1 finished: ")
    assert "of 360 test images right" in ended.out


def test_quiet_prints_nothing_but_the_file_is_written(explorer, tmp_path: Path):
    target = tmp_path / "run.json"
    ended = explorer("train", *SHORT, "--quiet", "--json", str(target))
    assert (ended.code, ended.out, ended.err) == (0, "", "")
    check_run(json.loads(target.read_text()), epochs=2)


def test_quiet_with_a_dash_prints_the_json_alone(explorer):
    ended = explorer("train", *SHORT, "--quiet", "--json", "-")
    assert ended.err == ""
    check_run(ended.json, epochs=2)


def test_repeats_share_a_group_and_differ_in_their_seed(explorer, settings: Settings):
    ended = explorer("train", *SHORT, "--set", "training.seed=7", "--repeats", "3", "--json", "-")
    assert ended.code == 0
    assert list(ended.json) == ["runs", "summary"]
    runs, (line,) = ended.json["runs"], ended.json["summary"]
    for run in runs:
        check_run(run, epochs=2)
    assert [run["config"]["training"]["seed"] for run in runs] == [7, 8, 9]
    assert len({run["test"]["loss"] for run in runs}) == 3
    assert line["run_ids"] == [run["run_id"] for run in runs]
    accuracies = [run["test"]["accuracy"] for run in runs]
    assert line["test_accuracy"]["mean"] == pytest.approx(sum(accuracies) / 3)
    assert (line["test_accuracy"]["least"], line["test_accuracy"]["greatest"]) == (
        min(accuracies),
        max(accuracies),
    )
    groups = {run.group for run in open_store(settings).runs()}
    assert len(groups) == 1
    assert None not in groups
    assert "3 of 3: seed " in ended.err
    assert "3 of 3 runs finished: test accuracy" in ended.err


def test_the_same_seed_gives_the_same_numbers(explorer):
    first, second = (explorer("train", *SHORT, "--json", "-").json for _ in range(2))
    for key in ("test", "validation", "layers"):
        assert first[key] == second[key]


def test_what_the_store_keeps_exports_as_what_train_wrote(explorer):
    written = explorer("train", *SHORT, "--json", "-").json
    assert explorer("runs", "export", str(written["run_id"]), "--format", "json", "-o", "-").json == written


def test_a_run_that_diverges_fails_and_tells_why_with_the_json_written(explorer, settings):
    wild = ("optimizer.name=sgd", "optimizer.learning_rate=10", "optimizer.reduction=sum",
            "data.scaling=none", "network.activation=identity", "loss=mean_squared_error",
            "regularisation.l2=10")  # fmt: skip
    assignments = [word for setting in wild for word in ("--set", setting)]
    ended = explorer("train", *SHORT, *assignments, "--quiet", "--json", "-")
    assert ended.code == 1
    assert ended.err.startswith("Run 1 failed. The loss became")
    assert "Lower optimizer.learning_rate" in ended.err
    assert ended.json["status"] == "failed"
    assert ended.json["run_id"] == 1
    assert all(math.isfinite(epoch["train_loss"]) for epoch in ended.json["history"])


def test_a_wrong_request_starts_nothing_and_names_every_fault(explorer, settings: Settings):
    ended = explorer(
        "train", "--set", "optimizer.learning_rate=30", "--set", "training.epochs=0", "--set", "foo=1"
    )
    assert ended.code == 2
    assert len(ended.err.splitlines()) == 3
    assert ended.out == ""
    assert not settings.home.exists()


def test_a_dataset_that_is_not_here_is_a_wrong_request_that_says_how_to_get_it(explorer, settings: Settings):
    ended = explorer("train", "--set", "data.dataset=mnist", "--json", "-")
    assert ended.code == 2
    assert "python -m explorer data fetch mnist" in ended.err
    assert ended.out == ""
    assert not settings.home.exists()


def test_a_device_that_is_not_here_is_a_wrong_request(explorer, settings: Settings):
    ended = explorer("train", "--set", "training.device=cuda:77")
    assert ended.code == 2
    assert "cuda:77" in ended.err
    assert not settings.home.exists()


def test_what_hog_features_leave_no_room_for_is_refused_all_at_once(explorer, settings: Settings):
    wrong = ("network.kind=cnn", "data.noisy_copies=1", "data.augmentation.shift=2", "data.hog.block_size=4")
    sets = [text for field in (*wrong, "data.hog.cell_size=14") for text in ("--set", field)]
    ended = explorer("train", "--set", "data.features=hog", *sets)
    assert ended.code == 2
    assert {line.split()[0] for line in ended.err.splitlines()} == {
        "data.hog.block_size",
        "data.noisy_copies",
        "data.augmentation",
        "data.features",
    }
    assert "at most 2 with cells of 14 pixels" in ended.err
    assert not settings.home.exists()


def test_a_store_that_cannot_be_written_is_a_failure_in_words(explorer, settings: Settings):
    settings.home.parent.mkdir(exist_ok=True)
    settings.home.write_text("a file in the way of the folder")
    ended = explorer("train", *SHORT)
    assert ended.code == 1
    assert "Traceback" not in ended.err
    assert str(settings.home) in ended.err


@pytest.mark.mnist
def test_real_mnist_trains_from_the_command_line(mnist_settings, explorer, monkeypatch):
    monkeypatch.setenv("EXPLORER_DATA", str(mnist_settings.data))
    sizes = ("--set", "data.train_size=5000", "--set", "data.validation_size=1000")
    ended = explorer("train", "--set", "data.dataset=mnist", *sizes, *SHORT, "--quiet", "--json", "-")
    assert ended.code == 0
    assert sum(map(sum, ended.json["test"]["confusion"])) == 10_000
    assert ended.json["test"]["accuracy"] > 0.8
