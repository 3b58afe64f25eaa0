"""The training loop: its events, references, determinism, resuming, stopping, divergence."""

from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import torch

from explorer.config.run import RunConfig
from explorer.data.preparation import measure_scaling
from explorer.models.network import build
from explorer.records import EpochMetrics, StepMetrics
from explorer.training import epoch as epoch_module
from explorer.training.batches import Batches, Lane, Source
from explorer.training.engine import total_steps, train
from explorer.training.state import Tick, TrainingState
from tests.training.samples import CPU, config, digits, random_splits, run, same_weights

OPTIMIZERS: list[dict[str, Any]] = [
    {"name": "sgd", "learning_rate": 0.1},
    {"name": "sgd", "learning_rate": 0.05, "momentum": 0.9},
    {"name": "sgd", "learning_rate": 0.05, "momentum": 0.9, "nesterov": True},
    {"name": "adam"},
    {"name": "adamw", "weight_decay": 0.01},
    {"name": "rmsprop"},
    {"name": "rmsprop", "momentum": 0.5},
    {"name": "adagrad", "learning_rate": 0.01},
]
SMALL_CNN = {"kind": "cnn", "blocks": [{"filters": 4}, {"filters": 6}], "hidden": [12]}


def through_a_file(state: TrainingState) -> TrainingState:
    """As a checkpoint would give it back: copies, without any order in memory but C's."""

    def copied(arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        return {
            name: np.frombuffer(array.tobytes(), array.dtype).reshape(array.shape).copy()
            for name, array in arrays.items()
        }

    return replace(
        state,
        weights=copied(state.weights),
        optimizer=copied(state.optimizer),
        best_weights=None if state.best_weights is None else copied(state.best_weights),
    )


def without_times(epochs: list[EpochMetrics]) -> list[EpochMetrics]:
    return [replace(epoch, seconds=0.0) for epoch in epochs]


def test_each_epoch_yields_its_curve_then_its_metrics_then_its_state() -> None:
    settings = config(training={"epochs": 3})
    outcome = run(settings)
    kinds = [type(event) for event in outcome.events if not isinstance(event, Tick)]
    steps = total_steps(settings, digits()) // 3
    assert kinds == [*[StepMetrics] * steps, EpochMetrics, TrainingState] * 3
    assert [epoch.epoch for epoch in outcome.epochs] == [1, 2, 3]
    assert [state.step for state in outcome.states] == [steps, 2 * steps, 3 * steps]
    images = len(digits().train_labels)
    assert [epoch.images_seen for epoch in outcome.epochs] == [images, 2 * images, 3 * images]
    for before, after in pairwise(outcome.steps):
        assert after.first_step == before.last_step + 1


@pytest.mark.parametrize(
    "network", [{}, {"hidden": [20, 10], "activation": "sigmoid"}, {"batch_norm": True}, SMALL_CNN]
)
def test_it_learns_the_digits(network: dict[str, Any]) -> None:
    outcome = run(config(network=network, training={"epochs": 30}, optimizer={"learning_rate": 0.01}))
    losses = [epoch.train_loss for epoch in outcome.epochs]
    assert losses[0] > losses[-1]
    last = outcome.epochs[-1]
    assert last.validation_accuracy is not None
    assert last.validation_accuracy > 0.9
    assert len(last.predictions) == len(digits().validation_labels)
    right = np.frombuffer(last.predictions, np.uint8) == digits().validation_labels.numpy()
    assert right.mean() == last.validation_accuracy


def plain_torch(
    settings: RunConfig, optimizer: torch.optim.Optimizer, module: torch.nn.Module
) -> list[float]:
    """The loss of every step of the loop that everybody writes, on the engine's own batches."""
    splits = digits()
    scaling = measure_scaling(settings.data, splits.train_images)
    source = Source(splits.train_images, splits.train_labels, scaling)
    batches = Batches([Lane(source, settings.training.seed)], settings, (1, 28, 28))
    losses = []
    for epoch in range(1, settings.training.epochs + 1):
        for block in batches.blocks(epoch):
            for images, labels in zip(block.images, block.labels, strict=True):
                optimizer.zero_grad()
                loss = torch.nn.functional.cross_entropy(module(images[0]), labels[0])
                loss.backward()
                optimizer.step()
                losses.append(loss.item())
    return losses


@pytest.mark.parametrize(
    "network", [{"hidden": [300, 128]}, {"hidden": [16], "activation": "prelu"}, SMALL_CNN]
)
@pytest.mark.parametrize("name", ["sgd", "adam"])
def test_the_curve_equals_a_plain_loop_with_torch_optim(network: dict[str, Any], name: str) -> None:
    rate = {"sgd": 0.1, "adam": 0.001}[name]
    settings = config(
        network=network, optimizer={"name": name, "learning_rate": rate}, training={"epochs": 2, "seed": 5}
    )
    module = build(settings.network, torch.Generator().manual_seed(5))
    kind = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam}[name]
    expected = plain_torch(settings, kind(module.parameters(), lr=rate), module)
    outcome = run(settings)
    assert [step.loss for step in outcome.steps] == pytest.approx(expected, rel=2e-3, abs=2e-4)
    for parameter, array in outcome.weights.items():
        torch.testing.assert_close(
            torch.from_numpy(array), module.state_dict()[parameter], rtol=1e-2, atol=1e-3
        )


