"""What a report of a run is made from: its records, and its images and weights where they are still there."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.config.baseline import BaselineConfig
from explorer.data.catalog import DATASETS
from explorer.data.files import load_arrays
from explorer.data.partition import partition
from explorer.errors import ExplorerError
from explorer.models.architecture import weight_layers
from explorer.plots.lineage import Ancestor
from explorer.plots.tiles import Tiles, tiles
from explorer.plots.weights import WeightTiles, weight_tiles
from explorer.records import EpochMetrics, Run, StepMetrics
from explorer.settings import Settings
from explorer.sharing.report_lineage import ancestors
from explorer.storage.checkpoints import Checkpoints
from explorer.storage.fitted import load_fitted
from explorer.storage.store import Store

MOST_MISTAKES, A_PAIR, COLUMNS = 18, 6, 6
MOST_TILES = 128


@dataclass(frozen=True, slots=True, eq=False)
class Material:
    """One run with its epochs and steps; ``ancestors`` are the runs that lead up to it, the oldest first.

    ``mistakes`` are validation images that were misread after ``answered_epoch`` (0: a baseline), those of
    the most frequent pairs first; ``weights`` what the first layer looks for, as of ``weights_epoch``.
    Where either is None, ``no_mistakes`` or ``no_weights`` says why.
    """

    run: Run
    epochs: tuple[EpochMetrics, ...]
    steps: tuple[StepMetrics, ...]
    ancestors: tuple[Ancestor, ...]
    mistakes: Tiles | None
    answered_epoch: int
    no_mistakes: str
    weights: WeightTiles | None
    weights_epoch: int
    no_weights: str


def gather(store: Store, settings: Settings, run: Run) -> Material:
    """All that there is of a run; images or weights that are gone are said to be gone.

    Raises:
        StoreError: the store can't be read.
    """
    is_baseline = isinstance(run.config, BaselineConfig)
    epochs = () if is_baseline else store.epochs(run.id)
    mistakes, answered, no_mistakes = None, 0, ""
    try:
        mistakes, answered = _mistakes(store, settings, run, epochs)
        no_mistakes = "" if mistakes is not None else "No answers on validation images were recorded."
    except ExplorerError as error:
        no_mistakes = f"The images can't be shown. {error}"
    weights, of_epoch, no_weights = None, 0, ""
    try:
        weights, of_epoch, no_weights = _weights(settings, run)
    except ExplorerError as error:
        no_weights = f"The weights can't be shown. {error}"
    return Material(
        run=run,
        epochs=epochs,
        steps=() if is_baseline else store.steps(run.id),
        ancestors=ancestors(store, run),
        mistakes=mistakes,
        answered_epoch=answered,
        no_mistakes=no_mistakes,
        weights=weights,
        weights_epoch=of_epoch,
        no_weights=no_weights,
    )


def _mistakes(
    store: Store, settings: Settings, run: Run, epochs: Sequence[EpochMetrics]
) -> tuple[Tiles | None, int]:
    result = run.network_result
    if isinstance(run.config, BaselineConfig):
        if run.result is None:
            return None, 0
        epoch, recorded = 0, load_fitted(settings, run.id).predictions
    else:
        last = result.kept_epoch if result is not None else run.epoch
        known = [each.epoch for each in epochs if each.validation_loss is not None and each.epoch <= last]
        if not known:
            return None, 0
        epoch, recorded = known[-1], store.predictions(run.id, known[-1])
    data = run.config.data
    arrays = load_arrays(data.dataset, settings.data)
    chosen = partition(arrays.train_labels, arrays.test_labels, data).validation
    answers, labels = np.frombuffer(recorded, np.uint8), arrays.train_labels[chosen]
    if not len(labels) or len(answers) != len(labels):
        return None, epoch
    wrong = _commonest_first(labels, answers)
    names = DATASETS[data.dataset].class_names
    captions = [f"{names[labels[index]]} → {names[answers[index]]}" for index in wrong]
    if max((len(caption) for caption in captions), default=0) > 12:
        captions = [caption.replace(" → ", "<br>→ ") for caption in captions]
    hovers = [f"{names[labels[index]]} read as {names[answers[index]]}" for index in wrong]
    return tiles(arrays.train_images[chosen[wrong]], captions, hovers=hovers, columns=COLUMNS), epoch


def _commonest_first(labels: NDArray[np.uint8], answers: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Indices of mistakes, those of the most frequent pair of classes first, at most six a pair."""
    wrong = np.flatnonzero(labels != answers)
    pairs = labels[wrong].astype(np.int64) * 256 + answers[wrong]
    kinds, counts = np.unique(pairs, return_counts=True)
    order = kinds[np.argsort(-counts, kind="stable")]
    chosen = [wrong[pairs == kind][:A_PAIR] for kind in order]
    return np.concatenate([*chosen, np.empty(0, np.int64)])[:MOST_MISTAKES].astype(np.int64)


def _weights(settings: Settings, run: Run) -> tuple[WeightTiles | None, int, str]:
    if run.config.data.features == "hog":
        return None, 0, "It sees HOG features, whose weights are no pictures."
    if isinstance(run.config, BaselineConfig):
        model = load_fitted(settings, run.id).model if run.result is not None else {}
        if "weights" not in model:
            return None, 0, "This method has no weights that would be pictures."
        return weight_tiles(model["weights"], noun="class", columns=5), 0, ""
    kept = Checkpoints(settings, run.id)
    result, there = run.network_result, kept.epochs()
    if not there:
        return None, 0, "No weights were kept."
    epoch = result.kept_epoch if result is not None and result.kept_epoch in there else there[-1]
    first = weight_layers(run.network_config.network)[0]
    noun = "filter" if len(first.weight_shape) == 4 else "unit"
    made = weight_tiles(kept.load(epoch)[f"{first.prefix}.weight"], most=MOST_TILES, noun=noun)
    return made, epoch, ""
