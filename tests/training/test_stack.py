"""A network in a stack is what it is alone: every setting, failure, early end and resumption."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.config.run import RunConfig
from explorer.data.splits import load_splits
from explorer.records import EpochMetrics
from explorer.training import batches as batches_module
from explorer.training import epoch as epoch_module
from explorer.training.replay import ReplayedSteps
from explorer.training.stack import Member, train_stack
from explorer.training.step import EagerSteps
from explorer.training.trainee import Trainees
from tests.training.samples import ACTIVATIONS, CPU, LOSSES, config, random_splits, run, same_weights
from tests.training.stacked import SPLITS, assert_as_alone, distance, made, stacked

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


def test_each_network_of_a_stack_sees_its_own_labels_as_alone() -> None:
    sizes = {"train_size": 100, "validation_size": 40}
    every = [
        made(data=sizes | {"labels": labels, "split_seed": split}, training={"seed": seed})
        for labels, split, seed in (
            ((3, 8), 0, 1),
            ((4, 9), 0, 1),
            ((), 0, 1),
            ((3, 8), 5, 1),
            ((3, 8), 0, 2),
        )
    ]
    splits = [load_splits(each.data, Path()) for each in every]
    for member, each, own in zip(stacked(every, splits), every, splits, strict=True):
        if each.data.labels:
            assert set(own.train_labels.tolist()) == set(each.data.labels)
        assert_as_alone(member, each, own)


def test_images_are_augmented_as_alone_however_many_orders_share_a_block(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(batches_module.BLOCK_IMAGES, "cpu", 64)  # four batches of one order, one of three
    amounts = {"shift": 2, "rotation": 10, "scale": 0.1, "elastic": 1}
    configs = [made(training={"seed": seed}, data={"augmentation": amounts}) for seed in range(3)]
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
