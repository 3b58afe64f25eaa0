from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch

from explorer.classical.feature_files import open_features
from explorer.config.parsing import baseline_from_paths
from explorer.data.splits import load_splits, splits_of_features
from explorer.errors import CheckpointError, ExportError
from explorer.inspection.subject import subject
from explorer.records import RunStatus
from explorer.sharing.onnx_graph import onnx_model
from explorer.sharing.source import Source
from explorer.storage.checkpoints import Checkpoints
from explorer.storage.store import open_store
from tests.sharing.trained import BLOCKS, train


@pytest.mark.parametrize(
    "fields",
    [
        {"network__activation": "prelu", "network__hidden": [12, 9]},
        {"network__batch_norm": True, "network__activation": "gelu", "network__hidden": [12]},
        {"network__kind": "cnn", "network__blocks": BLOCKS, "network__activation": "prelu"},
        {
            "network__kind": "cnn",
            "network__blocks": BLOCKS,
            "network__activation": "silu",
            "network__batch_norm": True,
            "data__scaling": "unit",
        },
        {"network__preset": "lenet", "network__activation": "sigmoid", "data__scaling": "none"},
        {"network__activation": "leaky_relu", "loss": "binary_cross_entropy", "data__noisy_copies": 1},
    ],
    ids=["prelu", "batch norm", "cnn prelu", "cnn batch norm", "lenet", "leaky"],
)
def test_onnxruntime_gives_the_logits_of_the_network(fields: dict[str, object], settings):
    source = train(settings, **fields)
    splits = load_splits(source.config.data, settings.data)
    ours = subject(source.config, source.weights, splits.train_images)
    session = onnxruntime.InferenceSession(onnx_model(source), providers=["CPUExecutionProvider"])
    images = splits.test_images.numpy().astype(np.float32)  # pixels in 0…255: the scaling is inside
    logits, probabilities = session.run(["logits", "probabilities"], {"images": images})
    assert np.abs(logits - ours.logits(splits.test_images).numpy()).max() < 1e-4
    expected = torch.softmax(torch.tensor(logits), 1).numpy()
    np.testing.assert_allclose(probabilities, expected, atol=1e-6)
    right = (logits.argmax(1) == splits.test_labels.numpy()).sum()
    assert right == source.result.test.correct


def test_a_network_on_hog_features_takes_these(settings):
    source = train(settings, data__features="hog", data__hog__cell_size=14, data__hog__block_size=1)
    found = open_features("digits", source.config.data.hog, settings.data, settings.home)
    assert found is not None
    splits = splits_of_features(source.config.data, settings.data, found.train, found.test)
    ours = subject(source.config, source.weights, splits.train_images)
    session = onnxruntime.InferenceSession(onnx_model(source), providers=["CPUExecutionProvider"])
    (logits,) = session.run(["logits"], {"features": splits.test_images.numpy()})
    assert np.abs(logits - ours.logits(splits.test_images).numpy()).max() < 1e-4


def test_any_number_of_images_is_answered_and_the_model_says_what_it_is(settings):
    source = train(settings)
    content = onnx_model(source)
    model = onnx.load_from_string(content)
    facts = {entry.key: entry.value for entry in model.metadata_props}
    assert facts["run"] == str(source.run.id)
    assert float(facts["test_accuracy"]) == source.result.test.accuracy
    assert "pixels from 0" in model.doc_string
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    for count in (1, 7):
        (logits,) = session.run(["logits"], {"images": np.zeros((count, 1, 28, 28), np.float32)})
        assert logits.shape == (count, 10)


def test_a_run_without_weights_is_refused_in_words(settings):
    store = open_store(settings)
    run = store.create_run(train(settings).config)
    with pytest.raises(ExportError, match="has no weights yet"):
        onnx_model(Source(store, settings, run))


def test_damaged_weights_are_named(settings):
    source = train(settings)
    path = Checkpoints(settings, source.run.id).folder / "epoch-0002.safetensors"
    Path(path).write_bytes(path.read_bytes()[:-40])
    with pytest.raises(CheckpointError, match="damaged"):
        onnx_model(source)


def test_a_baseline_has_no_network(settings):
    store = open_store(settings)
    run = store.create_run(baseline_from_paths({"baseline.model": "knn"}))
    store.end(run.id, RunStatus.STOPPED)
    with pytest.raises(ExportError, match="classical method"):
        onnx_model(Source(store, settings, store.run(run.id)))
