from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

from explorer.cli import lab_progress
from explorer.cli.arguments import LAB_JSON
from explorer.errors import StoreError
from explorer.jobs.locks import hold
from explorer.jobs.runner import runner_lock, stop_runner
from explorer.labs import running
from explorer.labs.experiment import Experiment, Figure, Lab, Metric, Question
from explorer.labs.measured import group_of
from explorer.records import RunStatus
from explorer.settings import Settings
from explorer.storage.store import Store, open_store
from tests.cli.samples import run_result

TINY = Lab(
    id="tiny",
    title="Two sizes",
    about="Two small networks on the bundled digits.",
    shared={"training.epochs": 1, "training.device": "cpu", "data.train_size": 200},
    question=Question("Which is best?", ("eight", "sixteen")),
    quick={"data.train_size": 100},
    experiments=(
        Experiment(
            "eight",
            "8 units",
            Figure("table 1", between=(0.0, 1.0), statement="has an accuracy"),
            {"network.hidden": [8]},
            repeats=2,
        ),
        Experiment(
            "sixteen", "16 units", Figure("table 2", value=0.5, tolerance=0.5), {"network.hidden": [16]}
        ),
    ),
)


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> Lab:
    monkeypatch.setitem(running.LABS, "tiny", TINY)
    return TINY


def test_the_five_reports_are_listed(explorer):
    ended = explorer("lab", "list")
    assert ended.code == 0
    assert [line.split()[0] for line in ended.out.splitlines()[1:6]] == list(running.LABS)[:5]


def test_a_report_is_shown_with_what_it_leaves_open(explorer):
    ended = explorer("lab", "show", "third")
    assert ended.code == 0
    assert "88.10" in ended.out
    assert "not measured yet" in ended.out
    assert all(gap.unsaid in ended.out and gap.why in ended.out for gap in running.LABS["third"].gaps)


@pytest.mark.parametrize("action", ["show", "run"])
def test_an_unknown_lab_is_a_wrong_request(explorer, action: str):
    ended = explorer("lab", action, "sixth")
    assert (ended.code, ended.err.count("\n")) == (2, 1)
    assert "first, second, third, fourth, fifth" in ended.err


def test_a_missing_dataset_is_a_wrong_request_and_nothing_starts(explorer, settings: Settings):
    ended = explorer("lab", "run", "first", "--quiet")
    assert (ended.code, ended.out) == (2, "")
    assert "data fetch mnist" in ended.err
    store = open_store(settings)
    assert store.runs() == ()
    store.close()


@pytest.fixture
def somebody_works(settings: Settings) -> Iterator[None]:
    """Workers come when they are wanted, and leave with the test."""
    yield
    assert stop_runner(settings)


@pytest.mark.usefixtures("somebody_works")
def test_a_lab_is_measured_by_workers_and_told_as_json(explorer, tiny: Lab, settings: Settings):
    ended = explorer("lab", "run", "tiny", "--quiet", "--json", "-")
    assert ended.code == 0, ended.err
    assert list(ended.json) == ["lab", "quick", "experiments", "seconds", "machine"]
    eight, sixteen = ended.json["experiments"]
    assert (eight["id"], eight["reported"], eight["measured"]["n"]) == ("eight", None, 2)
    assert len(eight["run_ids"]) == 2
    assert eight["verdict"] == "as reported: has an accuracy"
    assert sixteen["verdict"] == "reproduced, within 50 points"
    assert sixteen["difference"] == pytest.approx(sixteen["measured"]["mean"] - 0.5)
    store = open_store(settings)
    assert {run.status for run in store.runs()} == {RunStatus.FINISHED}
    tests = [store.run(number).result.test.accuracy for number in eight["run_ids"]]  # type: ignore[union-attr]
    assert eight["measured"]["mean"] == pytest.approx(sum(tests) / 2)
    store.close()
    again = explorer("lab", "run", "tiny")  # nothing is left to do
    assert (again.code, "reproduced" in again.out) == (0, True)


@pytest.fixture
def nobody_works(settings: Settings) -> Iterator[None]:
    """The runner's place is taken: what is queued waits."""
    taken = hold(runner_lock(settings))
    assert taken is not None
    yield
    taken.release()


