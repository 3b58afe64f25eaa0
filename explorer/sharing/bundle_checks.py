"""What is looked at in each run of a bundle before it is taken in."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from explorer.config.baseline import BaselineConfig
from explorer.config.kinds import AnyConfig
from explorer.config.run import RunConfig
from explorer.data.features import inputs_of
from explorer.errors import CheckpointError
from explorer.models import checkpoint
from explorer.models.architecture import CLASSES, parameter_shapes
from explorer.records import BaselineResult, EpochMetrics, Evaluation, Run, RunResult, StepMetrics
from explorer.sharing import bundle_format as form
from explorer.sharing.bundle_archive import refused

MOST_LAYERS = 16
MOST_ANSWERS = 256 << 20  # bytes: 1,000 epochs of 250,000 validation images
MOST_FITTED = 1 << 30  # bytes: every image a support vector
HEADER_BYTES = 1 << 20  # of a safetensors file, at most
MOMENTS = ("mean", "square", "velocity")
PROGRESS = {"best_value", "best_epoch", "stale_epochs", "images_seen", "seconds"}
PADDING = 64  # elements that a moment may have more than each parameter


def check_files(names: Iterable[str], run: Run) -> tuple[str, ...]:
    """The safetensors files of a run in the archive; ExportError where there are some that it can't have."""
    prefix = form.entry(run.id, "")
    own = sorted(name.removeprefix(prefix) for name in names if name.startswith(prefix))
    files = [name for name in own if name.endswith(".safetensors")]
    if len(files) > form.MOST_FILES_A_RUN:
        raise refused(f"run {run.id} has {len(files):,} files, and at most {form.MOST_FILES_A_RUN} are kept.")
    missing = {form.EPOCHS, form.STEPS, form.PREDICTIONS} - set(own)
    if missing:
        raise refused(f"run {run.id} lacks {sorted(missing)[0]}.")
    for name in own:
        if name in (form.EPOCHS, form.STEPS, form.PREDICTIONS):
            continue
        is_baseline = isinstance(run.config, BaselineConfig)
        fits = name == form.FITTED if is_baseline else name == form.STATE or form.WEIGHTS.fullmatch(name)
        if not fits:
            raise refused(f"a run like {run.id} has no file {name}.")
    return tuple(files)


def check_safetensors(path: Path, run: Run) -> None:
    """That an unpacked file holds what its name says, and no more; ExportError names it."""
    who = f"run {run.id}, {path.name}"
    most = {form.PREDICTIONS: MOST_ANSWERS, form.FITTED: MOST_FITTED}.get(path.name)
    if most is not None and path.stat().st_size > most:
        raise refused(f"{who} has more than {most >> 20:,} MB.")
    if path.name == form.PREDICTIONS:
        return  # looked at with the epochs
    config = run.config
    if isinstance(config, RunConfig):
        parameters = parameter_shapes(config.network, inputs=inputs_of(config.data))
        numbers = sum(prod(shape) for shape in parameters.values())
        copies = 5 if path.name == form.STATE else 1  # weights, the best ones, up to three moments
        if path.stat().st_size > copies * (4 * numbers + 8 * PADDING * len(parameters)) + HEADER_BYTES:
            raise refused(f"{who} is larger than the run's network.")
    try:
        arrays, facts = checkpoint.load(path)
    except CheckpointError as error:
        raise refused(f"{who} is damaged.") from error
    if isinstance(config, RunConfig):
        if path.name == form.STATE:
            _check_state(arrays, facts, parameters, who)
        else:
            _check_weights(arrays, parameters, who)


def check_curves(run: Run, epochs: Sequence[EpochMetrics], steps: Sequence[StepMetrics]) -> None:
    """That epochs and bins of steps come one after the other and within bounds."""
    who = f"run {run.id}"
    if len(epochs) > form.MOST_EPOCHS or len(steps) > form.MOST_STEPS:
        raise refused(f"{who} has {len(epochs):,} epochs and {len(steps):,} bins of steps.")
    numbers = [0, *(epoch.epoch for epoch in epochs)]
    if any(later <= earlier for earlier, later in pairwise(numbers)):
        raise refused(f"the epochs of {who} are not in order.")
    counts = [count for epoch in epochs for count in (epoch.step, epoch.images_seen)]
    counts += [count for step in steps for count in (step.epoch, step.first_step, step.last_step)]
    if numbers[-1] > form.MOST_EPOCHS or any(not 0 <= count < 2**53 for count in counts):
        raise refused(f"{who} counts steps, epochs or images beyond all bounds.")
    lasts = [0, *(step.last_step for step in steps)]
    if any(later <= earlier for earlier, later in pairwise(lasts)):
        raise refused(f"the steps of {who} are not in order.")
    layers = [layer for epoch in epochs for layer in epoch.layers]
    most = max((len(epoch.layers) for epoch in epochs), default=0)
    if most > MOST_LAYERS or any(len(layer.name) > 100 or not 0 < layer.units < 10**6 for layer in layers):
        raise refused(f"{who} has layers that no network has.")


