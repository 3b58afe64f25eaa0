import csv
import io
import json
from pathlib import Path

import pytest

from explorer.records import Run, RunStatus
from explorer.settings import Settings
from explorer.storage.store import open_store


def test_texts_go_to_standard_output_too(explorer, recorded_run: Run):
    for name, first in (("csv", "epoch,"), ("json", "{"), ("report", "#")):
        ended = explorer("runs", "export", str(recorded_run.id), "--format", name, "-o", "-")
        assert (ended.code, ended.err) == (0, "")
        assert ended.out.startswith(first), name


@pytest.mark.parametrize("name", ["weights", "onnx", "tensorboard", "bundle"])
def test_what_is_no_text_needs_a_file(explorer, recorded_run: Run, name: str):
    ended = explorer("runs", "export", str(recorded_run.id), "--format", name, "-o", "-")
    assert ended.code == 2
    assert ended.err == f"--output must be a file for the format {name}, which is no text, got -.\n"


def test_an_event_file_needs_a_name_that_tensorboard_looks_for(explorer, recorded_run: Run, tmp_path: Path):
    words = ("runs", "export", str(recorded_run.id), "--format", "tensorboard", "-o")
    refused = explorer(*words, str(tmp_path / "events.log"))
    assert refused.code == 2
    name = f"events.out.tfevents.run-{recorded_run.id}"
    assert f"Try {name}." in refused.err
    assert explorer(*words, str(tmp_path / name)).code == 0
    assert (tmp_path / name).stat().st_size > 100


def test_one_form_takes_one_run(explorer, recorded_run: Run, settings: Settings):
    other = open_store(settings).create_run(recorded_run.config)
    ended = explorer("runs", "export", str(recorded_run.id), str(other.id), "--format", "csv", "-o", "-")
    assert ended.code == 2
    assert "takes one run, got 2" in ended.err


def test_an_export_that_fails_leaves_no_file(explorer, recorded_run: Run, tmp_path: Path):
    target = tmp_path / "run.onnx"  # its weights were never kept
    ended = explorer("runs", "export", str(recorded_run.id), "--format", "onnx", "-o", str(target))
    assert ended.code == 1
    assert "is missing" in ended.err
    assert not target.exists()


def test_a_bundle_opens_in_another_home(
    explorer, recorded_run: Run, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    store = open_store(settings)
    other = store.create_run(recorded_run.config, name="another")
    bundle = tmp_path / "runs.zip"
    words = ("runs", "export", str(recorded_run.id), str(other.id), "--format", "bundle", "-o", str(bundle))
    refused = explorer(*words)
    assert refused.code == 2
    assert "still queued" in refused.err
    assert not bundle.exists()
    store.end(other.id, RunStatus.STOPPED, "enough")
    assert explorer(*words).code == 0
    before = explorer("runs", "export", str(recorded_run.id), "--format", "json", "-o", "-").json
    monkeypatch.setenv("EXPLORER_HOME", str(tmp_path / "second"))
    monkeypatch.delenv("EXPLORER_DATABASE_URL")
    ended = explorer("runs", "import", str(bundle))
    assert (ended.code, ended.out) == (0, "2 runs imported: 1, 2.\n")
    assert explorer("runs", "export", "1", "--format", "json", "-o", "-").json == before | {"run_id": 1}
    table = explorer("runs", "export", "1", "--format", "csv", "-o", "-").out
    rows = [
        {key: json.loads(text) for key, text in row.items()} for row in csv.DictReader(io.StringIO(table))
    ]
    assert rows == before["history"]


@pytest.mark.parametrize(
    ("content", "words"), [(None, "can't be read"), (b"no bundle", "no sound bundle of runs")]
)
def test_what_is_no_bundle_is_a_wrong_request(explorer, tmp_path: Path, content: bytes | None, words: str):
    path = tmp_path / "file.zip"
    if content is not None:
        path.write_bytes(content)
    ended = explorer("runs", "import", str(path))
    assert ended.code == 2
    assert words in ended.err
    assert "Traceback" not in ended.err
