from collections.abc import Mapping
from typing import Any

import pytest

from explorer.config.axes import Axis
from explorer.config.fields import value_at
from explorer.config.parsing import config_from_paths
from explorer.config.run import RunConfig
from explorer.config.sweeping import (
    Sweep,
    group_name,
    plan_sweep,
    slowest_first,
    swept_fields,
    with_values,
)
from explorer.errors import ConfigError, Problem

RATE = "optimizer.learning_rate"


def planned(*axes: tuple[str, tuple[Any, ...]], repeats: int = 1, **base: Any) -> Sweep:
    start = config_from_paths({path.replace("__", "."): value for path, value in base.items()})
    return plan_sweep(lambda values: with_values(start, values), [Axis(*axis) for axis in axes], repeats)


def problems(*axes: tuple[str, tuple[Any, ...]], repeats: int = 1, **base: Any) -> tuple[Problem, ...]:
    with pytest.raises(ConfigError) as error:
        planned(*axes, repeats=repeats, **base)
    return error.value.problems


def test_every_combination_is_trained_with_every_seed():
    sweep = planned(
        (RATE, (0.01, 0.1)), ("network.activation", ("relu", "tanh")), repeats=3, training__seed=7
    )
    told = [
        (value_at(run, RATE), value_at(run, "network.activation"), run.training.seed)
        for run in sweep.configs()
    ]
    assert told == [
        (rate, activation, seed)
        for rate in (0.01, 0.1)
        for activation in ("relu", "tanh")
        for seed in (7, 8, 9)
    ]


def test_all_else_is_as_in_the_base():
    (first, second) = planned((RATE, (0.01, 0.1)), training__epochs=3, network__hidden=[7]).configs()
    assert first == config_from_paths({"training.epochs": 3, "network.hidden": [7], RATE: 0.01})
    assert second == config_from_paths({"training.epochs": 3, "network.hidden": [7], RATE: 0.1})


def test_an_axis_holds_its_values_as_the_configs_do():
    assert planned((RATE, (1, 2))).axes == (Axis(RATE, (1.0, 2.0)),)
    assert planned(("network.hidden", ([8], [9, 9]))).axes == (Axis("network.hidden", ([8], [9, 9])),)


@pytest.mark.parametrize(
    ("path", "values"),
    [
        ("network.preset", ("lenet", "keras_cnn", None)),
        ("network.kind", ("mlp", "cnn")),
        ("network.batch_norm", (True, False)),
        ("loss", ("cross_entropy", "mean_squared_error")),
        ("data.augmentation.shift", (0, 2)),
        ("training.batch_size", (16, "full")),
        ("training.engine", ("torch", "numpy")),
    ],
)
def test_fields_of_every_kind_can_be_swept_and_are_found_again(path: str, values: tuple[Any, ...]):
    sweep = planned((path, values), repeats=2)
    assert [value_at(point, path) for point in sweep.points] == list(values)
    assert swept_fields(sweep.configs()) == (path,)


def test_a_preset_leaves_the_layers_of_the_base_behind():
    sweep = planned(("network.preset", ("lenet", "keras_cnn")), network__hidden=[99])
    assert [point.network.hidden for point in sweep.points] == [(120, 84), (128,)]
    assert [point.network.hidden for point in planned((RATE, (0.1, 1)), network__preset="lenet").points] == [
        (120, 84),
        (120, 84),
    ]


def test_all_faults_are_named_at_once():
    found = problems(
        (RATE, (0, 0.1, 20, 0.1)), ("network.dropout", (2,)), ("foo.bar", (1,)), ("training.seed", (1, 2)),
        repeats=0, training__epochs=3,
    )  # fmt: skip
    assert sorted(problem.field for problem in found) == [
        "--over", "--repeats", "foo.bar", "network.dropout", RATE, RATE, RATE, "training.seed",
    ]  # fmt: skip
    assert [problem.value for problem in found if problem.field == RATE] == [0.1, 0, 20]


def test_over_nothing_is_refused():
    (problem,) = problems()
    assert "one or two fields" in problem.accepted
    assert "at least one value" in problems((RATE, ()))[0].accepted