def check_predictions(run: Run, epochs: Sequence[EpochMetrics], arrays: Mapping[str, Any]) -> None:
    """That the answers are classes, as many after each epoch, of epochs that there are."""
    known = {f"{epoch.epoch:04d}" for epoch in epochs}
    sizes = {array.shape for array in arrays.values()}
    sound = all(array.dtype == np.uint8 and array.ndim == 1 for array in arrays.values())
    if not set(arrays) <= known or len(sizes) > 1 or not sound:
        raise refused(f"the answers of run {run.id} do not fit its epochs.")
    if any(array.size and int(array.max()) >= CLASSES for array in arrays.values()):
        raise refused(f"run {run.id} answered with classes above {CLASSES - 1}.")


def check_result(result: RunResult | BaselineResult | None, config: AnyConfig, who: str) -> None:
    """That a result is one of this kind of run, with counts of ten classes."""
    wanted = BaselineResult if isinstance(config, BaselineConfig) else RunResult
    if not isinstance(result, wanted):
        raise refused(f"the result of {who} is none.")
    parts = [part for part in (result.train, result.validation, result.test) if part is not None]
    if not all(_is_sound(part) for part in parts):
        raise refused(f"the result of {who} does not count ten classes.")
    if isinstance(result, RunResult) and (
        len(result.layers) > MOST_LAYERS
        or not all(
            0 <= epoch <= form.MOST_EPOCHS
            for epoch in (result.epochs_run, result.best_epoch, result.kept_epoch)
        )
    ):
        raise refused(f"the result of {who} is beyond all bounds.")


def _is_sound(part: Evaluation) -> bool:
    square = len(part.confusion) == CLASSES and all(len(row) == CLASSES for row in part.confusion)
    counts = [count for row in part.confusion for count in row]
    bounded = all(0 <= count < 10**9 for count in counts) and 0 <= part.accuracy <= 1
    return square and bounded and len(part.per_class) == CLASSES


def _check_weights(arrays: Mapping[str, Any], shapes: Mapping[str, tuple[int, ...]], who: str) -> None:
    found = {name: array.shape for name, array in arrays.items()}
    if found != dict(shapes) or any(array.dtype != np.float32 for array in arrays.values()):
        raise refused(f"{who} holds the weights of another network.")


def _check_state(
    arrays: Mapping[str, Any], facts: Mapping[str, str], shapes: Mapping[str, tuple[int, ...]], who: str
) -> None:
    sections: dict[str, dict[str, Any]] = {}
    for key, array in arrays.items():
        section, _, name = key.partition("/")
        sections.setdefault(section, {})[name] = array
    if not set(sections) <= {"weights", "optimizer", "progress", "best_weights"}:
        raise refused(f"{who} holds something that is no state.")
    _check_weights(sections.get("weights", {}), shapes, who)
    if sections.get("best_weights"):
        _check_weights(sections["best_weights"], shapes, who)
    numbers = sum(prod(shape) for shape in shapes.values())
    for name, array in sections.get("optimizer", {}).items():
        fits = name in MOMENTS and array.ndim == 2 and len(array) == 1 and array.dtype == np.float32
        if not fits or not 0 < array.size <= numbers + PADDING * len(shapes):
            raise refused(f"{who} holds the moments of another optimizer.")
    progress = sections.get("progress", {})
    if not set(progress) >= PROGRESS or any(array.size != 1 for array in progress.values()):
        raise refused(f"{who} does not say how far the run has come.")
    counts = [facts.get("epoch", ""), facts.get("step", "")]
    if not all(text.isascii() and text.isdecimal() and len(text) < 16 for text in counts):
        raise refused(f"{who} does not say which step comes next.")
