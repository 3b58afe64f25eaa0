import math

import numpy as np
import pytest
import torch

from explorer.config.parsing import config_from_paths
from explorer.errors import DatasetError
from explorer.jobs.answering import KNOWN
from explorer.jobs.looking import Looking
from explorer.jobs.range_testing import range_tested
from explorer.jobs.range_tests import KIND, LARGEST_BATCH, LEFT_OUT, config_of, request_for
from explorer.settings import Settings
from explorer.storage.arrays import Arrays
from explorer.storage.store import Store
from explorer.training.range_test import range_test, suggest


def request(**values: object) -> dict[str, object]:
    changed = {path.replace("__", "."): value for path, value in values.items()}
    return request_for(config_from_paths({"network.hidden": [6], **changed}))


def answer(looking: Looking, asked: dict[str, object]) -> tuple[Arrays, list[float], list[int]]:
    """The whole answer, the progress of each part, and how many steps those with arrays had."""
    working = range_tested(asked, looking)
    progress, steps = [], []
    while True:
        try:
            part = next(working)
        except StopIteration as end:
            return end.value, progress, steps
        progress.append(part.progress)
        if part.arrays is not None:
            steps.append(len(part.arrays["rates"]))


@pytest.fixture
def looking(store: Store, settings: Settings) -> Looking:
    return Looking(store, settings)


def test_the_answer_is_that_of_the_range_test_and_grows(looking: Looking):
    asked = request()
    found, progress, steps = answer(looking, asked)
    config = config_of(asked)
    expected = list(range_test(config, looking.load(config.data), torch.device("cpu")))
    assert found["losses"].tolist() == [step.loss for step in expected]
    suggestion = suggest(found["rates"], found["smoothed"])
    assert suggestion is not None
    assert found["steepest"] == suggestion.steepest
    assert found["tenth_of_least"] == suggestion.tenth_of_least
    assert progress == sorted(progress)
    assert progress[0] >= 0
    assert progress[-1] <= 1
    assert steps == list(range(10, len(expected) + 1, 10))


def test_where_the_loss_falls_nowhere_the_suggestion_is_no_number(looking: Looking):
    # Weights of zero in two layers get no gradient but for the last biases, which change little.
    zero = {"network__initialisation": "zeros", "network__biases": "zeros", "network__hidden": [6, 6]}
    found, _, _ = answer(looking, request(**zero, optimizer__name="sgd", regularisation__clip_norm=1e-6))
    assert math.isnan(found["steepest"])
    assert math.isnan(found["tenth_of_least"])
    assert np.isfinite(found["losses"]).all()


def test_a_network_on_hog_features_is_tested_too(looking: Looking):
    found, _, _ = answer(looking, request(data__features="hog"))
    assert 1e-5 < found["steepest"] < 1


def test_rate_epochs_and_schedule_ask_the_same_question():
    other = request(
        optimizer__learning_rate=3.0,
        training__epochs=99,
        schedule__name="cosine",
        training__patience=3,
        training__device="cpu",
    )
    assert other == request()
    assert not set(LEFT_OUT) & set(other["settings"])


@pytest.mark.parametrize(
    "change",
    [
        {"optimizer__name": "sgd"},
        {"training__batch_size": 32},
        {"training__seed": 1},
        {"data__scaling": "unit"},
    ],
    ids=str,
)
def test_what_matters_asks_another_question(change: dict[str, object]):
    assert request(**change) != request()


def test_a_preset_asks_what_its_layers_ask():
    lenet = config_from_paths({"network.preset": "lenet"})
    values = {"network.kind": "cnn", "network.blocks": [block.model_dump() for block in lenet.network.blocks]}
    own = config_from_paths({**values, "network.hidden": list(lenet.network.hidden)})
    assert request_for(lenet) == request_for(own)
    assert config_of(request_for(lenet)).network.blocks == lenet.network.blocks


def test_batches_of_the_whole_set_are_bounded():
    config = config_of(request(data__dataset="mnist", training__batch_size="full"))
    assert config.data.train_size == LARGEST_BATCH
    assert config.training.batch_size == "full"
    assert config_of(request(training__batch_size="full")).data.train_size == 1_293  # all of the digits


def test_a_dataset_that_is_missing_is_said_to_be(looking: Looking):
    with pytest.raises(DatasetError, match="mnist"):
        answer(looking, request(data__dataset="mnist"))


def test_the_inspector_knows_the_question():
    assert KNOWN[KIND] is range_tested
