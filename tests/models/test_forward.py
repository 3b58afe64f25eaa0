import subprocess
import sys
from typing import Any, get_args

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.config.run import Activation, Network
from explorer.errors import CheckpointError
from explorer.models import forward as module
from explorer.models.architecture import parameter_shapes
from explorer.models.forward import fitting_weights, forward
from explorer.models.network import restored

ACTIVATIONS = get_args(Activation)
BLOCKS = st.fixed_dictionaries(
    {
        "filters": st.integers(1, 5),
        "kernel": st.integers(1, 6),
        "padding": st.sampled_from(["same", "valid"]),
        "pooling": st.integers(1, 3),
    }
)


def drawn_weights(network: Network, seed: int = 0, inputs: int | None = None) -> dict[str, Any]:
    """Weights of every kind that a trained network has, none of them at its start value."""
    module = restored(network, random_arrays(network, seed, inputs), inputs=inputs)
    return {name: value.numpy() for name, value in module.state_dict().items()}


def random_arrays(network: Network, seed: int, inputs: int | None) -> dict[str, np.ndarray]:
    generator = np.random.default_rng(seed)
    made = {}
    for name, shape in parameter_shapes(network, inputs=inputs).items():
        spread = 1 / max(1, np.prod(shape[1:])) ** 0.5
        made[name] = generator.normal(0, spread if len(shape) > 1 else 0.3, shape).astype(np.float32)
        if name.endswith("running_var"):
            made[name] = np.abs(made[name]) + np.float32(0.2)
    return made


def assert_equal_to_torch(network: Network, images: np.ndarray, inputs: int | None = None) -> None:
    weights = drawn_weights(network, inputs=inputs)
    expected, kept = restored(network, weights, inputs=inputs).answer(torch.from_numpy(images))
    ours = forward(network, fitting_weights(network, weights, inputs), images)
    np.testing.assert_allclose(ours.logits, expected.numpy(), rtol=1e-5, atol=1e-5)
    assert len(ours.activations) == len(kept)
    for mine, theirs in zip(ours.activations, kept, strict=True):
        np.testing.assert_allclose(mine, theirs.numpy(), rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(ours.probabilities, torch.softmax(expected, 1).numpy(), atol=1e-5)


def images(count: int = 2, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, 1, (count, 1, 28, 28)).astype(np.float32)


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("batch_norm", [False, True])
def test_every_activation_answers_as_torch_does(activation: str, batch_norm: bool):
    facts = {"activation": activation, "batch_norm": batch_norm, "dropout": 0.5}
    assert_equal_to_torch(Network.model_validate({"hidden": [9, 7], **facts}), images())
    blocks = [{"filters": 4, "kernel": 3, "pooling": 2}]
    assert_equal_to_torch(
        Network.model_validate({"kind": "cnn", "blocks": blocks, "hidden": [6], **facts}), images()
    )


@pytest.mark.parametrize("preset", ["lenet", "keras_cnn"])
def test_the_presets_answer_as_torch_does(preset: str):
    assert_equal_to_torch(Network.model_validate({"preset": preset}), images(1))


@settings(max_examples=25, deadline=None)
@given(
    blocks=st.lists(BLOCKS, min_size=1, max_size=3),
    hidden=st.lists(st.integers(1, 20), max_size=2),
    activation=st.sampled_from(ACTIVATIONS),
    batch_norm=st.booleans(),
    count=st.integers(1, 3),
)
def test_any_convolutional_network_answers_as_torch_does(
    blocks: list[dict[str, Any]], hidden: list[int], activation: str, batch_norm: bool, count: int
):
    side = 28
    kept = []
    for block in blocks:
        side = (side if block["padding"] == "same" else side - block["kernel"] + 1) // block["pooling"]
        if side < 1:
            break
        kept.append(block)
    if not kept:
        return
    network = Network.model_validate(
        {"kind": "cnn", "blocks": kept, "hidden": hidden, "activation": activation, "batch_norm": batch_norm}
    )
    assert_equal_to_torch(network, images(count))


def test_features_take_the_place_of_pixels():
    features = np.random.default_rng(2).random((3, 324)).astype(np.float32)
    assert_equal_to_torch(Network.model_validate({"hidden": [30, 20]}), features, inputs=324)


def test_portions_of_a_wide_convolution_make_one_whole(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "PORTION_BYTES", 5 * 4 * 9 * 26)  # five rows of 26 places at a time
    blocks = [{"filters": 3, "kernel": 3, "padding": "valid", "pooling": 1}]
    assert_equal_to_torch(Network.model_validate({"kind": "cnn", "blocks": blocks, "hidden": []}), images(1))


def test_great_sums_are_answered_without_overflow():
    network = Network.model_validate({"hidden": [5], "activation": "sigmoid"})
    weights = {name: 1000 * array for name, array in drawn_weights(network).items()}
    with np.errstate(all="raise", under="ignore"):
        answer = forward(network, weights, 100 * images(1))
        assert np.isfinite(answer.probabilities).all()


def test_weights_of_another_network_are_refused():
    network = Network.model_validate({"hidden": [9]})
    weights = drawn_weights(network)
    with pytest.raises(CheckpointError, match="does not fit"):
        fitting_weights(Network.model_validate({"hidden": [8]}), weights)
    with pytest.raises(CheckpointError, match="does not fit"):
        fitting_weights(network, {"hidden.0.weight": weights["hidden.0.weight"]})


def test_it_needs_no_torch():
    program = "import sys, explorer.models.forward; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
