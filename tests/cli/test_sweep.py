import io
import math
import signal
import subprocess
import sys
import threading
from pathlib import Path
from statistics import fmean, stdev

import pytest

from explorer.cli.group_progress import GroupProgress
from explorer.jobs.median_rule import was_hopeless
from explorer.jobs.search import read_search
from explorer.records import RunStatus, StepMetrics
from explorer.settings import Settings
from explorer.storage.store import open_store
from tests.cli.conftest import ROOT
from tests.cli.test_train import check_run

SHORT = ("--set", "training.epochs=2", "--set", "network.hidden=[16]", "--set", "training.batch_size=32")
RATES = ("--over", "optimizer.learning_rate=0.0001,0.01")
# At the greater rate every number grows without end.
WILD = tuple(
    word
    for setting in ("optimizer.name=sgd", "optimizer.reduction=sum", "data.scaling=none",
                    "network.activation=identity", "loss=mean_squared_error", "regularisation.l2=10")
    for word in ("--set", setting)
)  # fmt: skip


def test_every_value_is_trained_with_every_seed_and_summarised(explorer, settings: Settings):
    ended = explorer("sweep", *SHORT, *RATES, "--repeats", "2", "--set", "training.seed=7", "--json", "-")
    assert ended.code == 0
    assert list(ended.json) == ["runs", "summary"]
    runs, summary = ended.json["runs"], ended.json["summary"]
    for run in runs:
        check_run(
            {**run, "history": [{**epoch, "learning_rate": 0.001} for epoch in run["history"]]}, epochs=2
        )
    configs = [run["config"] for run in runs]
    assert [(config["optimizer"]["learning_rate"], config["training"]["seed"]) for config in configs] == [
        (0.0001, 7), (0.0001, 8), (0.01, 7), (0.01, 8),
    ]  # fmt: skip
    for line, pair in zip(summary, (runs[:2], runs[2:]), strict=True):
        assert list(line)[:3] == ["values", "run_ids", "n"]
        assert line["values"] == {"optimizer.learning_rate": pair[0]["config"]["optimizer"]["learning_rate"]}
        assert line["run_ids"] == [run["run_id"] for run in pair]
        assert (line["n"], line["failed"], line["diverged"]) == (2, 0, 0)
        for part in ("train", "validation", "test"):
            for score in ("accuracy", "loss"):
                values = [run[part][score] for run in pair]
                assert line[f"{part}_{score}"] == {
                    "mean": pytest.approx(fmean(values)), "std": pytest.approx(stdev(values)),
                }  # fmt: skip
    store = open_store(settings)
    (group,) = store.groups("sweep ")
    assert group.runs == 4
    assert group.name.endswith("· learning rate")


def test_lists_of_layers_and_a_second_field_make_a_grid(explorer):
    ended = explorer(
        "sweep", "--set", "training.epochs=1", "--over", "network.hidden=[16,8],[16]",
        "--over", "network.activation=relu,tanh", "--quiet", "--json", "-",
    )  # fmt: skip
    assert (ended.code, ended.err) == (0, "")
    assert [line["values"] for line in ended.json["summary"]] == [
        {"network.hidden": hidden, "network.activation": activation}
        for hidden in ([16, 8], [16])
        for activation in ("relu", "tanh")
    ]
    assert [line["test_accuracy"]["std"] for line in ended.json["summary"]] == [None] * 4


def test_the_table_names_the_best_by_validation(explorer):
    ended = explorer("sweep", *SHORT, *RATES)
    header, low, high, best = ended.out.splitlines()
    assert header.split("  ")[0] == "optimizer.learning_rate"
    assert low.split()[0] == "0.0001"
    assert high.split()[0] == "0.01"
    accuracies = {words.split()[0]: float(words.split()[2].rstrip("%")) for words in (low, high)}
    assert f"optimizer.learning_rate={max(accuracies, key=lambda rate: accuracies[rate])}" in best
    assert best.startswith("Best by validation: ")
    first, second = [line for line in ended.err.splitlines() if " of 2: " in line]
    assert first.startswith("1 of 2: optimizer.learning_rate=0.0001: validation ")
    assert first.endswith(" left")
    assert second.startswith("2 of 2: optimizer.learning_rate=0.01: validation ")


