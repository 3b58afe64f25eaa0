"""A network in a stack is what it is alone: every setting, failure, early end and resumption."""

import math
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.config.run import RunConfig
from explorer.data.splits import Splits
from explorer.errors import DivergedError
from explorer.records import EpochMetrics, StepMetrics
from explorer.training import epoch as epoch_module
from explorer.training.replay import ReplayedSteps
from explorer.training.stack import Member, MemberEnd, train_stack
from explorer.training.state import Tick, TrainingState
from explorer.training.step import EagerSteps
from explorer.training.trainee import Trainees
from tests.training.samples import ACTIVATIONS, CPU, LOSSES, Outcome, config, random_splits, run, same_weights

SPLITS = random_splits(70, 20, 20)
SMALL = {"hidden": [6, 5]}


def stacked(
    configs: Sequence[RunConfig],
    splits: Sequence[Splits] | None = None,
    states: Sequence[TrainingState | None] | None = None,
    drop: Callable[[], Collection[int]] | None = None,
) -> list[Outcome]:
    """What each member of a stack yielded."""
    outcomes = [Outcome() for _ in configs]
    members = [
        Member(each, splits[index] if splits else SPLITS, states[index] if states else None)
        for index, each in enumerate(configs)
    ]
    for index, event in train_stack(members, CPU, *([drop] if drop else [])):
        assert not any(isinstance(before, MemberEnd) for before in outcomes[index].events)
        outcomes[index].events.append(event)
    assert all(isinstance(outcome.events[-1], MemberEnd) for outcome in outcomes)
    return outcomes


def made(**sections: Any) -> RunConfig:
    sections["network"] = {**SMALL, **sections.get("network", {})}
    sections["training"] = {"epochs": 2, "batch_size": 16, **sections.get("training", {})}
    return config(**sections)


def end(outcome: Outcome) -> MemberEnd:
    last = outcome.events[-1]
    assert isinstance(last, MemberEnd)
    return last


def distance(one: np.ndarray, other: np.ndarray) -> float:
    """Relative to the length of the first; where that is zero, absolute."""
    return float(np.linalg.norm(one - other) / (np.linalg.norm(one) or 1.0))


def assert_as_alone(
    member: Outcome, config: RunConfig, splits: Splits = SPLITS, tolerance: float = 1e-5
) -> None:
    alone = run(config, splits)
    assert end(member) == MemberEnd()
    kinds = [
        [type(event) for event in outcome.events if not isinstance(event, Tick | MemberEnd)]
        for outcome in (member, alone)
    ]
    assert kinds[0] == kinds[1]
    assert [(bin_.first_step, bin_.last_step) for bin_ in member.steps] == [
        (bin_.first_step, bin_.last_step) for bin_ in alone.steps
    ]
    for ours, theirs in zip(member.steps, alone.steps, strict=True):
        assert ours.loss == pytest.approx(theirs.loss, rel=tolerance, abs=tolerance)
    for mine, its in zip(member.epochs, alone.epochs, strict=True):
        assert (mine.epoch, mine.step, mine.images_seen) == (its.epoch, its.step, its.images_seen)
        assert mine.learning_rate == its.learning_rate
        assert mine.train_loss == pytest.approx(its.train_loss, rel=tolerance, abs=tolerance)
        assert mine.validation_loss == pytest.approx(its.validation_loss, rel=tolerance, abs=tolerance)
        assert (mine.test_loss is None) == (its.test_loss is None)
        assert len(mine.predictions) == len(its.predictions) == len(splits.validation_labels)
        for layer, same in zip(mine.layers, its.layers, strict=True):
            assert (layer.name, layer.units, layer.dead_share) == (same.name, same.units, same.dead_share)
            assert layer.weight_norm == pytest.approx(same.weight_norm, rel=tolerance)
            assert layer.gradient_norm == pytest.approx(same.gradient_norm, rel=1e-3, abs=1e-6)
            assert layer.inactive_share == pytest.approx(same.inactive_share, abs=0.05)
            assert layer.update_ratio == pytest.approx(same.update_ratio, rel=1e-3, abs=1e-6)
    for state, expected in zip(member.states, alone.states, strict=True):
        for arrays, others in ((state.weights, expected.weights), (state.optimizer, expected.optimizer)):
            assert arrays.keys() == others.keys()
            for name, array in arrays.items():
                assert array.shape == others[name].shape
                assert array.flags.c_contiguous
        for name, array in expected.weights.items():
            assert distance(array, state.weights[name]) < tolerance, name
        assert {**state.progress, "seconds": 0, "best_value": 0} == {
            **expected.progress,
            "seconds": 0,
            "best_value": 0,
        }
        assert (state.best_weights is None) == (expected.best_weights is None)


