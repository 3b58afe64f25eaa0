"""The NumPy engine: the torch engine's curves, its events, and runs that go on as if never interrupted."""

import warnings
from typing import Any

import numpy as np
import pytest
import torch

from explorer.config.run import RunConfig
from explorer.data.splits import Splits
from explorer.errors import DivergedError
from explorer.models.architecture import parameter_shapes, weight_layers
from explorer.models.initialisation import initial_parameters
from explorer.scratch.engine import train
from explorer.scratch.monitoring import Observer
from explorer.scratch.trainee import Trainee
from explorer.training import engine as torch_engine
from explorer.training.conclusion import conclude
from explorer.training.monitoring import Observer as TorchObserver
from explorer.training.optimizers import Optimizer
from explorer.training.parameters import FlatParameters
from explorer.training.state import TrainingState
from explorer.training.step import EagerSteps, Step, make_network
from tests.scratch.samples import ACTIVATIONS, LOSSES, OPTIMIZERS, config
from tests.training.samples import CPU, Outcome, digits, random_splits, same_weights


def run(run_config: RunConfig, splits: Splits | None = None, state: TrainingState | None = None) -> Outcome:
    return Outcome(list(train(run_config, splits or digits(), CPU, state)))


def short(**sections: Any) -> RunConfig:
    sections["network"] = {"hidden": [24, 12], **sections.get("network", {})}
    sections["training"] = {"epochs": 3, **sections.get("training", {})}
    return config(**sections)


@pytest.mark.parametrize(
    "sections",
    [
        {},
        {"network": {"activation": "prelu"}, "schedule": {"name": "cosine", "warmup_epochs": 1}},
        {"optimizer": {"name": "sgd", "learning_rate": 0.02, "momentum": 0.9, "nesterov": True}},
        {"optimizer": {"name": "rmsprop"}, "loss": "binary_cross_entropy"},
        {"regularisation": {"l2": 0.001, "l1": 0.0001, "clip_norm": 1.0}, "loss": "mean_squared_error"},
        {"data": {"augmentation": {"shift": 2, "rotation": 10}, "scaling": "unit"}},
        {"training": {"batch_size": "full", "epochs": 3}},
    ],
    ids=lambda sections: "-".join(sections) or "defaults",
)
def test_the_curve_equals_that_of_the_torch_engine(sections: dict[str, Any]):
    run_config = short(**sections)
    ours, theirs = run(run_config), Outcome(list(torch_engine.train(run_config, digits(), CPU)))
    assert [step.last_step for step in ours.steps] == [step.last_step for step in theirs.steps]
    np.testing.assert_allclose(
        [step.loss for step in ours.steps], [step.loss for step in theirs.steps], rtol=1e-4
    )
    for one, other in zip(ours.epochs, theirs.epochs, strict=True):
        assert one.train_loss == pytest.approx(other.train_loss, rel=1e-4)
        assert one.validation_loss == pytest.approx(other.validation_loss, rel=1e-4)
        assert (one.step, one.images_seen, one.learning_rate) == (
            other.step,
            other.images_seen,
            other.learning_rate,
        )
        for mine, its in zip(one.layers, other.layers, strict=True):
            assert (mine.name, mine.units, mine.dead_share) == (its.name, its.units, its.dead_share)
            assert mine.weight_norm == pytest.approx(its.weight_norm, rel=1e-4)
            assert mine.gradient_norm == pytest.approx(its.gradient_norm, rel=1e-2)
            assert mine.update_ratio == pytest.approx(its.update_ratio, rel=1e-2)
            assert mine.inactive_share == pytest.approx(its.inactive_share, abs=1e-2)
    assert ours.states[-1].weights.keys() == theirs.states[-1].weights.keys()


@pytest.mark.parametrize("options", OPTIMIZERS, ids=lambda options: "-".join(map(str, options.values())))
def test_in_double_precision_steps_equal_those_of_the_torch_engine(options: dict[str, Any]):
    run_config = short(optimizer=options, network={"hidden": [24, 12], "activation": "tanh"})
    trainee = Trainee(run_config, digits(), np.float64)
    parameters = FlatParameters(parameter_shapes(run_config.network), 1, CPU, torch.float64)
    parameters.load(initial_parameters(run_config.network, 0))
    step = Step(
        [run_config],
        make_network([run_config], parameters),
        Optimizer([run_config.optimizer], parameters, fused=False),
        TorchObserver(weight_layers(run_config.network), parameters),
    )
    steps = EagerSteps(step, trainee.batches.steps_per_epoch)
    block = next(trainee.batches.blocks(1))
    trainee.begin(block, 0)
    double = type(block)(block.images.double(), block.labels, block.targets.double())
    steps.begin(double, 0)
    for index in range(block.batches):
        trainee.run(index, observe=False)
        steps.run(index, observe=False)
    torch.testing.assert_close(trainee.logits, steps.logits, rtol=1e-8, atol=1e-9)
    for name, array in trainee.parameters.arrays().items():
        np.testing.assert_allclose(array, parameters.value(name)[0], rtol=1e-7, atol=1e-9, err_msg=name)


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_activation_and_loss_learns_as_in_the_torch_engine(activation: str, loss: str):
    run_config = short(network={"activation": activation}, loss=loss, training={"epochs": 2})
    ours, theirs = run(run_config), Outcome(list(torch_engine.train(run_config, digits(), CPU)))
    assert ours.epochs[-1].train_loss < ours.epochs[0].train_loss
    np.testing.assert_allclose(
        [step.loss for step in ours.steps], [step.loss for step in theirs.steps], rtol=1e-4
    )


