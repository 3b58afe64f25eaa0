"""Runs that read drawings without torch, as the engine that trained them does; and twenty drawn digits."""

from collections.abc import Iterator

import numpy as np
import pytest

from explorer.config.parsing import baseline_from_paths, config_from_paths
from explorer.data.drawing import Steps, prepare_drawing
from explorer.data.files import load_arrays
from explorer.data.partition import partition
from explorer.data.strokes import draw_strokes
from explorer.errors import AnalysisError, CheckpointError
from explorer.jobs.execution import train_here
from explorer.jobs.fit_execution import fit_here
from explorer.jobs.looking import Looking
from explorer.records import Run
from explorer.settings import Settings, read_settings
from explorer.storage.checkpoints import Checkpoints
from explorer.storage.store import Store, open_store
from explorer.ui import cache, draw_readers
from explorer.ui.draw_readers import Reader, can_read, reader_of
from tests.data.drawn_digits import LABELS, drawn

OFF_CENTRE = {"shrunk": 0.45, "right": -230.0, "down": -230.0}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Store, Settings]]:
    """A home for all that is trained here."""
    settings = read_settings({"EXPLORER_HOME": str(tmp_path_factory.mktemp("home"))})
    store = open_store(settings)
    yield store, settings
    store.close()


@pytest.fixture(autouse=True)
def as_the_dashboard(
    request: pytest.FixtureRequest, place: tuple[Store, Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EXPLORER_HOME", str(place[1].home))
    if "mnist_settings" not in request.fixturenames:
        monkeypatch.delenv("EXPLORER_DATA", raising=False)


@pytest.fixture(scope="module")
def network(place: tuple[Store, Settings]) -> Run:
    """A network of 64 units after 20 epochs of the bundled digits."""
    return trained(place, {"network.hidden": [64], "training.epochs": 20})


def trained(place: tuple[Store, Settings], fields: dict[str, object]) -> Run:
    run = train_here(*place, config_from_paths({"training.device": "cpu", **fields}))
    assert run.network_result is not None, run.reason
    return run


def reader(run: Run) -> Reader:
    return reader_of(run, run.network_result.kept_epoch if run.network_result else 0)


def share_right(run: Run, steps: Steps, **moved: float) -> int:
    """How many of the twenty drawings the run reads rightly."""
    made = [prepare_drawing(draw_strokes(drawn(number, **moved)), steps) for number in range(len(LABELS))]
    answers = [reader(run).read(each.image).answer for each in made if each is not None]
    return sum(answer == label for answer, label in zip(answers, LABELS, strict=True))


def test_at_least_fourteen_of_twenty_drawings_are_read_by_a_small_network_on_the_bundled_digits(network: Run):
    assert share_right(network, Steps()) >= 14


def test_off_centre_drawings_fail_without_centring_and_pass_with_it(network: Run):
    assert share_right(network, Steps(), **OFF_CENTRE) >= 14
    assert share_right(network, Steps(centre=False), **OFF_CENTRE) <= 6
    assert share_right(network, Steps(crop=False, box=False, centre=False), **OFF_CENTRE) <= 6


@pytest.mark.mnist
def test_at_least_nineteen_of_twenty_drawings_are_read_by_a_network_on_mnist(
    mnist_settings: Settings, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("EXPLORER_HOME", str(mnist_settings.home))
    monkeypatch.setenv("EXPLORER_DATA", str(mnist_settings.data))
    store = open_store(mnist_settings)
    fields = {
        "data.dataset": "mnist",
        "data.train_size": 12_000,
        "network.hidden": [128],
        "training.epochs": 3,
    }
    run = trained((store, mnist_settings), fields)
    assert share_right(run, Steps()) >= 19
    assert share_right(run, Steps(centre=False), **OFF_CENTRE) <= 6
    store.close()


@pytest.mark.parametrize(
    "fields",
    [
        {"network.preset": "lenet", "network.batch_norm": True, "network.activation": "prelu"},
        {"network.hidden": [8], "data.scaling": "unit", "network.dropout": 0.5},
        {"network.hidden": [8], "data.scaling": "none", "network.activation": "gelu"},
        {"network.hidden": [8], "data.noisy_copies": 1, "data.noisy_copies_sigma": 0.3},
        {"network.hidden": [8], "data.features": "hog"},
    ],
)
def test_a_reader_answers_as_the_engine_does(place: tuple[Store, Settings], fields: dict[str, object]):
    run = trained(place, {"training.epochs": 1, "data.train_size": 300, **fields})
    assert run.network_result is not None
    looked = Looking(*place).open(run.id, run.network_result.kept_epoch)
    expected = looked.subject.probabilities(looked.part("test")[0][:20]).numpy()
    arrays = load_arrays("digits", place[1].data)
    chosen = partition(arrays.train_labels, arrays.test_labels, run.config.data).test[:20]
    found = [reader(run).read(arrays.test_images[index]).probabilities for index in chosen]
    np.testing.assert_allclose(found, expected, atol=2e-5)


@pytest.mark.parametrize("model", ["logistic", "knn"])
def test_baselines_that_share_out_their_answer_read_too(place: tuple[Store, Settings], model: str):
    config = baseline_from_paths({"baseline.model": model})
    run = fit_here(*place, config)
    assert can_read(run)
    arrays = load_arrays("digits", place[1].data)
    readings = [reader(run).read(image) for image in arrays.test_images]
    right = sum(reading.answer == label for reading, label in zip(readings, arrays.test_labels, strict=True))
    assert run.result is not None
    assert abs(right - run.result.test.correct) <= 1  # equal votes
    np.testing.assert_allclose([reading.probabilities.sum() for reading in readings], 1)


def test_a_reader_is_made_once_for_all_drawings_and_tabs(network: Run):
    assert reader(network) is reader(network)


def test_weights_that_are_gone_or_damaged_are_told_in_words(place: tuple[Store, Settings]):
    run = trained(place, {"training.epochs": 1, "network.hidden": [4], "data.train_size": 100})
    kept = Checkpoints(place[1], run.id)
    assert run.network_result is not None
    path = kept.folder / "epoch-0001.safetensors"
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(CheckpointError):
        reader(run)
    path.unlink()
    with pytest.raises(CheckpointError):
        reader(run)


def test_a_network_too_large_for_the_dashboard_is_refused_in_words(
    network: Run, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(draw_readers, "MOST_PARAMETERS", 1_000)
    cache._large_made_once.clear()
    with pytest.raises(AnalysisError, match="50,890 parameters"):
        reader(network)
