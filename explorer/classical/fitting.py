"""Fitting a baseline and asking it: a generator that tells how far it is."""

import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import ClassifierMixin, clone
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import SVC, LinearSVC

from explorer.classical.background import Result, completed
from explorer.classical.estimators import PRECISION, estimator, model_arrays, model_bytes
from explorer.classical.feature_files import DatasetFeatures, computed_features
from explorer.classical.inputs import Inputs, load_inputs
from explorer.classical.scores import CLASSES
from explorer.config.baseline import BaselineConfig
from explorer.errors import ExplorerError
from explorer.evaluation.metrics import accuracy, confusion_matrix, per_class
from explorer.records import BaselineResult, Evaluation

# In this order; a stage that a configuration has no use for is left out.
STAGES = ("features", "fit", "train", "validation", "test")
BATCHES_OF_TREES = 20
MOST_COPIES_BYTES = 2e9
SLOW_TO_ASK = (KNeighborsClassifier, SVC)  # asking all training images would take longer than fitting
PORTION = 1_280  # images asked at once; scikit-learn's nearest neighbours go by 256


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a stage is, in units of its own (images, classes, trees)."""

    stage: str
    done: int
    total: int


@dataclass(frozen=True, slots=True, eq=False)
class FittedBaseline:
    """The result, one byte (the predicted class) for each validation image in split order, and the model.

    ``arrays`` is what ``class_scores`` takes; empty for a method without scores.
    """

    result: BaselineResult
    predictions: bytes
    arrays: dict[str, NDArray[Any]]


@dataclass(frozen=True, slots=True, eq=False)
class _Answers:
    predictions: NDArray[np.uint8]
    probabilities: NDArray[Any] | None  # (N, classes seen in training)


Steps = Generator[Progress, None, Result]


def fit(
    config: BaselineConfig, data_folder: Path, home: Path, threads: int
) -> Generator[Progress | FittedBaseline, None, None]:
    """Compute features where needed, fit, and ask about each part; the last item is the fitted baseline.

    The same config gives the same result, that of scikit-learn's estimator on the same numbers. Yields at
    least every 0.2 s, whatever is under way. To stop it, stop iterating: a call of the library that is in
    hand goes on in a thread until it is done or the process ends.

    Raises:
        DatasetError: the dataset is missing or damaged.
        ConfigError: a size is greater than what there is.
        StoreError: features can't be written.
        ExplorerError: there is too little memory.
    """
    try:
        yield from _fit(config, data_folder, home, threads)
    except MemoryError as error:
        raise ExplorerError(
            "There is too little memory for so many images and features. "
            "Set data.train_size to fewer images, or take larger cells or fewer orientations."
        ) from error


def _fit(
    config: BaselineConfig, data_folder: Path, home: Path, threads: int
) -> Generator[Progress | FittedBaseline, None, None]:
    start = time.perf_counter()
    features, feature_seconds = yield from _features(config, data_folder, home)
    precision = PRECISION[config.baseline.model]
    load = partial(load_inputs, config.data, data_folder, features, precision)
    (inputs,) = yield from _told("features", [load], 1)

    fit_start = time.perf_counter()
    fitted = yield from _fitted(config, inputs, threads)
    fit_seconds = time.perf_counter() - fit_start

    train = validation = None
    predictions = b""
    if not isinstance(fitted, SLOW_TO_ASK):
        answers = yield from _asked("train", fitted, inputs.train, threads)
        train = _evaluation(fitted, answers, inputs.train_labels)
    if len(inputs.validation_labels):
        answers = yield from _asked("validation", fitted, inputs.validation, threads)
        validation = _evaluation(fitted, answers, inputs.validation_labels)
        predictions = answers.predictions.tobytes()
    test_start = time.perf_counter()
    answers = yield from _asked("test", fitted, inputs.test, threads)
    end = time.perf_counter()
    result = BaselineResult(
        features=inputs.train.shape[1],
        train=train,
        validation=validation,
        test=_evaluation(fitted, answers, inputs.test_labels),
        feature_seconds=feature_seconds,
        fit_seconds=fit_seconds,
        predict_seconds=end - test_start,
        model_bytes=model_bytes(fitted),
        duration_seconds=end - start,
        threads=threads,
    )
    yield FittedBaseline(result, predictions, model_arrays(fitted, inputs.scaling))


def _features(
    config: BaselineConfig, data_folder: Path, home: Path
) -> Steps[tuple[DatasetFeatures | None, float]]:
    """The dataset's features and the seconds to compute them; None for pixels, and 0 s from disk."""
    if config.data.features == "pixels":
        return None, 0.0
    start, is_computed = time.perf_counter(), False
    steps = computed_features(config.data.dataset, config.data.hog, data_folder, home)
    while True:
        try:
            progress = next(steps)
        except StopIteration as end:
            return end.value, time.perf_counter() - start if is_computed else 0.0
        is_computed = True
        yield Progress("features", progress.done, progress.total)


