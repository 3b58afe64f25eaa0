import json
import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from explorer.evaluation.metrics import accuracy
from explorer.records import RunStatus
from explorer.settings import Settings
from explorer.storage.fitted import load_fitted
from explorer.storage.store import open_store
from tests.cli.conftest import Ended
from tests.cli.test_interruption import Started, start, wait_for_line

__all__ = ["start"]  # a fixture

Explorer = Callable[..., Ended]
# Classes that no plane can divide: each takes LIBLINEAR many seconds, in one call.
NOISE = ("--set", "data.noisy_copies=4", "--set", "data.noisy_copies_sigma=1")
ENDLESS = ("--model", "linear_svm", "--param", "C=1e6", *NOISE)


def test_a_fit_prints_its_stages_and_one_sentence(explorer: Explorer, settings: Settings):
    ended = explorer("baseline", "--model", "knn", "--param", "k=1", "--set", "data.train_size=100")
    assert ended.code == 0
    assert ended.out.startswith("Run 1 finished: ")
    assert "of 360 test images right" in ended.out
    assert ended.out.rstrip().endswith("s of predicting.")
    assert "Starting: " in ended.err
    run = open_store(settings).run(1)
    assert (run.name, run.status, run.device) == ("kNN k=1 · pixels", RunStatus.FINISHED, "cpu")
    assert len(load_fitted(settings, 1).predictions) == 144


def test_the_json_says_what_was_asked_what_came_of_it_and_what_it_cost(explorer: Explorer):
    words = ("--set", "data.train_size=100", "--set", "data.test_size=50", "--set", "data.features=hog")
    ended = explorer("baseline", "--model", "logistic", "--param", "C=0.5", *words, "--json", "-")
    assert ended.code == 0
    written = ended.json
    assert (written["run_id"], written["status"], written["features"]) == (1, "finished", 324)
    assert written["config"]["baseline"]["C"] == 0.5
    assert written["config"]["data"]["features"] == "hog"
    assert sum(map(sum, written["test"]["confusion"])) == 50
    assert written["test"]["accuracy"] == accuracy(written["test"]["confusion"])
    assert len(written["test"]["per_class"]) == 10
    assert written["test"]["loss"] > 0
    assert written["train"]["accuracy"] > 0.9
    assert written["model_bytes"] == 8 * 10 * (324 + 1)
    for name in ("feature_seconds", "fit_seconds", "predict_seconds", "duration_seconds"):
        assert written[name] > 0


def test_quietly_it_prints_nothing_and_writes_the_file(explorer: Explorer, tmp_path: Path):
    target = tmp_path / "fit.json"
    words = ("--set", "data.train_size=50", "--json", str(target), "--quiet")
    ended = explorer("baseline", "--model", "forest", "--param", "trees=3", *words)
    assert (ended.code, ended.out, ended.err) == (0, "", "")
    assert json.loads(target.read_text())["config"]["baseline"]["trees"] == 3


def test_every_fault_of_a_request_is_told_and_nothing_started(explorer: Explorer, settings: Settings):
    words = ("--model", "svm", "--param", "k=0", "--param", "K=3", "--param", "foo", "--param", "C=2")
    wrong = ("--set", "data.fetures=hog", "--set", "data.train_size=5", "--json", "/no/such/folder/x.json")
    ended = explorer("baseline", *words, *wrong)
    assert ended.code == 2
    assert ended.out == ""
    lines = ended.err.splitlines()
    assert [line.partition(" must")[0] for line in lines] == [
        "--param",
        "--param",
        "--model",
        "data.fetures",
        "data.train_size",
        "baseline.k",
        "--json",
    ]
    assert "Did you mean k?" in lines[0]
    assert "Did you mean data.features?" in lines[3]
    assert not settings.own_database.exists()


@pytest.mark.parametrize(
    ("words", "fields"),
    [
        (("--param", "k=21", "--set", "data.hog.cell_size=2"), ["data.hog.cell_size", "baseline.k"]),
        (("--param", "k=21", "--param", "C=0"), ["baseline.C", "baseline.k"]),
        (("--param", "k=0", "--set", "data.test_size=500"), ["baseline.k", "data.test_size"]),
        (("--param", "k=21", "--param", "trees=0", "--set", "data.noisy_copies=1"), ["baseline.trees"]),
        (("--param", "C=0", "--set", "data.dataset=own:gone"), ["baseline.C", "data.dataset"]),
    ],
)
def test_what_the_images_do_not_allow_is_told_beside_the_other_faults(
    explorer: Explorer, words: tuple[str, ...], fields: list[str]
):
    ended = explorer("baseline", "--model", "knn", "--set", "data.train_size=20", *words)
    assert ended.code == 2
    assert [line.partition(" must")[0] for line in ended.err.splitlines()] == fields