def test_what_it_will_cost_is_told_before_anything_starts(explorer):
    words = ("sweep", *SHORT, *RATES)
    first, *_ = explorer(*words).err.splitlines()
    assert first == (
        "2 runs of 12,730 parameters; how long they take is not known before one has been trained here."
    )
    first, *_ = explorer(*words).err.splitlines()
    assert first.startswith("2 runs of 12,730 parameters, about ")
    assert first.endswith(" on cpu, trained together.")


def test_hopeless_runs_end_early_and_the_sweep_is_done(explorer, settings: Settings):
    words = ("sweep", "--set", "training.epochs=8", "--set", "network.hidden=[8]", "--set",
             "data.train_size=300", "--over", "optimizer.learning_rate=log:1e-3:1:8")  # fmt: skip
    ended = explorer(*words, "--stop-hopeless")
    assert ended.code == 0
    runs = open_store(settings).runs()
    stopped = [run for run in runs if was_hopeless(run)]
    assert {run.status for run in runs if run not in stopped} == {RunStatus.FINISHED}
    assert 1 <= len(stopped) <= 7
    assert f"{len(stopped)} run{'s' * (len(stopped) > 1)} ended early: below the median" in ended.out


def test_a_search_proposes_its_runs_from_those_before(explorer, settings: Settings):
    ended = explorer(
        "sweep", *SHORT, "--set", "data.train_size=200", "--budget", "10", "--over",
        "optimizer.learning_rate=log:1e-4:1", "--over", "network.dropout=lin:0:0.5",
        "--over", "network.activation=relu,tanh", "--json", "-",
    )  # fmt: skip
    assert ended.code == 0
    assert ended.err.startswith("10 runs of 12,730 parameters")
    assert "Runs 9 to 10 of 10:" in ended.err
    assert "1 of 8: optimizer.learning_rate=" in ended.err
    tried = [tuple(line["values"].values()) for line in ended.json["summary"]]
    assert len(set(tried)) == len(ended.json["runs"]) == 10
    for rate, dropout, name in tried:
        assert 1e-4 <= rate <= 1
        assert 0 <= dropout <= 0.5
        assert name in ("relu", "tanh")
    least = min(ended.json["summary"], key=lambda line: line["validation_loss"]["mean"])
    assert f"optimizer.learning_rate={least['values']['optimizer.learning_rate']}, " in ended.err
    assert f"loss {least['validation_loss']['mean']:.4f})." in ended.err
    (group,) = open_store(settings).groups("search ")
    found = read_search(open_store(settings), group.name)
    assert found is not None
    assert (found.budget, len(found.ranges), found.is_stopped) == (10, 3, True)


def test_every_fault_of_a_search_is_told_and_nothing_is_started(explorer, settings: Settings):
    ended = explorer(
        "sweep", "--set", "data.validation_size=0", "--budget", "1", "--repeats", "2",
        "--over", "optimizer.learning_rate=log:1:0.1", "--over", "network.hidden=lin:1:2",
        "--over", "network.dropout=lin:0", "--over", "network.activation",
    )  # fmt: skip
    assert (ended.code, ended.out) == (2, "")
    for word in ("--budget", "--repeats", "from a smaller to a greater", "a choice of values",
                 "Give both ends", "FIELD=RANGE", "validation images"):  # fmt: skip
        assert word in ended.err
    assert not settings.home.exists()


def test_without_validation_images_no_best_is_named(explorer):
    ended = explorer("sweep", *SHORT, *RATES, "--set", "data.validation_size=0")
    assert "No best is named" in ended.out
    assert "test" in ended.out


def test_a_run_that_diverges_is_counted_and_the_others_are_told(explorer):
    ended = explorer("sweep", *SHORT, *WILD, "--over", "optimizer.learning_rate=1e-7,10", "--json", "-")
    assert ended.code == 1
    low, high = ended.json["summary"]
    assert (low["n"], low["failed"]) == (1, 0)
    assert (high["n"], high["failed"], high["diverged"]) == (0, 1, 1)
    assert high["test_accuracy"] is None
    assert math.isfinite(low["test_accuracy"]["mean"])
    assert "1 run failed (diverged)" in ended.err