def _told(
    stage: str,
    tasks: Sequence[Callable[[], Result]],
    workers: int,
    units: tuple[int, int, int] | None = None,
) -> Steps[list[Result]]:
    """Results of the tasks; ``units`` are those done before, those in a task, and the total of the stage."""
    before, each, total = units or (0, 1, len(tasks))
    steps = completed(tasks, workers)
    while True:
        try:
            done = next(steps)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]
        yield Progress(stage, min(before + done * each, total), total)


def _fitted(config: BaselineConfig, inputs: Inputs, threads: int) -> Steps[ClassifierMixin]:
    method = estimator(config.baseline, config.seed)
    match method:
        case LinearSVC():
            return (yield from _some_classes_at_once(method, inputs, threads))
        case RandomForestClassifier():
            return (yield from _batches_of_trees(method, inputs, config.baseline.trees, threads))
        case _:
            task = partial(method.fit, inputs.train, inputs.train_labels)
            (fitted,) = yield from _told("fit", [task], 1)
            return fitted


def _some_classes_at_once(method: LinearSVC, inputs: Inputs, threads: int) -> Steps[ClassifierMixin]:
    """Each class against the rest, a few classes a thread; the same weights as in one call, bit for bit.

    LIBLINEAR adds up images ordered by class, and stops early enough for the order to show. So the images are
    brought into that order, and the classes before and after those of a thread are made into one each. That
    is an answer or two a thread that nobody needs, and still takes three fifths of the time on two cores.
    """
    features, labels = inputs.train, inputs.train_labels.astype(np.int64)
    classes = np.unique(labels)
    # LIBLINEAR copies all features for each call: 16 bytes a number.
    affordable = max(1, int(MOST_COPIES_BYTES / (features.size * 16)))
    shares = np.array_split(classes, max(1, min(threads, affordable, len(classes) // 2)))
    if len(shares) > 1:
        order = np.argsort(labels, kind="stable")
        features, labels = features[order], labels[order]
    tasks = [
        partial(clone(method).fit, features, np.clip(labels, share[0] - 1, share[-1] + 1)) for share in shares
    ]
    parts = yield from _told("fit", tasks, len(tasks), units=(0, len(shares[0]), len(classes)))
    method.classes_ = classes
    if len(classes) == 2:
        method.coef_, method.intercept_ = parts[0].coef_, parts[0].intercept_
    else:
        own = [np.isin(part.classes_, share) for part, share in zip(parts, shares, strict=True)]
        method.coef_ = np.vstack([part.coef_[rows] for part, rows in zip(parts, own, strict=True)])
        method.intercept_ = np.concatenate(
            [part.intercept_[rows] for part, rows in zip(parts, own, strict=True)]
        )
    method.n_features_in_ = features.shape[1]
    method.n_iter_ = max(part.n_iter_ for part in parts)
    return method


def _batches_of_trees(
    method: RandomForestClassifier, inputs: Inputs, trees: int, threads: int
) -> Steps[ClassifierMixin]:
    batch = max(threads, -(-trees // BATCHES_OF_TREES))
    for count in range(0, trees, batch):
        method.set_params(n_estimators=min(count + batch, trees), n_jobs=threads)
        task = partial(method.fit, inputs.train, inputs.train_labels)
        yield from _told("fit", [task], 1, units=(count, batch, trees))
    return method.set_params(n_jobs=1)  # portions are asked side by side


def _asked(stage: str, fitted: ClassifierMixin, features: NDArray[Any], threads: int) -> Steps[_Answers]:
    starts = range(0, len(features), PORTION)
    tasks = [partial(_answer, fitted, features[start : start + PORTION]) for start in starts]
    answers = yield from _told(stage, tasks, threads, units=(0, PORTION, len(features)))
    portions = [answer.probabilities for answer in answers if answer.probabilities is not None]
    return _Answers(
        np.concatenate([answer.predictions for answer in answers]),
        np.concatenate(portions) if portions else None,
    )


def _answer(fitted: ClassifierMixin, features: NDArray[Any]) -> _Answers:
    """A forest and logistic regression give probabilities; votes of neighbours are none."""
    if isinstance(fitted, RandomForestClassifier):
        probabilities = fitted.predict_proba(features)
        return _Answers(fitted.classes_[probabilities.argmax(axis=1)].astype(np.uint8), probabilities)
    predictions = fitted.predict(features).astype(np.uint8)
    is_probable = isinstance(fitted, LogisticRegression)
    return _Answers(predictions, fitted.predict_proba(features) if is_probable else None)


def _evaluation(fitted: ClassifierMixin, answers: _Answers, labels: NDArray[np.uint8]) -> Evaluation:
    confusion = confusion_matrix(labels, answers.predictions)
    loss = None
    if answers.probabilities is not None:
        every = np.zeros((len(labels), CLASSES))
        every[:, fitted.classes_] = answers.probabilities
        loss = float(log_loss(labels, every, labels=np.arange(CLASSES)))
    return Evaluation(
        loss=loss,
        accuracy=accuracy(confusion),
        confusion=tuple(tuple(row) for row in confusion.tolist()),
        per_class=per_class(confusion),
    )
