import csv
import io
import json
from pathlib import Path

import pytest

from explorer.config.run import RunConfig
from explorer.jobs.status import host
from explorer.records import Run
from explorer.storage.store import open_store


def test_an_empty_store_says_what_to_do_next(explorer):
    ended = explorer("runs", "list")
    assert ended.code == 0
    assert "python -m explorer train" in ended.out


def test_the_list_shows_each_run_newest_first(explorer, recorded_run: Run, settings):
    store = open_store(settings)
    newest = store.create_run(recorded_run.config, name="another one")
    header, first, second = explorer("runs", "list").out.splitlines()
    assert header.split()[:2] == ["id", "name"]
    assert first.split()[0] == str(newest.id)
    assert "another one" in first
    assert "queued" in first
    assert second.split()[0] == str(recorded_run.id)
    assert "finished" in second
    assert "2/2" in second
    assert "90.00%" in second


def test_a_run_is_shown_with_settings_result_layers_and_epochs(explorer, recorded_run: Run):
    ended = explorer("runs", "show", str(recorded_run.id))
    assert ended.code == 0
    assert f"Run {recorded_run.id} finished: 9 of 10 test images right (90.00%) after 2 epochs" in ended.out
    assert "optimizer.learning_rate = 0.01" in ended.out
    assert "training.epochs = 2" in ended.out
    assert "hidden 1" in ended.out
    assert "33.33%" not in ended.out  # a loss is no share
    assert "0.3333" in ended.out


@pytest.mark.parametrize(
    "words", [["show", "77"], ["delete", "77"], ["export", "77", "--format", "csv", "-o", "-"]]
)
def test_an_unknown_run_is_a_wrong_request(explorer, words: list[str]):
    ended = explorer("runs", *words)
    assert ended.code == 2
    assert ended.err == "There is no run 77. `python -m explorer runs list` lists the runs there are.\n"


def test_csv_holds_one_line_an_epoch_with_numbers_that_come_back_exactly(
    explorer, recorded_run: Run, settings, tmp_path
):
    target = tmp_path / "run.csv"
    assert explorer("runs", "export", str(recorded_run.id), "--format", "csv", "-o", str(target)).code == 0
    rows = list(csv.DictReader(target.open(newline="")))
    epochs = open_store(settings).epochs(recorded_run.id)
    assert [int(row["epoch"]) for row in rows] == [1, 2]
    for row, epoch in zip(rows, epochs, strict=True):
        assert float(row["validation_loss"]) == epoch.validation_loss
        assert float(row["train_loss"]) == epoch.train_loss
        assert float(row["learning_rate"]) == epoch.learning_rate


def test_json_is_the_object_that_train_writes(explorer, recorded_run: Run, tmp_path: Path):
    target = tmp_path / "run.json"
    assert explorer("runs", "export", str(recorded_run.id), "--format", "json", "-o", str(target)).code == 0
    value = json.loads(target.read_text())
    assert value["run_id"] == recorded_run.id
    assert value["test"]["accuracy"] == 0.9
    assert len(value["history"]) == 2
    assert explorer("runs", "export", str(recorded_run.id), "--format", "json", "-o", "-").json == value


def test_a_history_and_its_csv_agree(explorer, recorded_run: Run):
    table = explorer("runs", "export", str(recorded_run.id), "--format", "csv", "-o", "-").out
    history = explorer("runs", "export", str(recorded_run.id), "--format", "json", "-o", "-").json["history"]
    rows = [
        {key: json.loads(value) for key, value in row.items()} for row in csv.DictReader(io.StringIO(table))
    ]
    assert rows == history


def test_all_faults_of_an_export_are_named_at_once(explorer, tmp_path):
    ended = explorer("runs", "export", "77", "--format", "xml", "-o", str(tmp_path / "absent" / "x"))
    assert ended.code == 2
    assert len(ended.err.splitlines()) == 3
    assert "got 'xml'" in ended.err
    assert "--output must be a file in a folder that exists" in ended.err
    assert "There is no run 77" in ended.err


def test_a_deleted_run_is_gone(explorer, recorded_run: Run):
    ended = explorer("runs", "delete", str(recorded_run.id))
    assert (ended.code, ended.out) == (0, f"Run {recorded_run.id} is deleted.\n")
    assert explorer("runs", "show", str(recorded_run.id)).code == 2


def test_a_run_whose_process_is_gone_is_shown_as_failed(explorer, settings, environment):
    store = open_store(settings)
    run = store.create_run(RunConfig())
    assert store.claim(run.id, device="cpu", host=host(settings))
    assert "failed" in explorer("runs", "list").out
    assert "worker lost" in explorer("runs", "show", str(run.id)).out


@pytest.mark.parametrize("number", ["99999999999999999999", "-1", "x", "1.5"])
def test_what_is_no_number_of_a_run_is_refused(explorer, number: str):
    refused = explorer("runs", "show", number)
    assert refused.code == 2
    assert "Traceback" not in refused.err
