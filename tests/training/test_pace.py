"""Rates that change while a run trains, and runs that branch off from another's weights."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from explorer.config.run import RunConfig
from explorer.errors import DivergedError
from explorer.records import Change, EpochMetrics, Parent
from explorer.scratch import engine as scratch
from explorer.training import epoch as epoch_module
from explorer.training.engine import train
from explorer.training.pace import LEARNING_RATE, Pace
from explorer.training.replay import ReplayedSteps
from explorer.training.schedule import learning_rate_at
from explorer.training.stack import Member, train_stack
from explorer.training.state import TrainingState
from explorer.training.trainee import Trainees
from tests.training.samples import CPU, Outcome, config, random_splits, same_weights

SPLITS = random_splits(40)  # 5 steps an epoch
NETWORKS: list[dict[str, Any]] = [
    {"hidden": [8]},
    {"hidden": [8], "dropout": 0.3, "activation": "prelu"},
    {"kind": "cnn", "blocks": [{"filters": 2}], "hidden": [8], "batch_norm": True},
]
ENGINES: list[Callable[..., Any]] = [train, scratch.train]


def made(**sections: Any) -> RunConfig:
    sections["network"] = {"hidden": [8], **sections.get("network", {})}
    sections["training"] = {"epochs": 4, "batch_size": 8, **sections.get("training", {})}
    return config(**sections)


def trained(engine: Callable[..., Any], run: RunConfig, *rest: Any, **more: Any) -> Outcome:
    return Outcome(list(engine(run, SPLITS, CPU, *rest, **more)))


def changes_of(outcome: Outcome) -> list[Change]:
    return [event for event in outcome.events if isinstance(event, Change)]


def comparable(epochs: list[EpochMetrics]) -> list[EpochMetrics]:
    return [replace(epoch, seconds=0.0) for epoch in epochs]


def asking_after(steps: int, rate: float) -> Callable[[], float | None]:
    """A wish that comes once the loop has asked so often; it asks after every step."""
    asked = 0

    def wanted() -> float | None:
        nonlocal asked
        asked += 1
        return rate if asked == steps else None

    return wanted


@pytest.fixture(autouse=True)
def look_after_every_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(epoch_module, "LOOK_SECONDS", 0.0)


@pytest.mark.parametrize("name", ["constant", "exponential", "step", "cosine", "one_cycle"])
def test_an_untouched_pace_is_the_schedule(name: str) -> None:
    run = made(schedule={"name": name})
    pace = Pace(run)
    assert [pace.rate(step, 5) for step in range(20)] == [
        learning_rate_at(run, step, 5) for step in range(20)
    ]
    assert [pace.optimizer_step(step, 5) for step in range(3)] == [1, 2, 3]


def test_a_change_is_what_the_schedule_multiplies_from_its_step_on() -> None:
    run = made(optimizer={"learning_rate": 0.1}, schedule={"name": "exponential", "gamma": 0.5})
    pace = Pace(run)
    change = pace.heed(0.4, 7, 5)
    assert change == Change(LEARNING_RATE, epoch=2, step=8, before=0.1, value=0.4)
    assert [pace.rate(step, 5) for step in (4, 6, 7, 9, 10)] == [0.1, 0.05, 0.2, 0.2, 0.1]
    assert not pace.is_constant


def test_a_new_change_replaces_those_that_were_to_come_later() -> None:
    later = Change(LEARNING_RATE, 3, 12, 0.001, 9.0)
    pace = Pace(made(), changes=[later])
    assert pace.rate(11, 5) == 9.0
    pace.heed(0.5, 8, 5)
    assert pace.rate(19, 5) == 0.5


def test_a_wish_for_the_rate_that_holds_is_answered_and_changes_nothing() -> None:
    pace = Pace(made())
    answer = pace.heed(0.001, 3, 5)
    assert answer is not None
    assert answer.before == answer.value
    assert pace.is_constant


def test_nothing_is_changed_after_the_last_step() -> None:
    pace = Pace(made())
    assert pace.heed(0.5, 20, 5) is None
    assert pace.heed(None, 3, 5) is None
    assert pace.heed(0.5, 19, 5) is not None


def test_a_schedule_that_begins_at_the_fork_is_that_of_a_shorter_run() -> None:
    run = made(schedule={"name": "cosine", "warmup_epochs": 1}, training={"epochs": 6})
    short = made(schedule={"name": "cosine", "warmup_epochs": 1}, training={"epochs": 4})
    pace = Pace(run, Parent(1, 2, schedule_from=2))
    assert [pace.rate(step, 5) for step in range(10, 30)] == [Pace(short).rate(step, 5) for step in range(20)]


def test_the_optimizer_of_a_fork_counts_from_what_it_remembers() -> None:
    assert Pace(made(), Parent(1, 2)).optimizer_step(10, 5) == 1
    assert Pace(made(), Parent(1, 2, optimizer_steps=10)).optimizer_step(10, 5) == 11


@pytest.mark.parametrize("engine", ENGINES)
def test_a_wanted_rate_holds_from_the_next_step_on(engine: Callable[..., Any]) -> None:
    run = made(optimizer={"name": "sgd", "learning_rate": 0.01})
    outcome = trained(engine, run, wanted_rate=asking_after(7, 0.5))
    # After each of 5 steps, and at the end of the epoch.
    assert changes_of(outcome) == [Change(LEARNING_RATE, epoch=2, step=7, before=0.01, value=0.5)]
    assert [epoch.learning_rate for epoch in outcome.epochs] == [0.01, 0.5, 0.5, 0.5]
    assert not same_weights(outcome.weights, trained(engine, run).weights)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", ["sgd", "adam"])
def test_a_run_that_was_changed_and_resumed_equals_one_that_went_through(
    engine: Callable[..., Any], name: str
) -> None:
    run = made(optimizer={"name": name, "learning_rate": 0.01}, schedule={"name": "cosine"})
    whole = trained(engine, run, wanted_rate=asking_after(13, 0.5))
    changes = changes_of(whole)
    for state in whole.states[:-1]:
        resumed = trained(engine, run, state, changes=changes)
        assert changes_of(resumed) == []
        assert same_weights(resumed.weights, whole.weights)
        assert comparable(resumed.epochs) == comparable(whole.epochs[state.epoch :])


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("name", ["sgd", "adam", "rmsprop"])
def test_a_fork_with_nothing_changed_equals_going_on(network: dict[str, Any], name: str) -> None:
    run = made(network=network, optimizer={"name": name}, schedule={"name": "exponential"})
    whole = trained(train, run)
    state = whole.states[1]
    fork = trained(train, run, state, parent=Parent(1, 2, optimizer_steps=10))
    assert same_weights(fork.weights, whole.weights)
    assert comparable(fork.epochs) == comparable(whole.epochs[2:])


def fresh(state: TrainingState) -> TrainingState:
    """A parent's weights with an optimizer that remembers nothing."""
    forgotten = {name: np.zeros_like(array) for name, array in state.optimizer.items()}
    return replace(state, optimizer=forgotten)


