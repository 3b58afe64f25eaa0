import pytest

from explorer.labs import running
from explorer.labs.experiment import Experiment, Figure, Lab, Question
from explorer.records import RunStatus
from explorer.settings import Settings
from explorer.storage.store import open_store

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
    assert "Every unit of the ReLU network dies" in ended.out


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
