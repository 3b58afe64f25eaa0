"""What the engine reaches on real MNIST."""

from typing import Any

import pytest

from explorer.data.splits import load_splits
from explorer.settings import Settings
from explorer.training.conclusion import conclude
from tests.training.samples import CPU, config, run

PERCEPTRON = {"hidden": [512, 128], "activation": "sigmoid"}


@pytest.mark.mnist
@pytest.mark.parametrize(
    ("network", "training", "least"),
    [
        (PERCEPTRON, {"batch_size": 512, "epochs": 15}, 0.975),
        ({"preset": "lenet"}, {"batch_size": 64, "epochs": 5}, 0.987),
    ],
)
def test_real_mnist_is_learned(
    network: dict[str, Any], training: dict[str, Any], least: float, mnist_settings: Settings
) -> None:
    settings = config(
        data={"dataset": "mnist"},
        network=network,
        optimizer={"name": "adam", "learning_rate": 0.001},
        training=training,
    )
    splits = load_splits(settings.data, mnist_settings.data)
    outcome = run(settings, splits)
    result = conclude(settings, splits, CPU, outcome.states[-1], outcome.epochs, 1.0, 1)
    assert result.test.images == 10_000
    assert result.test.accuracy >= least