rates = st.floats(1e-4, 0.02)


@st.composite
def stacks(draw: st.DrawFn) -> list[RunConfig]:
    """Up to five runs with one stack key, and anything else their own."""
    name = draw(st.sampled_from(["sgd", "adam", "adamw", "rmsprop", "adagrad"]))
    shared = {
        "loss": draw(st.sampled_from(LOSSES)),
        "reduction": draw(st.sampled_from(["mean", "sum"])) if name != "sgd" else "mean",
        "hidden": draw(st.lists(st.integers(1, 9), min_size=1, max_size=3)),
        "batch_size": draw(st.sampled_from([16, 35, 69, "full"])),
    }
    return [_member(draw, name, shared) for _ in range(draw(st.integers(1, 5)))]


def _member(draw: st.DrawFn, name: str, shared: dict[str, Any]) -> RunConfig:
    momentum = draw(st.sampled_from([0.0, 0.5, 0.9])) if name in ("sgd", "rmsprop") else 0.0
    return config(
        data={"scaling": draw(st.sampled_from(["standard", "unit"]))},
        loss=shared["loss"],
        network={
            "hidden": shared["hidden"],
            "activation": draw(st.sampled_from(ACTIVATIONS)),
            "dropout": draw(st.sampled_from([0.0, 0.0, 0.5, 0.2])),
            "initialisation": draw(st.sampled_from(["default", "glorot_normal", "gaussian"])),
            "initialisation_sigma": 0.05,
            "biases": draw(st.sampled_from(["default", "zeros"])),
        },
        optimizer={
            "name": name,
            "reduction": shared["reduction"],
            "learning_rate": draw(rates),
            "momentum": momentum,
            "nesterov": name == "sgd" and momentum > 0 and draw(st.booleans()),
            "weight_decay": draw(st.sampled_from([0.0, 0.1])) if name == "adamw" else 0.0,
        },
        schedule={
            "name": draw(st.sampled_from(["constant", "exponential", "step", "cosine"])),
            "step_epochs": 1,
            "warmup_epochs": draw(st.sampled_from([0, 1])),
        },
        regularisation={
            "l2": draw(st.sampled_from([0.0, 0.01])),
            "l1": draw(st.sampled_from([0.0, 0.001])),
            "activation_noise": draw(st.sampled_from([0.0, 0.1, 0.3])),
            "gradient_noise": draw(st.sampled_from([0.0, 1e-4])),
            "clip_norm": draw(st.sampled_from([None, 0.5])),
        },
        training={
            "epochs": 2,
            "batch_size": shared["batch_size"],
            "seed": draw(st.integers(0, 2)),
            "monitor": draw(st.sampled_from(["validation_loss", "test_accuracy"])),
            "keep": draw(st.sampled_from(["last", "best"])),
        },
    )


@settings(max_examples=40, deadline=None, derandomize=True)
@given(configs=stacks())
def test_a_network_in_a_stack_is_what_it_is_alone(configs: list[RunConfig]) -> None:
    for member, own in zip(stacked(configs), configs, strict=True):
        assert_as_alone(member, own, tolerance=1e-5)


