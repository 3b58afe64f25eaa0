from typing import Any

import pytest

from explorer.config.parsing import config_from_paths
from explorer.config.run import RunConfig
from explorer.config.searching import Range, Search, check_search, read_range
from explorer.errors import ConfigError

RATE = Range("optimizer.learning_rate", "log", 1e-4, 1.0)
DROPOUT = Range("network.dropout", "lin", 0.0, 0.5)
ACTIVATION = Range("network.activation", "choice", choices=("relu", "tanh"))


def faults(*ranges: Range, budget: int = 16, base: RunConfig | None = None) -> str:
    with pytest.raises(ConfigError) as error:
        check_search(Search(base or RunConfig(), ranges, budget))
    return str(error.value)


def test_a_sound_search_is_accepted():
    check_search(Search(RunConfig(), (RATE, DROPOUT, ACTIVATION), 1024))
    check_search(Search(RunConfig(), (Range("network.hidden", "choice", choices=([8], [16, 8])),), 2))


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (Range("optimizer.learning_rat", "log", 1e-4, 1.0), "Did you mean optimizer.learning_rate"),
        (Range("training.seed", "lin", 0, 9), "Ask for repeats"),
        (Range("optimizer.learning_rate", "log", 0.0, 1.0), "above 0 at both ends"),
        (Range("optimizer.learning_rate", "log", 1.0, 0.1), "from a smaller to a greater"),
        (Range("optimizer.learning_rate", "lin", 0.1, float("inf")), "from a smaller to a greater"),
        (Range("optimizer.learning_rate", "log", 0.1, 99.0), "got 99.0"),
        (Range("network.activation", "choice", choices=("relu", "swish")), "got 'swish'"),
        (Range("network.activation", "choice", choices=("relu", "relu")), "at least two values"),
        (Range("network.activation", "lin", 0, 1), "a choice of values"),
        (Range("network.hidden", "choice", choices=([0], [8])), "network.hidden"),
    ],
)
def test_a_range_that_cant_be_searched_is_refused_in_words(wrong: Range, said: str):
    assert said in faults(wrong)
    assert said in faults(wrong, DROPOUT)


def test_all_faults_are_named_at_once():
    told = faults(
        Range("optimizer.learning_rate", "log", 0.1, 99.0), DROPOUT, DROPOUT, budget=5000,
        base=config_from_paths({"data.validation_size": 0}),
    )  # fmt: skip
    assert len(told.splitlines()) == 4
    for word in ("got 99.0", "different fields", "--budget", "validation images"):
        assert word in told


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("log:1e-4:1", RATE),
        (" log: 1e-4 : 1 :9", RATE),  # a grid's steps are left to the search
        ("lin:0:0.5", Range("optimizer.learning_rate", "lin", 0.0, 0.5)),
        ("0.1, 0.2", Range("optimizer.learning_rate", "choice", choices=(0.1, 0.2))),
    ],
)
def test_a_range_is_read_as_typed(typed: str, meant: Range):
    assert read_range("optimizer.learning_rate", typed) == meant


@pytest.mark.parametrize("typed", ["log:", "lin:1", "log:a:b", "lin:true:2", ""])
def test_what_is_no_range_is_refused(typed: str):
    with pytest.raises(ConfigError, match=r"optimizer\.learning_rate"):
        read_range("optimizer.learning_rate", typed)


def test_over_nothing_is_refused():
    assert "1 to 12 fields" in faults()
    assert "1 to 12 fields" in faults(*[RATE] * 13)


@pytest.mark.parametrize("budget", [0, 1, 1025])
def test_a_budget_out_of_bounds_is_refused(budget: int):
    assert "[2, 1,024]" in faults(RATE, budget=budget)


def test_a_contradiction_that_another_searched_field_can_solve_is_no_fault():
    momentum = Range("optimizer.momentum", "lin", 0.0, 0.9)
    optimizers = Range("optimizer.name", "choice", choices=("sgd", "adam"))
    check_search(Search(RunConfig(), (momentum, optimizers), 8))
    assert "0 with adam" in faults(momentum)


def test_a_search_goes_on_until_its_budget_or_its_stop():
    search: Any = Search(RunConfig(), (RATE,), 8)
    assert search.goes_on(7)
    assert not search.goes_on(8)
    assert not Search(RunConfig(), (RATE,), 8, is_stopped=True).goes_on(0)
