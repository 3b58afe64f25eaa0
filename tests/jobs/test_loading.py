"""Runs on HOG features: computed once, kept on disk, told and stopped while they are computed."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from explorer.classical.feature_files import FeatureProgress, dataset_features
from explorer.classical.features import hog_features
from explorer.config.run import Data, Hog, RunConfig
from explorer.data.files import load_arrays
from explorer.data.splits import load_splits
from explorer.errors import DatasetError
from explorer.jobs.cost import estimate, speed_key
from explorer.jobs.endings import Interruption
from explorer.jobs.execution import execute
from explorer.jobs.loading import SplitsInMemory, load_inputs, unheard
from explorer.jobs.reasons import NOTHING_LEARNED
from explorer.jobs.resumption import load_state
from explorer.jobs.stack_execution import FEATURES_STAGE
from explorer.jobs.threads import threads_for
from explorer.records import Request, Run, RunResult, RunStatus
from explorer.settings import Settings
from explorer.storage.checkpoints import Checkpoints
from explorer.storage.store import Store, open_store
from explorer.training.state import TrainingState
from tests.jobs.conftest import small

IMAGES = 1_797  # bundled digits

Execute = Callable[..., Run]


def on_hog(**changes: object) -> RunConfig:
    return small(data__features="hog", **changes)


@pytest.fixture(scope="module")
def computed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of features of the bundled digits, computed once for these tests."""
    home = tmp_path_factory.mktemp("computed")
    dataset_features("digits", Hog(), home, home)
    return home / "features"


@pytest.fixture
def on_disk(computed: Path, settings: Settings) -> Settings:
    shutil.copytree(computed, settings.home / "features")
    return settings


@pytest.fixture
def train(store: Store, settings: Settings) -> Execute:
    """Claims a new or a given run and executes it here."""

    def executed(asked: RunConfig | int, **options: Any) -> Run:
        run_id = asked if isinstance(asked, int) else store.create_run(asked).id
        assert store.claim(run_id, device="cpu", host="here")
        return execute(store, settings, store.run(run_id), "cpu", **options)

    return executed


def left_behind(settings: Settings) -> list[Path]:
    return list((settings.home / "features").iterdir())


def test_pixels_are_loaded_as_they_are_stored(settings: Settings):
    loaded = load_inputs(Data(), settings, unheard)
    assert torch.equal(loaded.train_images, load_splits(Data(), settings.data).train_images)
    assert not (settings.home / "features").exists()


def test_features_are_computed_once_and_are_those_of_the_images_of_the_split(settings: Settings):
    told: list[FeatureProgress] = []
    hog = Hog(cell_size=14, orientations=4)
    config = Data(features="hog", hog=hog, train_size=100, test_size=50)
    loaded = load_inputs(config, settings, told.append)
    assert [progress.done for progress in told] == sorted({progress.done for progress in told})
    assert told[-1] == FeatureProgress(IMAGES, IMAGES)
    arrays = load_arrays("digits", settings.data)
    for vectors, images, indices in (
        (loaded.train_images, arrays.train_images, loaded.train_indices),
        (loaded.validation_images, arrays.train_images, loaded.validation_indices),
        (loaded.test_images, arrays.test_images, loaded.test_indices),
    ):
        np.testing.assert_array_equal(vectors.numpy(), hog_features(images[indices], hog, processes=1))
    told.clear()
    again = load_inputs(config, settings, told.append)
    assert told == []
    assert torch.equal(again.train_images, loaded.train_images)


def test_a_dataset_that_is_missing_has_no_features_either(settings: Settings):
    with pytest.raises(DatasetError):
        load_inputs(Data(dataset="mnist", features="hog"), settings, unheard)


def test_a_worker_keeps_pixels_and_features_apart(on_disk: Settings):
    memory = SplitsInMemory()
    features = memory.load(Data(features="hog"), on_disk, unheard)
    pixels = memory.load(Data(), on_disk, unheard)
    assert features.train_images.shape == (1_293, 324)
    assert pixels.train_images.shape == (1_293, 1, 28, 28)
    assert memory.load(Data(features="hog"), on_disk, unheard) is features


@pytest.mark.parametrize("engine", ["torch", "numpy"])
def test_a_run_on_features_from_disk_learns_and_is_kept_like_any_other(
    engine: str, on_disk: Settings, store: Store, train: Execute
):
    events: list[object] = []
    run = train(on_hog(training__epochs=5, training__engine=engine), on_event=events.append)
    assert (run.status, run.reason) == (RunStatus.FINISHED, "")
    assert not any(isinstance(event, FeatureProgress) for event in events)
    assert isinstance(run.result, RunResult)
    assert run.result.parameters == 324 * 16 + 16 + 16 * 10 + 10
    assert run.result.test.accuracy > 0.9
    assert Checkpoints(on_disk, run.id).load(5)["hidden.0.weight"].shape == (16, 324)
    # Measured for this network on these features, and for no other.
    speed = store.measured_speed(speed_key(on_hog(training__engine=engine), "cpu"))
    assert speed is not None
    assert store.measured_speed(speed_key(small(training__engine=engine), "cpu")) is None
    assert store.measured_speed(speed_key(on_hog(data__hog__orientations=4), "cpu")) is None


