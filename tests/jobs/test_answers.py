"""Every question about a run's network, asked of a real trained one."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from explorer.config.parsing import config_from_paths
from explorer.errors import AnalysisError, CheckpointError, RunNotFoundError
from explorer.jobs.answers import ANSWERERS, Part
from explorer.jobs.execution import train_here
from explorer.jobs.looking import Looking
from explorer.records import Run, RunResult
from explorer.settings import Settings, read_settings
from explorer.storage.arrays import Arrays, pack, unpack
from explorer.storage.checkpoints import Checkpoints
from explorer.storage.store import Store, open_store


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Store, Settings, Run]]:
    """A small network after three epochs of the bundled digits."""
    home: Path = tmp_path_factory.mktemp("home")
    settings = read_settings({"EXPLORER_HOME": str(home)})
    store = open_store(settings)
    config = config_from_paths({"network.hidden": [12, 9], "training.epochs": 3, "training.device": "cpu"})
    yield store, settings, train_here(store, settings, config)
    store.close()


def ask(trained: tuple[Store, Settings, Run], kind: str, **request: object) -> Arrays:
    """The answer, as it comes back from the store."""
    store, settings, run = trained
    whole = {"run_id": run.id, "epoch": 3, "part": "validation", **request}
    working = ANSWERERS[kind](whole, Looking(store, settings))
    while True:
        try:
            part = next(working)
        except StopIteration as end:
            return unpack(pack(end.value))
        assert isinstance(part, Part)
        assert 0 <= part.progress <= 1


def test_probabilities_are_those_behind_the_recorded_predictions(trained: tuple[Store, Settings, Run]):
    store, _, run = trained
    found = ask(trained, "probabilities")["probabilities"]
    predictions = np.frombuffer(store.predictions(run.id, 3), np.uint8)
    np.testing.assert_array_equal(found.argmax(1), predictions)
    np.testing.assert_allclose(found.sum(1), 1, rtol=1e-5)


def test_earlier_epochs_answer_otherwise(trained: tuple[Store, Settings, Run]):
    store, _, run = trained
    found = ask(trained, "probabilities", epoch=1)["probabilities"]
    np.testing.assert_array_equal(found.argmax(1), np.frombuffer(store.predictions(run.id, 1), np.uint8))


def test_test_answers_agree_with_the_result(trained: tuple[Store, Settings, Run]):
    store, settings, run = trained
    found = ask(trained, "probabilities", part="test")["probabilities"]
    _, labels = Looking(store, settings).open(run.id, 3).part("test")
    assert isinstance(run.result, RunResult)
    assert int((torch.from_numpy(found).argmax(1) == labels).sum()) == run.result.test.correct


@pytest.mark.parametrize(("kind", "more"), [("probabilities", {}), ("feature_maps", {"index": 0})])
def test_the_test_images_are_locked_until_the_run_has_ended(
    trained: tuple[Store, Settings, Run], kind: str, more: dict[str, int]
):
    store, settings, run = trained
    going = store.create_run(run.config)
    try:
        Checkpoints(settings, going.id).save_epoch(2, Checkpoints(settings, run.id).load(2))
        assert len(ask((store, settings, going), "probabilities", epoch=2)["probabilities"])
        with pytest.raises(AnalysisError, match="test images are locked until run"):
            ask((store, settings, going), kind, epoch=2, part="test", **more)
    finally:
        store.delete(going.id)


@pytest.mark.parametrize("method", ["input_times_gradient", "integrated_gradients", "occlusion"])
def test_an_attribution_has_a_number_a_pixel(trained: tuple[Store, Settings, Run], method: str):
    found = ask(trained, "attribution", index=2, digit=4, method=method)
    assert found["values"].shape == (28, 28)
    if method == "integrated_gradients":
        assert found["values"].sum() == pytest.approx(found["score"] - found["baseline_score"], abs=0.05)


def test_class_images_are_seen_while_they_grow(trained: tuple[Store, Settings, Run]):
    store, settings, run = trained
    working = ANSWERERS["class_images"](
        {"run_id": run.id, "epoch": 3, "seed": 0, "smooth": True}, Looking(store, settings)
    )
    first = next(working)
    assert first.arrays is not None
    assert first.arrays["images"].shape == (10, 28, 28)
    assert 0 < first.progress < 0.1


def test_without_a_unit_no_more_images_of_a_class_are_right_than_there_are(
    trained: tuple[Store, Settings, Run],
):
    found = ask(trained, "ablation", layer=1)
    assert found["without"].shape == (9, 10)
    assert (found["without"] <= found["images"]).all()
    predictions = ask(trained, "probabilities")["probabilities"].argmax(1)
    assert found["intact"].sum() <= len(predictions)
    assert (found["without"].sum(1) != found["intact"].sum()).any(), "some unit matters"


def test_a_unit_tells_what_drives_it(trained: tuple[Store, Settings, Run]):
    found = ask(trained, "unit", layer=0, unit=3)
    assert len(found["drivers"]) == len(found["driven"]) == 16
    assert (np.diff(found["driven"]) <= 0).all()


def test_feature_maps_come_layer_by_layer(trained: tuple[Store, Settings, Run]):
    found = ask(trained, "feature_maps", index=0)
    assert [found[f"map.{layer}"].shape for layer in range(2)] == [(12,), (9,)]


def test_activation_histograms_count_every_unit_and_image(trained: tuple[Store, Settings, Run]):
    found = ask(trained, "activations", images=100)
    assert [int(found[f"counts.{layer}"].sum()) for layer in range(2)] == [1_200, 900]


@pytest.mark.parametrize(("method", "dimensions"), [("pca", 3), ("tsne", 2)])
def test_an_embedding_has_a_point_an_image(
    trained: tuple[Store, Settings, Run], method: str, dimensions: int
):
    found = ask(trained, "embedding", layer=2, dimensions=dimensions, method=method, images=60)
    assert found["points"].shape == (60, dimensions)
    assert len(set(found["indices"].tolist())) == 60


def test_robustness_at_no_change_is_the_plain_accuracy(trained: tuple[Store, Settings, Run]):
    store, settings, run = trained
    _, labels = Looking(store, settings).open(run.id, 3).part("validation")
    plain = (ask(trained, "probabilities")["probabilities"].argmax(1) == labels.numpy()).mean()
    assert ask(trained, "robustness", change="shift")["accuracies"][0] == pytest.approx(plain)
    assert ask(trained, "changed_images", change="shift")["images"].shape == (8, 8, 28, 28)


def test_what_is_not_there_is_refused_in_words(trained: tuple[Store, Settings, Run]):
    with pytest.raises(AnalysisError, match="2 hidden layers; there is no layer 3"):
        ask(trained, "unit", layer=2, unit=0)
    with pytest.raises(AnalysisError, match="12 units; there is no unit 12"):
        ask(trained, "unit", layer=0, unit=12)
    with pytest.raises(AnalysisError, match="there is no image 5000"):
        ask(trained, "feature_maps", index=5000)
    with pytest.raises(AnalysisError, match="There is no such layer"):
        ask(trained, "embedding", layer=9, dimensions=2, method="pca", images=9)
    with pytest.raises(AnalysisError, match="t-SNE takes"):
        ask(trained, "embedding", layer=1, dimensions=2, method="tsne", images=3)
    with pytest.raises(CheckpointError, match="epoch 77 are not kept"):
        ask(trained, "probabilities", epoch=77)
    with pytest.raises(RunNotFoundError):
        ask(trained, "probabilities", run_id=4711)


def test_a_damaged_checkpoint_is_named(trained: tuple[Store, Settings, Run]):
    _, settings, run = trained
    path = Checkpoints(settings, run.id).folder / "epoch-0002.safetensors"
    path.write_bytes(path.read_bytes()[:50])
    with pytest.raises(CheckpointError, match="epoch-0002"):
        ask(trained, "probabilities", epoch=2)


def test_three_dead_units_are_found_and_no_other(trained: tuple[Store, Settings, Run]):
    _, settings, run = trained
    weights = Checkpoints(settings, run.id).load(3)
    for layer, dead in ((0, [2, 7]), (1, [5])):
        weights[f"hidden.{layer}.weight"] *= 0.01
        weights[f"hidden.{layer}.bias"][:] = 5.0  # far above what the small weights can take away
        weights[f"hidden.{layer}.bias"][dead] = -1e4
    Checkpoints(settings, run.id).save_epoch(7, weights)
    found = ask(trained, "dead_units", epoch=7)
    assert [np.flatnonzero(found[f"dead.{layer}"]).tolist() for layer in range(2)] == [[2, 7], [5]]
    assert found["dead.0"].dtype == np.bool_


def test_dead_units_are_those_that_training_counted(trained: tuple[Store, Settings, Run]):
    store, _, run = trained
    (epoch,) = [epoch for epoch in store.epochs(run.id) if epoch.epoch == 3]
    found = ask(trained, "dead_units")
    for number, layer in enumerate(epoch.layers[:-1]):
        assert found[f"dead.{number}"].mean() == pytest.approx(layer.dead_share)


def test_activations_over_epochs_grow_by_a_row_an_epoch(trained: tuple[Store, Settings, Run]):
    store, settings, run = trained
    request = {"run_id": run.id, "epochs": [1, 3], "images": 50}
    working = ANSWERERS["activation_history"](request, Looking(store, settings))
    first = next(working)
    assert first.arrays is not None
    assert first.arrays["counts.0"].sum(1).tolist() == [600]
    found = ask(trained, "activation_history", epochs=[1, 3], images=50)
    assert found["counts.0"].sum(1).tolist() == [600, 600]
    assert found["counts.1"].sum(1).tolist() == [450, 450]
    assert (first.arrays["epochs"].tolist(), found["epochs"].tolist()) == ([1], [1, 3])
    assert (found["counts.0"][0] != found["counts.0"][1]).any()
