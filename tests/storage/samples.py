"""Runs, curves and results to store, with numbers that a careless column would change."""

import math
from dataclasses import replace

from explorer.config.baseline import BaselineConfig
from explorer.config.parsing import baseline_from_paths, parse_config
from explorer.config.run import RunConfig
from explorer.records import (
    BaselineResult,
    ClassMetrics,
    EpochMetrics,
    Evaluation,
    LayerMetrics,
    Run,
    RunResult,
    RunStatus,
    StepMetrics,
)
from explorer.storage.store import Store

WORKER = {"device": "cpu", "host": "here"}
LAYERS = (
    LayerMetrics("hidden 1", 64, 0.125, 1 / 3, 12.5, 1e-12, 1e-300),
    LayerMetrics("output", 10, None, None, 3.25, None, None),
)
EVALUATION = Evaluation(
    loss=0.1 + 0.2,
    accuracy=0.9,
    confusion=tuple(tuple(9 if row == column else 1 for column in range(10)) for row in range(10)),
    per_class=tuple(ClassMetrics(0.5, 1 / 3, 0.4, 18) for _ in range(10)),
)
RESULT = RunResult(
    parameters=50_890,
    epochs_run=5,
    best_epoch=4,
    kept_epoch=5,
    train=EVALUATION,
    validation=None,
    test=EVALUATION,
    layers=LAYERS,
    duration_seconds=12.5,
    samples_per_second=123_456.789,
    threads=1,
)
BASELINE_RESULT = BaselineResult(
    features=324,
    train=None,
    validation=EVALUATION,
    test=replace(EVALUATION, loss=None),
    feature_seconds=0.0,
    fit_seconds=1 / 3,
    predict_seconds=2.5,
    model_bytes=3_000_000_000,  # beyond 32 bits
    duration_seconds=3.5,
    threads=2,
)


def baseline(model: str = "knn", **parameters: object) -> BaselineConfig:
    """A baseline on HOG features."""
    own = {f"baseline.{name}": value for name, value in parameters.items()}
    return baseline_from_paths({"data.features": "hog", "baseline.model": model, **own})


def config(device: str = "auto") -> RunConfig:
    return parse_config({"training": {"device": device}})


def bin_of(first_step: int, last_step: int, epoch: int = 1, loss: float = 0.5) -> StepMetrics:
    return StepMetrics(epoch, first_step, last_step, loss, loss / 2, loss * 2)


def epoch_of(epoch: int, *, steps: int = 10, predictions: bytes = b"\x00\x09") -> EpochMetrics:
    return EpochMetrics(
        epoch=epoch,
        step=epoch * steps,
        images_seen=epoch * steps * 240_000,  # beyond 32 bits for a long run
        train_loss=1 / epoch,
        train_accuracy=0.1,
        validation_loss=None,
        validation_accuracy=math.nan,
        test_loss=math.inf,
        test_accuracy=1.0,
        learning_rate=1e-300,
        seconds=0.25,
        layers=LAYERS,
        predictions=predictions,
    )


def claimed(store: Store) -> Run:
    run = store.create_run(config())
    assert store.claim(run.id, **WORKER)
    return store.run(run.id)


def ended(store: Store, status: RunStatus) -> Run:
    run = claimed(store)
    store.end(run.id, status, "why")
    return store.run(run.id)
