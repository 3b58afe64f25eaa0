"""Networks on feature vectors in place of images."""

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from explorer.config.run import RunConfig
from explorer.data.features import inputs_of
from explorer.data.splits import Splits
from explorer.models.initialisation import initial_parameters
from explorer.training.conclusion import conclude
from explorer.training.randomness import Purpose, seed_for
from explorer.training.stack import Member, train_stack
from tests.training.samples import CPU, Outcome, config, run, same_weights

HOG = {"cell_size": 14}  # one block of 2×2 cells: 36 features
FEATURES = 36
BATCH, EPOCHS, UNITS = 16, 4, 12


def random_features(train: int = 50, validation: int = 20, test: int = 20) -> Splits:
    """Skewed numbers in [0, 1] that tell a little of their class."""
    random = np.random.default_rng(3)
    parts: list[Tensor] = []
    for count in (train, validation, test):
        labels = random.integers(0, 10, count)
        vectors = random.random((count, FEATURES)) ** 3
        vectors[np.arange(count), labels] += 0.5
        parts += [torch.from_numpy(vectors.astype(np.float32)), torch.from_numpy(labels)]
    return Splits(*parts, *(np.arange(count) for count in (train, validation, test)))


def on_features(**sections: Any) -> RunConfig:
    sections["data"] = {"features": "hog", "hog": HOG, **sections.get("data", {})}
    sections["network"] = {"hidden": [UNITS], **sections.get("network", {})}
    sections["optimizer"] = {"name": "sgd", "learning_rate": 0.1, **sections.get("optimizer", {})}
    sections["training"] = {"epochs": EPOCHS, "batch_size": BATCH, **sections.get("training", {})}
    return config(**sections)


def loop_by_hand(settings: RunConfig, splits: Splits) -> tuple[nn.Module, list[Tensor]]:
    """The network after plain autograd and SGD, and its standardised or plain parts."""
    vectors = [splits.train_images, splits.validation_images, splits.test_images]
    if settings.data.scaling == "standard":
        mean, deviation = vectors[0].double().mean(), vectors[0].double().std(correction=0)
        vectors = [((part - mean) / deviation).float() for part in vectors]
    norm = [nn.BatchNorm1d(UNITS)] if settings.network.batch_norm else []
    module = nn.Sequential(nn.Linear(FEATURES, UNITS), *norm, nn.ReLU(), nn.Linear(UNITS, 10))
    names = ["hidden.0.weight", "hidden.0.bias"]
    names += ["hidden.0.norm.weight", "hidden.0.norm.bias"] if norm else []
    start = initial_parameters(settings.network, settings.training.seed, inputs=FEATURES)
    with torch.no_grad():
        for parameter, name in zip(
            module.parameters(), [*names, "output.weight", "output.bias"], strict=True
        ):
            parameter.copy_(start[name])
    descent = torch.optim.SGD(module.parameters(), lr=settings.optimizer.learning_rate)
    for epoch in range(1, EPOCHS + 1):
        generator = torch.Generator().manual_seed(seed_for(settings.training.seed, Purpose.ORDER, epoch))
        for chosen in torch.randperm(len(splits.train_labels), generator=generator).split(BATCH):
            descent.zero_grad()
            nn.functional.cross_entropy(module(vectors[0][chosen]), splits.train_labels[chosen]).backward()
            descent.step()
    return module.eval(), vectors


@pytest.mark.parametrize("batch_norm", [False, True], ids=["explicit", "autograd"])
@pytest.mark.parametrize("scaling", ["standard", "unit"])
def test_training_on_features_equals_a_loop_by_hand(scaling: str, batch_norm: bool):
    settings = on_features(data={"scaling": scaling}, network={"batch_norm": batch_norm})
    splits = random_features()
    outcome = run(settings, splits)
    module, (train, validation, test) = loop_by_hand(settings, splits)
    linear = [layer for layer in module.modules() if isinstance(layer, nn.Linear)]
    assert outcome.weights["hidden.0.weight"].shape == (UNITS, FEATURES)
    for layer, name in zip(linear, ("hidden.0", "output"), strict=True):
        for kind in ("weight", "bias"):
            expected = getattr(layer, kind).detach().numpy()
            np.testing.assert_allclose(
                outcome.weights[f"{name}.{kind}"], expected, rtol=1e-3, atol=1e-5, err_msg=f"{name}.{kind}"
            )
    with torch.no_grad():
        predictions = module(validation).argmax(1)
    assert outcome.epochs[-1].predictions == predictions.to(torch.uint8).numpy().tobytes()
    result = conclude(settings, splits, CPU, outcome.states[-1], outcome.epochs, 1.0, 1)
    for part, vectors, labels in (
        (result.train, train, splits.train_labels),
        (result.test, test, splits.test_labels),
    ):
        with torch.no_grad():
            right = (module(vectors).argmax(1) == labels).double().mean().item()
        assert part.accuracy == pytest.approx(right)
    norms = 2 * UNITS if batch_norm else 0
    assert result.parameters == FEATURES * UNITS + UNITS + norms + UNITS * 10 + 10


@pytest.mark.parametrize("batch_norm", [False, True], ids=["explicit", "autograd"])
@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_a_run_on_features_goes_on_as_if_never_interrupted(optimizer: str, batch_norm: bool):
    settings = on_features(
        network={"batch_norm": batch_norm, "dropout": 0.2},
        optimizer={"name": optimizer, "learning_rate": 0.01},
    )
    splits = random_features()
    whole = run(settings, splits)
    second = run(settings, splits, whole.states[1])
    assert [state.epoch for state in second.states] == [3, 4]
    assert same_weights(second.weights, whole.weights)


@pytest.mark.parametrize("batch_norm", [False, True], ids=["explicit", "autograd"])
def test_a_stack_on_features_trains_each_network_as_if_it_were_alone(batch_norm: bool):
    splits = random_features()
    alone = [
        on_features(
            data={"scaling": scaling},
            network={"batch_norm": batch_norm},
            optimizer={"learning_rate": rate},
            training={"seed": seed},
        )
        for scaling, rate, seed in (("standard", 0.1, 0), ("unit", 0.2, 0), ("standard", 0.05, 1))
    ]
    events = list(train_stack([Member(settings, splits) for settings in alone], CPU))
    for place, settings in enumerate(alone):
        outcome = Outcome([event for index, event in events if index == place])
        expected = run(settings, splits)
        assert [epoch.epoch for epoch in outcome.epochs] == [1, 2, 3, 4]
        for name, weights in expected.weights.items():
            np.testing.assert_allclose(outcome.weights[name], weights, rtol=1e-3, atol=1e-5, err_msg=name)


def test_a_run_leaves_its_features_as_they_were():
    splits = random_features()
    before = [part.clone() for part in (splits.train_images, splits.validation_images, splits.test_images)]
    outcome: Outcome = run(on_features(), splits)
    conclude(on_features(), splits, CPU, outcome.states[-1], outcome.epochs, 1.0, 1)
    after = (splits.train_images, splits.validation_images, splits.test_images)
    assert all(torch.equal(one, other) for one, other in zip(before, after, strict=True))


def test_a_network_of_the_fourth_report_has_153_930_parameters():
    settings = config(data={"features": "hog"}, network={"hidden": [300, 150, 70]})
    assert inputs_of(settings.data) == 324
    start = initial_parameters(settings.network, 0, inputs=324)
    # 324·300 + 300, 300·150 + 150, 150·70 + 70, 70·10 + 10
    assert sum(tensor.numel() for tensor in start.values()) == 97_500 + 45_150 + 10_570 + 710