@pytest.mark.usefixtures("nobody_works")
def test_some_experiments_are_run_alone_and_told_alone(explorer, tiny: Lab, settings: Settings):
    store = open_store(settings)
    (config,) = tiny.configs_of(tiny.find("sixteen"), quick=True)
    run = store.create_run(config, group=group_of(tiny, quick=True))
    store.claim(run.id, device="cpu", host="here")
    store.end(run.id, RunStatus.FINISHED, result=run_result())
    ended = explorer("lab", "run", "tiny", "--quick", "--experiment", "sixteen", "--quiet", "--json", "-")
    assert ended.code == 0, ended.err
    (sixteen,) = ended.json["experiments"]
    assert (sixteen["id"], sixteen["run_ids"], sixteen["measured"]["n"]) == ("sixteen", [run.id], 1)
    assert ended.json["seconds"]["clock"] > 0
    assert [each.id for each in store.runs()] == [run.id]  # the other experiment was not asked for
    whole = explorer("lab", "show", "tiny", "--quick", "--json", "-").json  # people's words go to stderr
    assert set(whole["experiments"][0]) >= {
        "id", "where", "reported", "statement", "between", "measured", "difference", "tolerance", "verdict",
        "run_ids",
    }  # fmt: skip
    assert set(whole["experiments"][0]["measured"]) == {"mean", "std", "n"}
    assert [line["measured"]["n"] for line in whole["experiments"]] == [0, 1]
    store.close()


@pytest.mark.parametrize("action", ["show", "run"])
def test_an_unknown_experiment_is_a_wrong_request(explorer, tiny: Lab, action: str):
    ended = explorer("lab", action, "tiny", "--experiment", "eigth")
    assert (ended.code, ended.err.count("\n")) == (2, 1)
    assert "no experiment 'eigth'. Did you mean eight?" in ended.err


def test_a_file_that_can_not_be_written_is_refused_before_anything_is_run(
    explorer, tiny: Lab, settings: Settings
):
    ended = explorer("lab", "run", "tiny", "--json", "no/such/folder/a.json")
    assert (ended.code, "--json" in ended.err) == (2, True)
    store = open_store(settings)
    assert store.runs() == ()
    store.close()


def test_a_report_is_written_at_any_time(explorer, tiny: Lab, tmp_path: Path):
    page = tmp_path / "tiny.html"
    assert explorer("lab", "report", "tiny", "-o", str(page)).code == 0
    assert "Two sizes" in page.read_text()
    on_stdout = explorer("lab", "report", "tiny", "--quick", "-o", "-")
    assert on_stdout.out.startswith("# The tiny report: Two sizes (quick version)")
    refused = explorer("lab", "report", "tiny", "-o", str(tmp_path / "tiny.pdf"))
    assert (refused.code, "ending in .html or .md" in refused.err) == (2, True)


@pytest.mark.usefixtures("nobody_works")
def test_who_leaves_is_told_how_to_go_on(explorer, tiny: Lab, monkeypatch: pytest.MonkeyPatch):
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(running, "keep_going", interrupt)
    ended = explorer("lab", "run", "tiny", "--quick", "--experiment", "eight")
    assert ended.code == 130
    again = "`python -m explorer lab run tiny --quick --experiment eight` goes on from what was measured."
    assert ended.err.endswith(f"Paused. {again}\n")


@pytest.mark.usefixtures("nobody_works")
@pytest.mark.parametrize("trouble", ["moved", "full"])
def test_a_store_that_goes_away_in_mid_lab_is_told_and_the_lab_goes_on_when_it_is_back(
    explorer, tiny: Lab, settings: Settings, monkeypatch: pytest.MonkeyPatch, trouble: str
):
    def leave(store: Store, *_: object, **__: object) -> set[int]:
        if trouble == "moved":
            settings.own_database.rename(away)
        else:
            monkeypatch.setattr(Store, "set_setting", refuse)
        return set()

    def refuse(*_: object) -> None:
        raise StoreError("The disk is full: explorer.db can't grow.")

    away = settings.home / "away.db"
    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(running, "keep_going", leave)
        meanwhile.setattr(lab_progress, "LOOK_SECONDS", 0.01)
        ended = explorer("lab", "run", "tiny", "--quick", "--quiet")
    assert (ended.code, ended.out) == (1, "")
    assert ("moved away" if trouble == "moved" else "The disk is full") in ended.err
    assert ended.err.endswith("`python -m explorer lab run tiny --quick` goes on from what was measured.\n")
    if trouble == "moved":
        away.rename(settings.own_database)
    monkeypatch.undo()
    store = open_store(settings)
    assert len(store.runs()) == 3
    store.close()


def test_the_help_says_every_metric_and_its_unit():
    text = " ".join(LAB_JSON.split())
    assert all(metric in text for metric in get_args(Metric))