@pytest.mark.parametrize(
    "own",
    [
        [
            {"training": {"seed": seed}, "optimizer": {"learning_rate": rate}}
            for seed in (1, 2)
            for rate in (0.01, 0.001)
        ],
        [
            {"training": {"seed": seed}, "optimizer": {"learning_rate": rate}}
            for seed, rate in ((1, 0.1), (2, 0.01), (1, 0.02))
        ],
        [{"network": {"activation": activation}} for activation in ACTIVATIONS],
        [{"schedule": {"name": name}} for name in ("one_cycle", "constant", "cosine")],
        [{"network": {"dropout": dropout}} for dropout in (0.5, 0.0, 0.2, 0.5)],
    ],
    ids=["seeds and rates", "unequal lanes", "activations", "schedules", "dropout"],
)
def test_many_of_a_kind(own: list[dict[str, Any]]) -> None:
    # 30 units: their weights are most of the network, so that they are multiplied in one wide product.
    configs = [made(**{**each, "network": {"hidden": [30], **each.get("network", {})}}) for each in own]
    for member, each in zip(stacked(configs), configs, strict=True):
        assert_as_alone(member, each)


def test_members_with_images_of_their_own() -> None:
    splits = [random_splits(70, 20, 20, seed=seed) for seed in (0, 1, 0, 1)]
    configs = [
        made(training={"seed": seed}, data={"split_seed": split})
        for seed, split in ((0, 0), (0, 1), (1, 0), (1, 1))
    ]
    for member, each, own in zip(stacked(configs, splits), configs, splits, strict=True):
        assert_as_alone(member, each, own)


@pytest.mark.parametrize(
    "network",
    [
        {"kind": "cnn", "blocks": [{"filters": 3}], "hidden": [6]},
        {"batch_norm": True},
    ],
    ids=["cnn", "batch norm"],
)
def test_networks_with_automatic_gradients_stack_too(network: dict[str, Any]) -> None:
    configs = [
        made(network={**network, "activation": activation, "dropout": dropout}, training={"seed": seed})
        for activation, dropout, seed in (("relu", 0.2, 0), ("tanh", 0.0, 1), ("prelu", 0.5, 0))
    ]
    for member, each in zip(stacked(configs), configs, strict=True):
        assert_as_alone(member, each)


def test_a_diverged_network_leaves_the_others_untouched() -> None:
    wild = {"optimizer": {"name": "sgd", "learning_rate": 10.0}, "regularisation": {"l2": 10.0}}
    tame = [
        made(optimizer={"name": "sgd", "learning_rate": rate}, training={"epochs": 4}) for rate in (0.1, 0.05)
    ]
    bad = made(**wild, training={"epochs": 4})
    first, failed, last = stacked([tame[0], bad, tame[1]])
    assert_as_alone(first, tame[0])
    assert_as_alone(last, tame[1])
    error = end(failed).error
    assert error is not None
    assert not math.isfinite(error.loss)
    with pytest.raises(DivergedError) as alone:
        run(bad, SPLITS)
    assert (error.epoch, error.step, str(error)) == (alone.value.epoch, alone.value.step, str(alone.value))
    assert len(failed.epochs) == error.epoch - 1


def test_a_network_that_its_last_step_breaks_is_told_at_the_epochs_end() -> None:
    # A factor of −199 a step from weights of 10: they leave float32 after 16 or 17 steps of one an epoch.
    breaking = {
        "optimizer": {"name": "sgd", "learning_rate": 10.0},
        "regularisation": {"l2": 10.0},
        "network": {"initialisation": "gaussian", "initialisation_sigma": 10.0, "activation": "tanh"},
    }
    long = {"epochs": 18, "batch_size": "full"}
    calm = made(optimizer={"name": "sgd"}, training=long)
    ended, other = stacked([made(**breaking, training=long), calm])
    assert end(ended).error is not None
    assert_as_alone(other, calm)


