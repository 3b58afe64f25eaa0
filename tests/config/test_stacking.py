"""Which runs share a stack."""

from typing import Any

import pytest

from explorer.config.fields import all_fields
from explorer.config.run import RunConfig
from explorer.config.stacking import FREE_FIELDS, stack_key

CNN = {"kind": "cnn", "blocks": [{"filters": 4}], "hidden": [8]}
OWN: list[dict[str, Any]] = [
    {"training": {"seed": 3, "patience": 2, "monitor": "train_loss", "keep": "best"}},
    {"training": {"time_limit_seconds": 5, "minimum_change": 0.1}},
    {"optimizer": {"learning_rate": 0.5}},
    {"network": {"activation": "prelu", "dropout": 0.5, "initialisation": "gaussian", "biases": "zeros"}},
    {"schedule": {"name": "step", "gamma": 0.5, "step_epochs": 3, "warmup_epochs": 2}},
    {"regularisation": {"l2": 1, "l1": 1, "activation_noise": 1, "gradient_noise": 1, "clip_norm": 1}},
    {"data": {"split_seed": 4, "scaling": "unit"}},
]
SHARED: list[dict[str, Any]] = [
    {"network": {"hidden": [65]}},
    {"network": {"batch_norm": True}},
    {"network": CNN},
    {"loss": "mean_squared_error"},
    {"optimizer": {"name": "sgd"}},
    {"optimizer": {"reduction": "sum"}},
    {"training": {"batch_size": 65}},
    {"training": {"epochs": 11}},
    {"training": {"device": "cpu"}},
    {"data": {"dataset": "mnist"}},
    {"data": {"train_size": 100}},
    {"data": {"validation_size": 100}},
    {"data": {"augmentation": {"shift": 1}}},
    {"data": {"features": "hog"}},
]


def key(**sections: Any) -> str | None:
    return stack_key(RunConfig.model_validate(sections))


@pytest.mark.parametrize("sections", OWN)
def test_each_network_of_a_stack_has_its_own(sections: dict[str, Any]) -> None:
    assert key(**sections) == key()


def test_momentum_and_nesterov_are_a_networks_own() -> None:
    plain, other = {"name": "sgd"}, {"name": "sgd", "momentum": 0.9, "nesterov": True}
    assert key(optimizer=plain) == key(optimizer=other)
    assert key(optimizer={"name": "adamw"}) == key(optimizer={"name": "adamw", "weight_decay": 0.1})


@pytest.mark.parametrize("sections", SHARED)
def test_a_stack_shares(sections: dict[str, Any]) -> None:
    assert key(**sections) != key()


def test_labels_are_a_networks_own_where_the_numbers_of_images_are_given() -> None:
    sizes = {"train_size": 100, "validation_size": 0}
    assert key(data=sizes | {"labels": [3, 8]}) == key(data=sizes | {"labels": [4, 9]}) == key(data=sizes)
    for given in ({}, {"train_size": 100}, {"validation_size": 0}):
        assert len({key(data=given | {"labels": labels}) for labels in ([3, 8], [4, 9], [])}) == 3


def test_the_numpy_engine_trains_one_at_a_time() -> None:
    assert key(training={"engine": "numpy"}) is None


def test_a_preset_is_the_network_that_it_names() -> None:
    named = RunConfig.model_validate({"network": {"preset": "lenet"}})
    spelt = named.model_copy(update={"network": named.network.model_copy(update={"preset": None})})
    assert stack_key(named) == stack_key(spelt)


def test_every_free_field_is_a_field() -> None:
    assert {each.path for each in all_fields(RunConfig)} >= FREE_FIELDS
