"""Runs that are ready to read a drawing, in this process and without torch."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.classical.feature_files import open_features
from explorer.classical.illustration import illustrate
from explorer.classical.inputs import Scaling, measure_scaling
from explorer.classical.neighbours import nearest
from explorer.classical.scores import class_scores
from explorer.config.baseline import Baseline, BaselineConfig
from explorer.config.run import Data, RunConfig
from explorer.data.features import inputs_of
from explorer.data.files import load_arrays
from explorer.data.noisy_copies import with_noisy_copies
from explorer.data.partition import partition
from explorer.data.pixel_scaling import pixel_scaling
from explorer.errors import AnalysisError
from explorer.models.architecture import CLASSES, count_parameters
from explorer.models.forward import fitting_weights, forward
from explorer.records import Run
from explorer.settings import Settings
from explorer.storage.checkpoints import Checkpoints
from explorer.storage.fitted import load_fitted
from explorer.ui import cache

MOST_PARAMETERS = 10_000_000  # 40 MB: six such networks still fit into the dashboard's memory
SHARING = ("knn", "logistic")  # baselines whose answers are shares that add up to one


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """What a run makes of an image: probabilities (10,), and the activations of a network's hidden layers.

    An activation is (units,) of a dense layer, (filters, height, width) of a convolution after pooling.
    """

    probabilities: NDArray[np.float64]
    activations: tuple[NDArray[np.float32], ...] = ()

    @property
    def answer(self) -> int:
        """The most probable class."""
        return int(self.probabilities.argmax())


@dataclass(frozen=True, slots=True, eq=False)
class Reader:
    """A network or baseline with all that it needs to read an image (28, 28) uint8."""

    config: RunConfig | BaselineConfig
    arrays: Mapping[str, NDArray[Any]]
    scaling: Scaling

    def read(self, image: NDArray[np.uint8]) -> Reading:
        """The answer to an image (28, 28) uint8, ink 255 on 0."""
        data = self.config.data
        seen = illustrate(image, data.hog).vector if data.features == "hog" else image.ravel()
        if isinstance(self.config, BaselineConfig):
            return Reading(_shares(self.config.baseline, self.arrays, seen))
        prepared = (seen.astype(np.float32) - np.float32(self.scaling.mean)) * np.float32(self.scaling.factor)
        shape = (1, -1) if data.features == "hog" else (1, 1, *image.shape)
        passed = forward(self.config.network, self.arrays, prepared.reshape(shape))
        return Reading(passed.probabilities[0], tuple(values[0] for values in passed.activations))


def can_read(run: Run) -> bool:
    """Whether a run has weights and gives each class a share."""
    if isinstance(run.config, BaselineConfig):
        return run.config.baseline.model in SHARING and run.result is not None
    return run.epoch > 0


def reader_of(run: Run, epoch: int) -> Reader:
    """The reader of a run with the weights after an epoch; kept for the next drawing, of any tab.

    Raises:
        CheckpointError: the weights are missing, damaged or those of another network.
        DatasetError: the images by which the run scales what it sees are not there any more.
        AnalysisError: its features are not there any more, or it is too large to answer here.
    """
    settings = cache.settings()
    written = Checkpoints(settings, run.id).written_at(epoch)
    home = str(settings.home)
    return cache.large_made_once(
        lambda: make_reader(run, epoch, settings), "draw", home, run.id, epoch, written
    )


def make_reader(run: Run, epoch: int, settings: Settings) -> Reader:
    """The reader of a run with the weights after an epoch, made anew; raises as ``reader_of`` does."""
    if isinstance(run.config, BaselineConfig):
        is_voted = run.config.baseline.model == "knn"
        arrays = _voters(run.config.data, settings) if is_voted else load_fitted(settings, run.id).model
        return Reader(run.config, arrays, Scaling(0.0, 1.0))
    network, inputs = run.config.network, inputs_of(run.config.data)
    parameters = count_parameters(network, inputs=inputs)
    if parameters > MOST_PARAMETERS:
        raise AnalysisError(
            f"This network has {parameters:,} parameters; up to {MOST_PARAMETERS:,} are asked while you draw."
        )
    weights = fitting_weights(network, Checkpoints(settings, run.id).load(epoch), inputs)
    return Reader(run.config, weights, _scaling(run.config.data, settings))


def _shares(
    baseline: Baseline, arrays: Mapping[str, NDArray[Any]], seen: NDArray[Any]
) -> NDArray[np.float64]:
    """Probabilities of logistic regression, or shares of the nearest neighbours; (10,)."""
    if baseline.model == "knn":
        near = nearest(seen, arrays["voters"], min(baseline.k, len(arrays["voters"])))
        counts = np.bincount(arrays["labels"][near.indices], minlength=CLASSES)
        return np.asarray(counts / counts.sum(), np.float64)
    scores = class_scores(arrays, seen)
    powers = np.exp(scores - scores.max())
    return np.asarray(powers / powers.sum(), np.float64)


def _voters(data: Data, settings: Settings) -> dict[str, NDArray[Any]]:
    images, labels = _train_images(data, settings)
    return {"voters": images.reshape(len(images), -1), "labels": labels}


def _scaling(data: Data, settings: Settings) -> Scaling:
    """As in training: measured on the training images, or their features; once for all runs on the same."""
    key = data.model_dump_json(exclude={"augmentation", "test_size"})
    return cache.small_made_once(lambda: _measured(data, settings), "scaling", str(settings.data), key)


def _measured(data: Data, settings: Settings) -> Scaling:
    is_hog, images = data.features == "hog", np.zeros((0, 28, 28), np.uint8)
    if data.scaling == "standard":  # the others don't look at images
        images, _ = _train_images(data, settings)
    return measure_scaling(data, images) if is_hog else Scaling(*pixel_scaling(data, images))


def _train_images(data: Data, settings: Settings) -> tuple[NDArray[Any], NDArray[np.uint8]]:
    """What a run learned from, images (N, 28, 28) or features (N, F), and the classes (N,)."""
    arrays = load_arrays(data.dataset, settings.data)
    chosen = partition(arrays.train_labels, arrays.test_labels, data).train
    if data.features == "hog":
        features = open_features(data.dataset, data.hog, settings.data, settings.home)
        if features is None:
            raise AnalysisError(
                "The HOG features of the images that it learned from are not on disk any more. Train a run "
                "on them again, and they are."
            )
        return features.train[chosen], arrays.train_labels[chosen]
    images = arrays.train_images[chosen]
    if data.noisy_copies:
        images = with_noisy_copies(images, data.noisy_copies, data.noisy_copies_sigma, data.split_seed)
        chosen = np.tile(chosen, 1 + data.noisy_copies)
    return images, arrays.train_labels[chosen]