def test_a_frozen_row_computes_finite_numbers() -> None:
    trainees = Trainees({0: made(), 1: made()}, {0: SPLITS, 1: SPLITS}, CPU)
    trainees.parameters.values[0] = math.nan
    trainees.freeze(0)
    block = next(iter(trainees.batches.blocks(1)))
    trainees.steps.begin(block, 0)
    trainees.steps.run(0, observe=True)
    assert bool(trainees.steps.logits[0].isfinite().all())
    assert bool(trainees.parameters.values.isfinite().all())


def test_each_member_stops_early_by_its_own_patience_and_the_stack_shrinks() -> None:
    # With a rate of 0 to six digits nothing improves: the first epoch stays the best.
    still = {"optimizer": {"name": "sgd", "learning_rate": 1e-12}}
    configs = [
        made(
            **still,
            training={"epochs": 9, "patience": patience, "keep": "best", "minimum_change": 0.1, "seed": seed},
        )
        for seed, patience in enumerate((2, 5, 3))
    ]
    configs.append(made(optimizer={"name": "sgd", "learning_rate": 0.05}, training={"epochs": 9, "seed": 3}))
    outcomes = stacked(configs)
    assert [len(outcome.epochs) for outcome in outcomes] == [3, 6, 4, 9]
    for member, own in zip(outcomes, configs, strict=True):
        assert_as_alone(member, own)
    for outcome in outcomes[:3]:
        kept = outcome.states[-1].best_weights
        assert kept is not None
        assert same_weights(kept, outcome.states[0].weights)


def test_a_smaller_stack_has_fewer_rows_and_the_same_networks() -> None:
    configs = {
        index: made(network={"activation": activation}, optimizer={"name": "sgd", "momentum": momentum})
        for index, (activation, momentum) in enumerate((("relu", 0.9), ("prelu", 0.0), ("relu", 0.0)))
    }
    stack = Trainees(configs, dict.fromkeys(configs, SPLITS), CPU)
    smaller = stack.only([0, 2])
    assert smaller.parameters.stack == 2
    assert "hidden.0.slope" not in smaller.parameters.shapes
    for member in (0, 2):
        old, new = stack.members.index(member), smaller.members.index(member)
        for name in smaller.parameters.shapes:
            assert torch.equal(smaller.parameters.value(name)[new], stack.parameters.value(name)[old])


def test_a_dropped_member_ends_and_the_others_do_not_notice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(epoch_module, "LOOK_SECONDS", 0.0)
    configs = [made(training={"seed": seed, "epochs": 3}) for seed in range(3)]
    gone: set[int] = set()
    outcomes = [Outcome() for _ in configs]
    for index, event in train_stack([Member(each, SPLITS) for each in configs], CPU, lambda: gone):
        outcomes[index].events.append(event)
        if isinstance(event, StepMetrics) and event.last_step == 7 and index == 1:  # in mid-epoch
            gone.add(1)
    assert end(outcomes[1]) == MemberEnd(dropped=True)
    assert len(outcomes[1].epochs) == 1
    assert outcomes[1].steps[-1].last_step == 7
    for index in (0, 2):
        assert_as_alone(outcomes[index], configs[index])


def test_when_all_are_dropped_nothing_is_trained_any_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(epoch_module, "LOOK_SECONDS", 0.0)
    outcomes = stacked([made(), made()], drop=lambda: (0, 1))
    for outcome in outcomes:
        assert outcome.epochs == []
        assert end(outcome).dropped


def test_a_resumed_stack_equals_an_uninterrupted_one() -> None:
    configs = [
        made(
            training={"seed": seed, "epochs": 4, "keep": "best"},
            network={"activation": activation, "dropout": 0.2},
        )
        for seed, activation in enumerate(("relu", "prelu", "tanh"))
    ]
    whole = stacked(configs)
    rest = stacked(configs, states=[outcome.states[1] for outcome in whole])
    for second, first in zip(rest, whole, strict=True):
        assert [epoch.epoch for epoch in second.epochs] == [3, 4]
        assert second.steps == [bin_ for bin_ in first.steps if bin_.epoch > 2]
        assert [replace(epoch, seconds=0.0) for epoch in second.epochs] == [
            replace(epoch, seconds=0.0) for epoch in first.epochs[2:]
        ]
        assert same_weights(second.weights, first.weights)
        assert same_weights(second.states[-1].optimizer, first.states[-1].optimizer)