def test_two_equal_fields_are_refused():
    (problem,) = problems((RATE, (0.1,)), (RATE, (0.2,)))
    assert problem.accepted == "two different fields"


def test_values_that_are_equal_are_refused_though_written_differently():
    (problem,) = problems((RATE, (1, 0.5, 1.0)))
    assert "all differ" in problem.accepted


def test_ten_thousand_runs_are_refused_before_anything_is_made():
    made: list[Mapping[str, Any]] = []

    def make(values: Mapping[str, Any]) -> RunConfig:
        made.append(values)
        return RunConfig()

    rates = tuple((number + 1) / 1000 for number in range(100))
    with pytest.raises(ConfigError, match="10,000 runs"):
        plan_sweep(make, [Axis(RATE, rates), Axis("regularisation.l2", rates)])
    assert len(made) < 200


def test_1024_runs_are_accepted():
    rates = tuple((number + 1) / 1000 for number in range(128))
    assert len(planned((RATE, rates), repeats=8).configs()) == 1024


def test_a_contradiction_is_told_once_with_the_values_that_make_it():
    (problem,) = problems(("optimizer.momentum", (0, 0.9)), ("network.activation", ("relu", "tanh")))
    assert str(problem) == (
        "optimizer.momentum must be 0 with adam, got 0.9. Only sgd and rmsprop take a momentum."
    )
    adam, adagrad = problems(("optimizer.momentum", (0, 0.9)), ("optimizer.name", ("sgd", "adam", "adagrad")))
    assert str(adam).endswith('So it is with optimizer.name="adam".')
    assert str(adagrad).endswith('So it is with optimizer.name="adagrad".')


def test_a_contradiction_of_many_combinations_is_told_briefly():
    (problem,) = problems(
        ("training.epochs", tuple(range(1, 11))), ("network.activation", ("relu", "tanh")),
        schedule__warmup_epochs=8, training__epochs=9,
    )[:1]  # fmt: skip
    assert problem.field == "schedule.warmup_epochs"
    assert "So it is with training.epochs=1" in problem.hint
    many = problems(("schedule.warmup_epochs", (5,)), (RATE, (0.1, 0.2)), training__epochs=2)
    assert [str(each).count("So it is") for each in many] == [0]
    several = problems(
        ("network.batch_norm", (True, False)), ("training.batch_size", (1, 2)), training__epochs=2
    )
    assert "network.batch_norm=true" in str(several[0])


def test_the_seeds_of_repeats_stay_seeds():
    (problem,) = problems((RATE, (0.1,)), repeats=2, training__seed=2**31 - 1)
    assert problem.field == "training.seed"


def test_repeats_alone_differ_in_no_field():
    assert swept_fields([config_from_paths({"training.seed": seed}) for seed in range(3)]) == ()
    assert swept_fields([]) == ()


def test_what_an_optimizer_brings_with_it_is_not_swept_but_what_differs_beside_it_is():
    def run(name: str, momentum: float) -> RunConfig:
        return config_from_paths({"optimizer.name": name, "optimizer.momentum": momentum})

    assert swept_fields([run("sgd", 0.9), run("adam", 0)]) == ("optimizer.name",)
    both = [run("sgd", 0.9), run("sgd", 0), run("adam", 0)]
    assert swept_fields(both) == ("optimizer.name", "optimizer.momentum")


@pytest.mark.parametrize("order", [1, -1])
def test_swept_fields_can_be_told_in_the_order_in_which_they_were_asked_for(order: int):
    asked = [(RATE, (0.1, 0.01)), ("network.activation", ("relu", "tanh"))][::order]
    configs = planned(*asked, repeats=2).configs()
    assert slowest_first(configs, swept_fields(configs)) == tuple(path for path, _ in asked)


def test_a_group_is_named_by_what_was_swept():
    assert group_name("sweep", (RATE,), "3fa2b1") == "sweep 3fa2b1 · learning rate"
    assert group_name("sweep", (RATE, "regularisation.l2"), "a") == "sweep a · learning rate × L2"
    assert group_name("sweep", ("schedule.gamma",), "a") == "sweep a · γ"
    assert group_name("repeats", (), "a") == "repeats a"
