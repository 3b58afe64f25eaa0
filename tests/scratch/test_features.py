"""The NumPy engine on feature vectors in place of images."""

import numpy as np
import pytest

from explorer.scratch.engine import train
from explorer.training import engine as torch_engine
from tests.training.samples import CPU, Outcome, same_weights
from tests.training.test_features import on_features, random_features


@pytest.mark.parametrize("scaling", ["standard", "none"])
def test_training_on_features_equals_the_torch_engine_s(scaling: str):
    settings, splits = on_features(data={"scaling": scaling}), random_features()
    ours = Outcome(list(train(settings, splits, CPU)))
    theirs = Outcome(list(torch_engine.train(settings, splits, CPU)))
    assert ours.weights.keys() == theirs.weights.keys()
    for name, weights in ours.weights.items():
        np.testing.assert_allclose(weights, theirs.weights[name], rtol=1e-3, atol=1e-5, err_msg=name)
    for one, other in zip(ours.epochs, theirs.epochs, strict=True):
        assert one.train_loss == pytest.approx(other.train_loss, rel=1e-4)
        assert one.predictions == other.predictions


def test_a_run_on_features_goes_on_as_if_never_interrupted():
    settings, splits = on_features(optimizer={"name": "adam", "learning_rate": 0.01}), random_features()
    whole = Outcome(list(train(settings, splits, CPU)))
    second = Outcome(list(train(settings, splits, CPU, whole.states[1])))
    assert same_weights(second.weights, whole.weights)