@pytest.mark.parametrize("initialisation", ["glorot_normal", "he_uniform", "gaussian", "zeros"])
def test_it_starts_from_the_weights_that_every_engine_starts_from(initialisation: str):
    run_config = short(network={"initialisation": initialisation, "biases": "zeros"}, training={"seed": 4})
    start = initial_parameters(run_config.network, 4)
    trainee = Trainee(run_config, digits())
    assert all(np.array_equal(array, start[name]) for name, array in trainee.parameters.arrays().items())


def test_a_resumed_run_equals_an_uninterrupted_one():
    run_config = short(
        network={"dropout": 0.2},
        regularisation={"activation_noise": 0.1, "gradient_noise": 1e-4},
        schedule={"name": "one_cycle"},
        training={"epochs": 4, "keep": "best"},
    )
    whole = run(run_config)
    resumed = run(run_config, state=whole.states[1])
    assert [state.epoch for state in resumed.states] == [3, 4]
    assert same_weights(whole.weights, resumed.weights)
    assert same_weights(whole.states[-1].optimizer, resumed.states[-1].optimizer)
    assert [epoch.train_loss for epoch in whole.epochs[2:]] == [epoch.train_loss for epoch in resumed.epochs]


def test_two_runs_with_one_seed_are_equal_and_with_two_are_not():
    noisy = {"network": {"dropout": 0.5}}
    weights = [run(short(**noisy, training={"epochs": 1, "seed": seed})).weights for seed in (0, 0, 1)]
    assert same_weights(weights[0], weights[1])
    assert not same_weights(weights[0], weights[2])


def test_states_are_copies_that_later_epochs_leave_alone():
    states = [event for event in train(short(), digits(), CPU) if isinstance(event, TrainingState)]
    assert not same_weights(states[0].weights, states[1].weights)
    assert all(array.dtype == np.float32 for array in states[0].weights.values())


def test_an_epoch_is_followed_by_its_state_and_patience_ends_the_run():
    outcome = run(short(training={"epochs": 50, "patience": 1, "minimum_change": 1.0}))
    kinds = [type(event).__name__ for event in outcome.events if type(event).__name__ != "Tick"]
    assert kinds[-2:] == ["EpochMetrics", "TrainingState"]
    assert kinds.count("EpochMetrics") == kinds.count("TrainingState") < 50


def test_divergence_is_told_in_words_without_warnings():
    # A factor of −199 a step for every weight, which soon leaves all bounds.
    run_config = short(
        optimizer={"name": "sgd", "learning_rate": 10},
        regularisation={"l2": 10.0},
        network={"activation": "identity"},
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(DivergedError, match=r"Lower optimizer\.learning_rate"):
            run(run_config)


def test_a_time_limit_ends_the_run_after_the_part_of_the_first_epoch():
    outcome = run(short(training={"epochs": 1000, "batch_size": 1, "time_limit_seconds": 0.02}))
    assert outcome.epochs[-1].epoch == 1
    assert 1 <= outcome.epochs[-1].step < len(digits().train_labels)


def test_without_validation_images_dead_units_are_looked_for_on_training_images():
    outcome = run(short(training={"epochs": 1}), random_splits(train=40, validation=0))
    assert outcome.epochs[0].validation_loss is None
    assert outcome.epochs[0].predictions == b""
    assert outcome.epochs[0].layers[0].dead_share is not None


def test_weights_of_norm_zero_have_no_update_ratio():
    run_config = short(network={"initialisation": "zeros", "biases": "zeros"})
    trainee = Trainee(run_config, digits())
    observer = Observer(run_config.network, trainee.parameters)
    assert observer.finish_epoch((0.0, 0.0))[0].gradient_norm is None
    outcome = run(run_config)
    assert outcome.epochs[0].layers[0].update_ratio is None


def test_the_kept_weights_are_measured_by_the_torch_network():
    run_config = short(training={"epochs": 4})
    outcome = run(run_config)
    result = conclude(run_config, digits(), CPU, outcome.states[-1], outcome.epochs, 1.0, 1)
    assert result.validation is not None
    assert result.validation.loss == pytest.approx(outcome.epochs[-1].validation_loss, rel=1e-5)
    assert result.validation.accuracy == outcome.epochs[-1].validation_accuracy
    assert result.layers == outcome.epochs[-1].layers


def test_what_it_cannot_train_it_refuses():
    for sections in ({"network": {"batch_norm": True}}, {"network": {"kind": "cnn"}}):
        with pytest.raises(ValueError, match="MLPs without batch norm"):
            next(train(RunConfig.model_validate(sections), digits(), CPU))
