"""The end of a run: figures of the kept weights on all three splits."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from explorer.data.preparation import measure_scaling, prepare
from explorer.models.network import DigitNetwork
from explorer.training.conclusion import conclude
from tests.training.samples import CPU, config, digits, random_splits, run


def test_the_result_is_that_of_a_module_with_the_last_weights() -> None:
    settings = config(training={"epochs": 3})
    outcome = run(settings)
    result = conclude(settings, digits(), CPU, outcome.states[-1], outcome.epochs, 2.0, 1)
    module = DigitNetwork(settings.network)
    module.load_state_dict({name: torch.from_numpy(array) for name, array in outcome.weights.items()})
    images, labels = digits().test_images, digits().test_labels
    with torch.no_grad():
        answers = module(prepare(images, measure_scaling(settings.data, digits().train_images)))
    predictions = answers.argmax(1)
    assert result.test.accuracy == (predictions == labels).double().mean().item()
    assert result.test.images == len(labels)
    assert result.test.confusion[3][3] == int(((labels == 3) & (predictions == 3)).sum())
    assert result.test.loss == pytest.approx(
        torch.nn.functional.cross_entropy(answers, labels).item(), rel=1e-5
    )
    assert (result.parameters, result.epochs_run, result.threads) == (784 * 64 + 64 + 64 * 10 + 10, 3, 1)
    assert result.train.images == len(digits().train_labels)
    assert result.validation is not None
    assert result.validation.accuracy == outcome.epochs[-1].validation_accuracy
    assert result.validation.loss == pytest.approx(outcome.epochs[-1].validation_loss, rel=1e-5)
    assert len({result.train.loss, result.validation.loss, result.test.loss}) == 3
    assert result.samples_per_second == 3 * len(digits().train_labels) / 2.0
    assert result.layers == outcome.epochs[-1].layers
    assert (result.kept_epoch, result.duration_seconds) == (3, 2.0)
    assert result.predict_seconds is not None
    assert result.predict_seconds > 0


def test_keep_best_measures_the_best_epochs_weights_and_keep_last_the_last() -> None:
    # No accuracy is better than another by more than 1: the first epoch stays the best.
    training = {"epochs": 3, "monitor": "validation_accuracy", "minimum_change": 1.0}
    settings = config(training={**training, "keep": "best"})
    outcome = run(settings)
    first, last = outcome.epochs[0], outcome.epochs[-1]
    result = conclude(settings, digits(), CPU, outcome.states[-1], outcome.epochs, 1.0, 1)
    assert (result.best_epoch, result.kept_epoch, result.epochs_run) == (1, 1, 3)
    assert result.validation is not None
    assert result.validation.loss == pytest.approx(first.validation_loss, rel=1e-4)
    assert result.layers == first.layers != last.layers
    settings = config(training=training)
    result = conclude(settings, digits(), CPU, run(settings).states[-1], outcome.epochs, 1.0, 1)
    assert (result.best_epoch, result.kept_epoch) == (1, 3)
    assert result.validation is not None
    assert result.validation.loss == pytest.approx(last.validation_loss, rel=1e-4)
    assert result.layers == last.layers


def test_there_need_be_no_validation_images_and_no_history() -> None:
    splits = random_splits(30, validation=0)
    settings = config(data={"validation_size": 0}, training={"epochs": 1, "monitor": "train_loss"})
    state = run(settings, splits).states[-1]
    result = conclude(settings, splits, CPU, state, (), 0.0, 2)
    assert result.validation is None
    assert result.layers == ()
    assert result.samples_per_second == 0.0


def test_a_convolutional_network_with_batch_norm_answers_as_it_did_in_training() -> None:
    network = {"kind": "cnn", "blocks": [{"filters": 4}], "hidden": [12], "batch_norm": True, "dropout": 0.5}
    settings = config(network=network, training={"epochs": 2})
    outcome = run(settings)
    result = conclude(settings, digits(), CPU, outcome.states[-1], outcome.epochs, 1.0, 1)
    assert result.validation is not None
    assert result.validation.accuracy == outcome.epochs[-1].validation_accuracy


def test_weights_may_be_read_only_arrays() -> None:
    settings = config(training={"epochs": 1})
    outcome = run(settings)
    frozen = {name: np.array(array) for name, array in outcome.weights.items()}
    for array in frozen.values():
        array.flags.writeable = False
    state = replace(outcome.states[-1], weights=frozen)
    one, other = (conclude(settings, digits(), CPU, each, (), 1.0, 1) for each in (state, outcome.states[-1]))
    assert one == other
