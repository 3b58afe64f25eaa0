"""A lab small enough to be counted by hand, and a store whose runs are written by the test."""

import math
from collections.abc import Iterator

import pytest

from explorer.jobs import reconciliation
from explorer.jobs.locks import hold
from explorer.jobs.runner import runner_lock
from explorer.labs.experiment import Experiment, Figure, Lab, Order, Question
from explorer.settings import Settings
from explorer.storage.store import Store, open_store

RELU, TANH = {"network.activation": "relu"}, {"network.activation": "tanh"}
SMALL = Lab(
    id="small",
    title="Two activations",
    about="Two small networks on the bundled digits.",
    shared={"network.hidden": [8], "training.epochs": 2, "training.device": "cpu"},
    question=Question("Which is best?", ("relu", "tanh")),
    quick={"training.epochs": 1},
    quick_repeats=1,
    experiments=(
        Experiment("relu", "ReLU", Figure("table 1", value=0.9, tolerance=0.05), RELU, repeats=2),
        Experiment(
            "tanh", "tanh", Figure("table 1", between=(0.8, 1.0), statement="learns"), TANH, repeats=2
        ),
        Experiment("relu-loss", "ReLU, loss", Figure("table 2", metric="test_loss"), RELU, repeats=2),
        Experiment(
            "relu-first",
            "ReLU after one epoch",
            Figure("figure 1", metric="validation_accuracy", epoch=1, value=0.5, tolerance=0.1),
            RELU,
            repeats=2,
        ),
        Experiment("knn", "kNN", Figure("table 3"), {"baseline.model": "knn", "baseline.k": 3}),
    ),
    orders=(Order(("tanh", "relu"), "tanh before ReLU."),),
)


@pytest.fixture(autouse=True)
def runs_may_be_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs that a test has in hand are not given up as lost, however long it takes."""
    monkeypatch.setattr(reconciliation, "SILENT_SECONDS", math.inf)


@pytest.fixture
def store(settings: Settings) -> Iterator[Store]:
    """A store that no worker serves: the runner's place is taken."""
    opened, taken = open_store(settings), hold(runner_lock(settings))
    assert taken is not None
    yield opened
    taken.release()
    opened.close()