def test_a_fork_with_a_new_optimizer_takes_the_step_that_torch_takes_first() -> None:
    run = made(optimizer={"name": "adam", "learning_rate": 0.01}, training={"batch_size": "full"})
    start = fresh(trained(train, run).states[1])
    weights = {name: torch.tensor(array) for name, array in start.weights.items()}
    (after,) = trained(
        train,
        made(optimizer={"name": "adam", "learning_rate": 0.01}, training={"batch_size": "full", "epochs": 3}),
        start,
        parent=Parent(1, 2),
    ).states
    # Adam's first step has the length of the rate, whatever the gradient's.
    steps = (torch.tensor(after.weights["output.bias"]) - weights["output.bias"]).abs()
    torch.testing.assert_close(steps, torch.full_like(steps, 0.01), rtol=1e-3, atol=0)


def test_a_fork_may_change_batch_size_and_optimizer() -> None:
    start = fresh(trained(train, made()).states[1])
    other = made(
        optimizer={"name": "sgd", "momentum": 0.9, "learning_rate": 0.1}, training={"batch_size": 20}
    )
    start = replace(start, optimizer={"velocity": np.zeros_like(start.optimizer["mean"])})
    outcome = trained(train, other, start, parent=Parent(1, 2))
    assert [(epoch.epoch, epoch.step) for epoch in outcome.epochs] == [(3, 6), (4, 8)]


def test_each_run_of_a_stack_changes_its_own_rate_and_the_others_do_not_notice() -> None:
    configs = [made(training={"seed": seed}) for seed in range(3)]
    wishes = [{}, {}, {1: 0.5}]
    asked = iter(wishes)
    stacked = [Outcome() for _ in configs]
    members = [Member(each, SPLITS) for each in configs]
    for index, event in train_stack(members, CPU, rates=lambda: next(asked, {})):
        stacked[index].events.append(event)
    assert [len(changes_of(outcome)) for outcome in stacked] == [0, 1, 0]
    change = changes_of(stacked[1])[0]
    assert (change.epoch, change.step, change.value) == (1, 4, 0.5)
    again = [Outcome() for _ in configs]
    members[1] = replace(members[1], changes=[change])
    for index, event in train_stack(members, CPU):
        again[index].events.append(event)
    for one, other in zip(stacked, again, strict=True):
        assert same_weights(one.weights, other.weights)
    assert [outcome.epochs[-1].learning_rate for outcome in stacked] == [0.001, 0.5, 0.001]
    unchanged = trained(train, configs[2])
    np.testing.assert_allclose(stacked[2].weights["output.bias"], unchanged.weights["output.bias"], atol=1e-6)


def test_a_fork_shares_no_stack() -> None:
    state = trained(train, made()).states[1]
    members = [Member(made(), SPLITS, state, Parent(1, 2)), Member(made(), SPLITS, state)]
    with pytest.raises(ValueError, match="branched off is trained alone"):
        next(train_stack(members, CPU))


def test_replayed_steps_heed_a_change_in_the_middle_of_a_block_as_eager_ones_do() -> None:
    run = made(optimizer={"name": "sgd", "learning_rate": 0.1})
    values = []
    for replays in (False, True):
        trainees = Trainees({0: run}, {0: SPLITS}, CPU)
        if replays:
            trainees.steps = ReplayedSteps(trainees.steps.step, 5, capture=False)  # type: ignore[attr-defined]
        trainees.start_epoch(1)
        (block,) = trainees.batches.blocks(1)
        trainees.steps.begin(block, 0)
        for index in range(block.batches):
            if index == 3:
                assert trainees.paces[0].heed(0.9, 3, 5) is not None
                trainees.steps.refresh()
            trainees.steps.run(index, observe=False)
        values.append(trainees.parameters.values.clone())
    torch.testing.assert_close(*values)


def test_a_run_that_diverges_names_the_rate_that_it_had() -> None:
    run = made(optimizer={"name": "sgd", "learning_rate": 0.01}, loss="mean_squared_error")
    with pytest.raises(DivergedError, match=r"it was 1e\+38"):
        trained(train, run, wanted_rate=asking_after(3, 1e38))