def test_a_stack_goes_on_from_states_of_runs_that_were_alone_and_the_other_way_round() -> None:
    configs = [
        made(training={"seed": seed, "epochs": 3}, network={"activation": activation})
        for seed, activation in enumerate(("prelu", "relu"))
    ]
    alone = [run(each, SPLITS) for each in configs]
    for outcome, own in zip(stacked(configs, states=[one.states[0] for one in alone]), alone, strict=True):
        for name, array in own.weights.items():
            assert distance(array, outcome.weights[name]) < 1e-4
    for outcome, own, each in zip(stacked(configs), alone, configs, strict=True):
        later = run(each, SPLITS, outcome.states[0])
        for name, array in own.weights.items():
            assert distance(array, later.weights[name]) < 1e-4


def test_a_time_limit_ends_one_member_with_the_part_of_the_first_epoch() -> None:
    limited = made(training={"batch_size": 10, "time_limit_seconds": 1e-6})
    free = made(training={"batch_size": 10})
    short, whole = stacked([limited, free])
    [epoch], [state] = short.epochs, short.states
    assert (epoch.step, epoch.images_seen, state.step) == (1, 10, 1)
    assert end(short) == MemberEnd()
    assert_as_alone(whole, free)


def test_steps_for_replay_equal_eager_ones_for_a_stack_too() -> None:
    # Everything that changes from step to step is read from the device, as captured steps do it.
    configs = {
        index: made(
            network={"activation": activation, "dropout": dropout},
            optimizer={"name": "adamw", "weight_decay": 0.1 * index, "learning_rate": 0.01 * (index + 1)},
            schedule={"name": "cosine"},
            training={"seed": index // 2},
        )
        for index, (activation, dropout) in enumerate(
            (("relu", 0.2), ("tanh", 0.0), ("relu", 0.5), ("prelu", 0.2))
        )
    }
    eager, replayed = (Trainees(configs, dict.fromkeys(configs, SPLITS), CPU) for _ in range(2))
    assert isinstance(eager.steps, EagerSteps)
    replayed.steps = ReplayedSteps(replayed.steps.step, eager.batches.steps_per_epoch, capture=False)  # type: ignore[attr-defined]
    for trainees in (eager, replayed):
        done = 0
        for epoch in (1, 2):
            trainees.start_epoch(epoch)
            for block in trainees.batches.blocks(epoch):
                trainees.steps.begin(block, done)
                for index in range(block.batches):
                    trainees.steps.run(index, observe=True)
                done += block.batches
    torch.testing.assert_close(replayed.parameters.values, eager.parameters.values, rtol=1e-5, atol=1e-7)
    torch.testing.assert_close(replayed.observer.sums, eager.observer.sums, rtol=1e-3, atol=1e-5)


def test_strangers_are_refused() -> None:
    with pytest.raises(ValueError, match="can't be trained as one stack"):
        stacked([made(), made(network={"hidden": [7]})])
    with pytest.raises(ValueError, match="at least one member"):
        stacked([])
    with pytest.raises(ValueError, match="number of images"):
        stacked([made(), made()], [SPLITS, random_splits(60)])
    states = run(made(training={"epochs": 3}), SPLITS).states
    with pytest.raises(ValueError, match="from one epoch"):
        stacked([made(training={"epochs": 3})] * 2, states=[states[0], states[1]])


def test_every_member_is_told_of_between_epochs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(epoch_module, "LOOK_SECONDS", 0.0)
    configs = [made(training={"epochs": 1000, "seed": seed}) for seed in range(3)]
    events = train_stack([Member(each, SPLITS) for each in configs], CPU)
    seen = [next(events) for _ in range(6)]
    assert [index for index, _ in seen] == [0, 1, 2, 0, 1, 2]
    assert not any(isinstance(event, EpochMetrics) for _, event in seen)