def test_every_fault_is_told_and_nothing_is_started(explorer, settings: Settings, tmp_path: Path):
    ended = explorer(
        "sweep", "--set", "training.epochs=0", "--set", "nonsense=1",
        "--over", "optimizer.learning_rate=0.1,20",
        "--over", "optimizer.learning_rat=0.1", "--repeats", "0", "--json", str(tmp_path / "none" / "a.json"),
    )  # fmt: skip
    assert (ended.code, ended.out) == (2, "")
    for word in ("training.epochs", "nonsense", "got 20", "Did you mean optimizer.learning_rate", "--repeats",
                 "--json"):  # fmt: skip
        assert word in ended.err
    assert len(ended.err.splitlines()) == 6
    assert not settings.home.exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "one or two fields"),
        (("--over", "optimizer.learning_rate="), "at least one value"),
        (("--over", "optimizer.learning_rate=0.1", "--over", "optimizer.learning_rate=0.2"), "two different"),
        (("--over", "optimizer.learning_rate=lin:0.001:1:100", "--over", "network.dropout=lin:0:0.5:100"),
         "10,000 runs"),
        (("--over", "optimizer.momentum=0,0.9", "--over", "optimizer.name=sgd,adam"), '="adam"'),
        (("--over", "training.seed=1,2"), "Ask for repeats"),
        (("--over", "data.dataset=digits,mnist"), "data fetch mnist"),
        (("--over", "data.train_size=100,1000000"), "data.train_size"),
        (("--over", "optimizer.learning_rate=0.1", "--set", "training.device=cuda:77"), "cuda:77"),
        (("--over", "optimizer.learning_rate=0.1", "--config", "nowhere.json"), "nowhere.json"),
    ],
)  # fmt: skip
def test_a_wrong_request_is_refused_in_words(explorer, settings: Settings, words: tuple[str, ...], said: str):
    ended = explorer("sweep", *words)
    assert (ended.code, ended.out) == (2, "")
    assert said in ended.err
    assert not settings.home.exists()


def test_a_config_file_is_the_base(explorer, tmp_path: Path):
    file = tmp_path / "base.json"
    file.write_text('{"training": {"epochs": 1}, "network": {"hidden": [8]}}')
    ended = explorer("sweep", "--config", str(file), *RATES, "--quiet", "--json", "-")
    assert [run["parameters"] for run in ended.json["runs"]] == [784 * 8 + 8 + 8 * 10 + 10] * 2


def test_ctrl_c_keeps_what_was_learned_and_tells_it(
    environment: dict[str, str], settings: Settings, tmp_path
):
    words = ["sweep", "--set", "training.epochs=1000", "--set", "network.hidden=[64]", "--over",
             "optimizer.learning_rate=0.001,0.01", "--json", str(tmp_path / "out.json")]  # fmt: skip
    process = subprocess.Popen(
        [sys.executable, "-m", "explorer", *words], env=environment, cwd=ROOT, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    killer = threading.Timer(240, process.kill)
    killer.start()
    try:
        pause = threading.Event()
        while process.poll() is None and not _has_learned(settings):
            pause.wait(0.05)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate()
    finally:
        killer.cancel()
    assert process.returncode == 130, err
    assert "Best by validation: optimizer.learning_rate=0.0" in out
    assert "(stopped)" in err
    store = open_store(settings)
    runs = store.runs()
    assert [run.status for run in runs] == [RunStatus.STOPPED] * 2
    assert all(run.result is not None for run in runs)
    assert (tmp_path / "out.json").stat().st_size > 1000


def _has_learned(settings: Settings) -> bool:
    if not settings.own_database.exists():
        return False
    store = open_store(settings)
    try:
        return any(run.epoch >= 2 for run in store.runs())
    finally:
        store.close()


def test_the_time_left_is_over_all_runs():
    stream, now = io.StringIO(), [0.0]
    progress = GroupProgress(stream, ("a", "b"), (10, 30), clock=lambda: now[0])
    run = type("Ended", (), {"status": RunStatus.STOPPED, "reason": "", "network_result": None})()
    now[0] = 5.0
    progress.show(1, StepMetrics(1, 1, 10, 1.0, 1.0, 1.0))
    progress.end(1, run)  # type: ignore[arg-type]
    assert stream.getvalue() == "1 of 2: a: stopped; 0:15 left\n"  # 10 of 40 steps took 5 s


def test_the_best_over_labels_is_told_with_what_it_is_worth(explorer):
    ended = explorer("sweep", *SHORT, "--over", "data.labels=3-8,4-9")
    *_, best, worth = ended.out.splitlines()
    assert best.startswith("Best by validation: data.labels=")
    assert "tell which labels are easier" in worth