def test_a_paused_run_on_features_goes_on_to_the_same_weights(
    on_disk: Settings, store: Store, train: Execute
):
    whole = train(on_hog())
    paused = store.create_run(on_hog())
    seen: list[object] = []

    def after_an_epoch() -> Interruption | None:
        has_state = any(isinstance(event, TrainingState) for event in seen)
        return Interruption(RunStatus.PAUSED, "Enough.") if has_state else None

    half = train(paused.id, on_event=seen.append, interruption=after_an_epoch)
    assert (half.status, half.epoch) == (RunStatus.PAUSED, 1)
    store.resume(paused.id)
    assert train(paused.id).status is RunStatus.FINISHED
    states = [load_state(Checkpoints(on_disk, run.id)) for run in (whole, paused)]
    assert all(state is not None and state.epoch == 3 for state in states)
    one, other = (state.weights for state in states if state is not None)
    assert all(np.array_equal(one[name], other[name]) for name in one)


def test_the_store_says_how_far_the_features_are_and_forgets_it_when_training_begins(
    store: Store, train: Execute
):
    run_id = store.create_run(on_hog(training__epochs=1)).id
    stages: list[tuple[str, int, int]] = []

    def look(event: object) -> None:
        if isinstance(event, FeatureProgress):
            run = store.run(run_id)
            stages.append((run.stage, run.step, run.total_steps))

    def begin(run: Run) -> None:
        stages.append((run.stage, run.step, run.total_steps))

    assert train(run_id, on_event=look, on_start=begin).status is RunStatus.FINISHED
    assert stages[0] == ("", 0, 0)  # told before the first record
    assert stages[1] == (FEATURES_STAGE, 500, IMAGES)
    assert stages[-1] == ("", 0, 21)


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (RunStatus.STOPPED, "Enough. No epoch was finished, so nothing was learned."),
        (RunStatus.PAUSED, "Enough. Resume starts it again."),
    ],
)
def test_a_run_ends_while_its_features_are_computed(
    status: Any, words: str, settings: Settings, store: Store, train: Execute
):
    run = train(on_hog(), interruption=lambda: Interruption(status, "Enough."))
    assert (run.status, run.reason) == (status, words)
    assert (run.stage, run.step, run.total_steps) == ("", 0, 0)
    assert left_behind(settings) == []
    store.resume(run.id)
    assert train(run.id).status is RunStatus.FINISHED


def test_stop_on_the_screen_ends_the_computing_of_features(settings: Settings, store: Store, train: Execute):
    run_id = store.create_run(on_hog()).id
    run = train(run_id, on_event=lambda _: store.request(run_id, Request.STOP))
    assert run.status is RunStatus.STOPPED
    assert run.reason.startswith("Stopped on request.")
    assert left_behind(settings) == []


def test_ctrl_c_ends_the_computing_of_features(settings: Settings, train: Execute):
    def press(event: object) -> None:
        raise KeyboardInterrupt

    run = train(on_hog(), on_event=press)
    assert (run.status, run.reason) == (RunStatus.STOPPED, f"Stopped by Ctrl-C. {NOTHING_LEARNED}")
    assert left_behind(settings) == []


def test_the_cost_is_that_of_a_network_on_features(store: Store, settings: Settings):
    cost = estimate(store, settings, on_hog())
    # 324·16 + 16 and 16·10 + 10 by hand
    assert (cost.parameters, cost.multiply_adds) == (5_370, 5_344)
    wide = {"network__hidden": [64], "training__batch_size": 256}  # 13 million multiply-adds of pixels
    assert threads_for(small(**wide), 1_293, cores=2) == 2
    assert threads_for(on_hog(**wide), 1_293, cores=2) == 1  # 5 million


@pytest.mark.mnist
def test_the_network_of_the_fourth_report_reaches_what_it_reports(mnist_settings: Settings):
    """It reports 97.61 %, mean of three; ours had 97.76, 97.73 and 97.50 % with the seeds 0, 1 and 2."""
    store = open_store(mnist_settings)
    run_id = store.create_run(
        on_hog(
            data__dataset="mnist",
            data__validation_size=0,
            data__scaling="none",
            network__hidden=[300, 150, 70],
            network__initialisation="glorot_uniform",
            network__biases="zeros",
            optimizer__name="sgd",
            optimizer__learning_rate=0.05,
            training__epochs=15,
        )
    ).id
    assert store.claim(run_id, device="cpu", host="here")
    run = execute(store, mnist_settings, store.run(run_id), "cpu")
    store.close()
    assert isinstance(run.result, RunResult)
    assert run.result.test.images == 10_000
    assert run.result.test.accuracy == pytest.approx(0.9761, abs=0.005)