def test_train_figures_are_means_over_the_epochs_images() -> None:
    settings = config(training={"epochs": 1, "batch_size": 400})
    outcome = run(settings)
    sizes = [400, 400, 400, len(digits().train_labels) - 1200]
    assert 0 < sizes[-1] < 400
    mean = sum(size * step.loss for size, step in zip(sizes, outcome.steps, strict=True)) / sum(sizes)
    assert outcome.epochs[0].train_loss == pytest.approx(mean)
    assert 0 < outcome.epochs[0].train_accuracy < 1


def test_a_full_batch_is_one_step_an_epoch() -> None:
    settings = config(training={"epochs": 2, "batch_size": "full"})
    assert total_steps(settings, digits()) == 2
    assert [(step.first_step, step.last_step) for step in run(settings).steps] == [(1, 1), (2, 2)]


@pytest.mark.parametrize("network", [{"dropout": 0.2}, SMALL_CNN])
def test_two_runs_with_one_seed_are_equal_and_another_seed_is_not(network: dict[str, Any]) -> None:
    settings = config(network=network, training={"epochs": 2, "seed": 1})
    one, same = run(settings), run(settings)
    other = run(config(network=network, training={"epochs": 2, "seed": 2}))
    assert same_weights(one.weights, same.weights)
    assert without_times(one.epochs) == without_times(same.epochs)
    assert one.steps == same.steps
    assert not same_weights(one.weights, other.weights)


def resumed_equals_uninterrupted(settings: RunConfig) -> None:
    whole = run(settings)
    first_half = []
    for event in train(settings, digits(), CPU):
        first_half.append(event)
        if isinstance(event, TrainingState) and event.epoch == 2:
            break
    torch.rand(10)  # nothing depends on the global generator
    second_half = run(settings, state=through_a_file(first_half[-1]))
    assert [epoch.epoch for epoch in second_half.epochs] == [3, 4]
    assert without_times(second_half.epochs) == without_times(whole.epochs[2:])
    assert [step for step in first_half if isinstance(step, StepMetrics)] + second_half.steps == whole.steps
    assert same_weights(second_half.weights, whole.weights)
    assert same_weights(second_half.states[-1].optimizer, whole.states[-1].optimizer)
    ours, theirs = second_half.states[-1].progress, whole.states[-1].progress
    assert {**ours, "seconds": 0} == {**theirs, "seconds": 0}
    best, expected = second_half.states[-1].best_weights, whole.states[-1].best_weights
    assert (best is None) == (expected is None)
    assert best is None or expected is None or same_weights(best, expected)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_resumed_run_equals_an_uninterrupted_one(optimizer: dict[str, Any]) -> None:
    resumed_equals_uninterrupted(config(optimizer=optimizer, training={"epochs": 4}))


@pytest.mark.parametrize(
    "sections",
    [
        {"network": {"dropout": 0.3}, "regularisation": {"activation_noise": 0.1, "gradient_noise": 1e-4}},
        {"network": {**SMALL_CNN, "batch_norm": True, "dropout": 0.2}},
        {"network": {"activation": "prelu"}, "schedule": {"name": "one_cycle"}},
        {
            "data": {"augmentation": {"shift": 1, "elastic": 1, "rotation": 5}},
            "schedule": {"warmup_epochs": 3},
        },
    ],
)
def test_a_resumed_run_equals_an_uninterrupted_one_with_all_that_is_random(sections: dict[str, Any]) -> None:
    resumed_equals_uninterrupted(config(**sections, training={"epochs": 4}))