def test_a_parameter_of_another_method_is_not_suggested(explorer: Explorer):
    ended = explorer("baseline", "--model", "linear_svm", "--param", "gama=2")
    assert ended.err.strip() == "--param must be one of C, got 'gama=2'."


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ("--model", "knn", "--param", "k=21", "--set", "data.train_size=20"),
            "baseline.k must be at most 20, the number of training images, got 21.",
        ),
        (("--model", "linear_svm", "--param", "C=0"), "baseline.C must be in (0, 1,000,000], got 0."),
        (("--model", "rbf_svm", "--param", "gamma=-1"), 'baseline.gamma must be in (0, 1,000] or "scale"'),
        (("--model", "knn", "--param", "C=2"), "baseline.C must be left out with knn"),
        (("--model", "knn", "--set", "data.dataset=mnist"), "MNIST"),
        (("--model", "knn", "--set", "network.hidden=[3]"), "`python -m explorer baseline --help` lists"),
        (("--model", "knn", "--set", "data.test_size=1000"), "data.test_size must be at most 360"),
    ],
)
def test_a_request_that_the_images_or_the_method_do_not_allow_is_refused(
    explorer: Explorer, settings: Settings, words: tuple[str, ...], said: str
):
    ended = explorer("baseline", *words)
    assert ended.code == 2
    assert said in ended.err
    assert not settings.own_database.exists()


def test_help_lists_the_fields_of_a_baseline_only(explorer: Explorer):
    ended = explorer("baseline", "--help")
    assert ended.code == 0
    assert "\n    baseline.gamma\n" in ended.out
    assert "\n    data.hog.cell_size\n" in ended.out
    assert "network.hidden" not in ended.out


def test_runs_show_list_and_export_know_baselines(explorer: Explorer, tmp_path: Path):
    explorer("baseline", "--model", "knn", "--param", "k=2", "--set", "data.train_size=50")
    assert "kNN k=2 · pixels" in explorer("runs", "list").out
    shown = explorer("runs", "show", "1").out
    assert "baseline.k = 2" in shown
    assert "data.train_size = 50" in shown
    target = tmp_path / "run.json"
    assert explorer("runs", "export", "1", "--format", "json", "-o", str(target)).code == 0
    assert json.loads(target.read_text())["test"]["accuracy"] > 0.5
    refused = explorer("runs", "export", "1", "--format", "csv", "-o", str(tmp_path / "run.csv"))
    assert refused.code == 2
    assert "is a baseline and has no epochs" in refused.err


def test_a_fit_that_fails_is_told_with_code_1(
    explorer: Explorer, settings: Settings, monkeypatch: pytest.MonkeyPatch
):
    # The child finds no folder to keep features in: its home is a file.
    (settings.home / "features").parent.mkdir(parents=True, exist_ok=True)
    (settings.home / "features").write_text("in the way")
    ended = explorer("baseline", "--model", "knn", "--set", "data.features=hog")
    assert ended.code == 1
    assert "Run 1 failed" in ended.err
    assert "HOG features could not be kept" in ended.err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_in_mid_fit_stops_it_and_leaves_no_process(
    start: Callable[..., Started], settings: Settings, number: signal.Signals
):
    process = start("baseline", *ENDLESS, "--json", "-")
    wait_for_line(process, "Fitting: ")
    process.send_signal(number)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in err
    name = "Ctrl-C" if number is signal.SIGINT else number.name
    assert f"Run 1 stopped. Stopped by {name}. A fit that did not finish leaves nothing behind." in err
    written = json.loads(out)
    assert (written["status"], written["test"]) == ("stopped", None)
    run = open_store(settings).run(1)
    assert (run.status, run.result) == (RunStatus.STOPPED, None)
    assert not children_of(settings)


def children_of(settings: Settings) -> list[int]:
    """The processes that fit something for this home."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            environment = (folder / "environ").read_bytes().split(b"\0")
            command = (folder / "cmdline").read_bytes()
        except OSError:
            continue
        is_ours = f"EXPLORER_HOME={settings.home}".encode() in environment
        if is_ours and b"explorer.jobs.fitter" in command and int(folder.name) != os.getpid():
            found.append(int(folder.name))
    return found
