"""Runs on the bundled digits with curves, answers and weights written by hand, as a worker leaves them."""

from dataclasses import replace

import numpy as np

from explorer.config.parsing import baseline_from_paths, config_from_paths
from explorer.data.files import load_arrays
from explorer.data.partition import partition
from explorer.evaluation.metrics import per_class
from explorer.records import (
    BaselineResult,
    EpochMetrics,
    Evaluation,
    LayerMetrics,
    Run,
    RunResult,
    RunStatus,
    StepMetrics,
)
from explorer.settings import Settings
from explorer.storage.checkpoints import Checkpoints
from explorer.storage.store import Store

STEPS_AN_EPOCH = 20
WRONG = 6  # of the validation answers in every epoch, and of each part of a result


def steps_of(epoch: int) -> tuple[StepMetrics, ...]:
    """The bins of one epoch, one step each."""
    first = (epoch - 1) * STEPS_AN_EPOCH + 1
    return tuple(
        StepMetrics(epoch, n, n, 2.0 / n, 1.0 / n, 3.0 / n) for n in range(first, first + STEPS_AN_EPOCH)
    )


def epoch_of(run: Run, epoch: int, labels: np.ndarray) -> EpochMetrics:
    """One epoch that reads all validation images rightly but the first six, which it reads as nines."""
    answers = labels.copy()
    answers[np.flatnonzero(labels != 9)[:WRONG]] = 9
    validated = bool(len(labels))
    layers = (
        LayerMetrics("hidden 1", 64, 0.125, 0.5, 3.0, 0.25, 0.001),
        LayerMetrics("output", 10, None, 0.25, 1.0, 0.5, 0.002),
    )
    return EpochMetrics(
        epoch=epoch,
        step=epoch * STEPS_AN_EPOCH,
        images_seen=epoch * 1280,
        train_loss=1.0 / epoch,
        train_accuracy=1 - 0.4 / epoch,
        validation_loss=1.2 / epoch if validated else None,
        validation_accuracy=1 - 0.5 / epoch if validated else None,
        test_loss=None,
        test_accuracy=None,
        learning_rate=run.config.optimizer.learning_rate,
        seconds=0.5,
        layers=layers,
        predictions=answers.astype(np.uint8).tobytes(),
    )


def evaluation(images_a_class: int) -> Evaluation:
    """All right but six fours that were read as nines."""
    counts = np.diag([images_a_class] * 10)
    counts[4, 4] -= WRONG
    counts[4, 9] += WRONG
    total = 10 * images_a_class
    return Evaluation(
        loss=0.25,
        accuracy=1 - WRONG / total,
        confusion=tuple(tuple(int(count) for count in row) for row in counts),
        per_class=per_class(counts),
    )


def result(epochs: int) -> RunResult:
    """What a run amounts to: 994 of 1,000 test images right."""
    return RunResult(
        parameters=50_890,
        epochs_run=epochs,
        best_epoch=epochs,
        kept_epoch=epochs,
        train=evaluation(120),
        validation=evaluation(14),
        test=evaluation(100),
        layers=(),
        duration_seconds=1.5,
        samples_per_second=12_345.0,
        threads=1,
    )


def baseline_result(*, is_probable: bool = False) -> BaselineResult:
    """What a baseline amounts to: 994 of 1,000 test images right, with a loss where it has probabilities."""
    loss = 0.25 if is_probable else None
    return BaselineResult(
        features=324,
        train=None,
        validation=replace(evaluation(14), loss=loss),
        test=replace(evaluation(100), loss=loss),
        feature_seconds=4.25,
        fit_seconds=0.5,
        predict_seconds=2.5,
        model_bytes=1_862_352,
        duration_seconds=7.5,
        threads=2,
    )


def record_baseline(
    store: Store,
    status: RunStatus,
    *,
    stage: tuple[str, int, int] = ("Fitting", 3, 10),
    reason: str = "",
    name: str | None = None,
    **fields: object,
) -> Run:
    """A baseline that came to this status; fields as in ``record_run``."""
    config = baseline_from_paths({path.replace("__", "."): value for path, value in fields.items()})
    run = store.create_run(config, name=name)
    if status is RunStatus.QUEUED:
        return run
    assert store.claim(run.id, device="cpu", host="here")
    store.record_stage(run.id, *stage)
    if status is not RunStatus.RUNNING:
        is_probable = config.baseline.model in ("logistic", "forest")
        ended = baseline_result(is_probable=is_probable) if status is RunStatus.FINISHED else None
        store.end(run.id, status, reason, ended)
    return store.run(run.id)


def record_run(
    store: Store,
    settings: Settings,
    status: RunStatus,
    *,
    epochs: int = 3,
    reason: str = "",
    name: str | None = None,
    **fields: object,
) -> Run:
    """A run that came to this status after so many of its planned epochs, with all that it left behind.

    Fields are dotted fields with double underscores for dots.
    """
    planned = {"training.epochs": epochs} if status is RunStatus.FINISHED else {"training.epochs": 10}
    config = config_from_paths(planned | {path.replace("__", "."): value for path, value in fields.items()})
    run = store.create_run(config, name=name)
    if status is RunStatus.QUEUED:
        return run
    assert store.claim(run.id, device="cpu", host="here")
    store.set_total_steps(run.id, config.training.epochs * STEPS_AN_EPOCH)
    record_epochs(store, settings, run, range(1, epochs + 1))
    if status is not RunStatus.RUNNING:
        ended = result(epochs) if status in (RunStatus.FINISHED, RunStatus.STOPPED) else None
        store.end(run.id, status, reason, ended)
    return store.run(run.id)


def record_epochs(store: Store, settings: Settings, run: Run, epochs: range) -> None:
    """Add epochs with their steps, answers and weights to a running run."""
    arrays = load_arrays(run.config.data.dataset, settings.data)
    labels = arrays.train_labels[
        partition(arrays.train_labels, arrays.test_labels, run.config.data).validation
    ]
    weights = np.random.default_rng(0).normal(size=(64, 784)).astype(np.float32)
    for epoch in epochs:
        store.record(run.id, steps_of(epoch), (epoch_of(run, epoch, labels),), 12_345.0)
        Checkpoints(settings, run.id).save_epoch(epoch, {"hidden.0.weight": weights * epoch})