def test_resuming_keeps_the_counters_of_early_stopping_and_the_best_weights() -> None:
    # With a rate of 0 to six digits nothing improves: the first epoch stays the best.
    settings = config(
        optimizer={"name": "sgd", "learning_rate": 1e-12},
        training={"epochs": 9, "patience": 4, "keep": "best", "minimum_change": 0.1},
    )
    whole = run(settings)
    assert len(whole.epochs) == 5
    assert [state.is_best for state in whole.states] == [True, False, False, False, False]
    assert whole.states[0].best_weights is None
    for state in whole.states[1:]:
        assert state.best_weights is not None
        assert same_weights(state.best_weights, whole.states[0].weights)
    rest = run(settings, state=through_a_file(whole.states[2]))
    assert [epoch.epoch for epoch in rest.epochs] == [4, 5]
    assert rest.states[-1].progress["stale_epochs"] == 4
    best = rest.states[-1].best_weights
    assert best is not None
    assert same_weights(best, whole.states[0].weights)
    assert run(settings, state=whole.states[-1]).events == []


@pytest.mark.parametrize("monitor", ["test_loss", "test_accuracy", "validation_loss"])
def test_the_test_set_is_asked_only_if_it_is_watched(monitor: str) -> None:
    [epoch] = run(config(training={"epochs": 1, "monitor": monitor})).epochs
    assert (epoch.test_loss is not None) == (epoch.test_accuracy is not None) == monitor.startswith("test")


def test_without_validation_images_dead_units_are_looked_for_among_training_images() -> None:
    splits = random_splits(40, validation=0)
    settings = config(training={"epochs": 2}, data={"validation_size": 0}, network={"hidden": [8]})
    settings = settings.model_copy(
        update={"training": settings.training.model_copy(update={"monitor": "train_loss"})}
    )
    epoch = run(settings, splits).epochs[-1]
    assert (epoch.validation_loss, epoch.validation_accuracy, epoch.predictions) == (None, None, b"")
    assert epoch.layers[0].dead_share is not None


def test_dead_units_are_counted() -> None:
    # Biases of zero and weights of zero: no unit of a ReLU network ever fires, or learns to.
    settings = config(network={"initialisation": "zeros", "biases": "zeros"}, training={"epochs": 1})
    hidden, output = run(settings).epochs[0].layers
    assert (hidden.dead_share, output.dead_share) == (1.0, None)
    assert hidden.inactive_share == 1.0


def test_the_curve_does_not_depend_on_when_it_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = config(training={"epochs": 2, "batch_size": 100})
    relaxed = run(settings)
    monkeypatch.setattr(epoch_module, "LOOK_SECONDS", 0.0)
    eager = run(settings)
    assert relaxed.steps == eager.steps
    assert without_times(relaxed.epochs) == without_times(eager.epochs)


def test_a_long_run_has_a_bounded_curve() -> None:
    settings = config(training={"epochs": 700, "batch_size": 10}, network={"hidden": [2]})
    outcome = run(settings, random_splits(60))
    assert total_steps(settings, random_splits(60)) == 4200
    assert 1000 < len(outcome.steps) <= 2000
    covered = sum(step.last_step - step.first_step + 1 for step in outcome.steps)
    assert covered == 4200
    assert all(step.loss_min <= step.loss <= step.loss_max for step in outcome.steps)


def test_states_are_copies_of_their_own() -> None:
    first, second, *_ = run(config(training={"epochs": 2})).states
    assert not same_weights(first.weights, second.weights)
    names = {"hidden.0.weight", "hidden.0.bias", "output.weight", "output.bias"}
    assert set(first.weights) == names
    assert first.weights["hidden.0.weight"].shape == (64, 784)
    assert all(array.flags.c_contiguous and array.dtype == np.float32 for array in first.weights.values())


def test_the_learning_rate_is_that_of_the_epochs_last_step() -> None:
    settings = config(
        optimizer={"learning_rate": 0.5},
        schedule={"name": "exponential", "gamma": 0.5},
        training={"epochs": 3},
    )
    assert [epoch.learning_rate for epoch in run(settings).epochs] == [0.5, 0.25, 0.125]


def test_noise_is_drawn_anew_in_every_epoch() -> None:
    # Nothing is learned and all images are alike, so their order does not matter: only dropout is left.
    settings = config(
        network={"dropout": 0.5},
        optimizer={"name": "sgd", "learning_rate": 1e-12},
        training={"batch_size": "full", "epochs": 3},
    )
    splits = random_splits(5)
    alike = replace(
        splits,
        train_images=splits.train_images[:1].repeat(5, 1, 1, 1),
        train_labels=torch.zeros(5, dtype=torch.int64),
    )
    losses = [step.loss for step in run(settings, alike).steps]
    assert min(abs(one - other) for one, other in pairwise(losses)) > 1e-4
