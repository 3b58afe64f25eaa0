"""Names that tell runs apart at a glance."""

from typing import Any

import pytest

from explorer.config.parsing import parse_config
from explorer.storage.names import default_name


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({}, "64 · relu · adam 0.001"),
        ({"network": {"hidden": [512, 128], "activation": "sigmoid"}}, "512-128 · sigmoid · adam 0.001"),
        (
            {"network": {"preset": "lenet"}, "optimizer": {"name": "sgd", "learning_rate": 0.1}},
            "lenet · relu · sgd 0.1",
        ),
        ({"network": {"kind": "cnn", "hidden": [32]}}, "conv 16-32 + 32 · relu · adam 0.001"),
        ({"network": {"kind": "cnn", "hidden": []}}, "conv 16-32 · relu · adam 0.001"),
        ({"optimizer": {"learning_rate": 0.00001}}, "64 · relu · adam 1e-05"),
    ],
)
def test_a_name_says_architecture_activation_and_optimizer(values: dict[str, Any], name: str) -> None:
    assert default_name(parse_config(values)) == name
