import math

import numpy as np
import pytest
import torch

from explorer.config.parsing import config_from_paths
from explorer.errors import AnalysisError
from explorer.jobs import previewing
from explorer.jobs.looking import Looking
from explorer.jobs.previewing import preview
from explorer.jobs.previews import small_copies, values_around
from explorer.records import EpochMetrics
from explorer.settings import Settings
from explorer.storage.arrays import Arrays
from explorer.storage.store import Store
from explorer.training.engine import train

RATE = "optimizer.learning_rate"


@pytest.fixture
def looking(store: Store, settings: Settings) -> Looking:
    return Looking(store, settings)


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a slow machine as many epochs as on a fast one."""
    monkeypatch.setattr(previewing, "ENOUGH_SECONDS", 1e9)


def answer(looking: Looking, values: dict[str, object], field: str = RATE) -> tuple[Arrays, list[int]]:
    """The whole answer, and how many epochs each part of it had."""
    config = config_from_paths({"network.hidden": [6], "training.epochs": 2, **values})
    working = preview({"field": field, "config": config.model_dump(mode="json")}, looking)
    parts: list[int] = []
    while True:
        try:
            part = next(working)
        except StopIteration as end:
            return end.value, parts
        if part.arrays is not None:
            parts.append(len(part.arrays["validation_accuracy"]))


def test_each_value_comes_out_as_if_it_had_been_trained_alone(looking: Looking):
    config = config_from_paths({"network.hidden": [6], "training.epochs": 2})
    found, parts = answer(looking, {})
    assert parts == [1, 2]
    assert found["validation_accuracy"].shape == (2, len(values_around(config, RATE)))
    for place in (0, 10, 20):
        copy = small_copies(config, RATE)[place]
        alone = [
            event
            for event in train(copy, looking.load(copy.data), torch.device("cpu"))
            if isinstance(event, EpochMetrics)
        ]
        np.testing.assert_allclose(
            found["train_loss"][:, place], [epoch.train_loss for epoch in alone], rtol=1e-4
        )
        accuracies = [epoch.validation_accuracy or 0.0 for epoch in alone]
        np.testing.assert_allclose(found["validation_accuracy"][:, place], accuracies, atol=0.01)


def test_a_network_that_diverges_leaves_the_others_alone(looking: Looking):
    found, _ = answer(
        looking,
        {RATE: 1e-3, "optimizer.name": "sgd", "network.activation": "identity", "data.scaling": "none"},
    )
    last = found["validation_accuracy"][-1]
    assert math.isnan(last[-1])
    assert np.isfinite(last[:3]).all()


def test_when_time_is_up_no_epoch_is_begun(looking: Looking, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(previewing, "ENOUGH_SECONDS", 0.0)
    found, parts = answer(looking, {"training.epochs": 5})
    assert parts == [1]
    assert len(found["validation_accuracy"]) == 1


@pytest.mark.parametrize("field", ["regularisation.l2", "optimizer.momentum"])
def test_l2_and_momentum_have_their_ranges(looking: Looking, field: str):
    values = {"optimizer.name": "sgd", "optimizer.momentum": 0.9, "optimizer.nesterov": True, RATE: 0.05}
    found, _ = answer(looking, values, field)
    assert np.isfinite(found["train_loss"]).any()


def test_what_can_not_be_previewed_is_refused_in_words(looking: Looking):
    with pytest.raises(AnalysisError, match="batch norm"):
        answer(looking, {"network.batch_norm": True})
