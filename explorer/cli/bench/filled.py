"""A store as a busy term leaves it: hundreds of runs, one of many epochs and layers, a sweep under way."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from explorer.config.kinds import AnyConfig
from explorer.config.parsing import baseline_from_paths, config_from_paths
from explorer.config.run import DatasetName, RunConfig
from explorer.data.files import load_arrays
from explorer.data.partition import partition
from explorer.evaluation.metrics import accuracy, confusion_matrix, per_class
from explorer.models.architecture import parameter_shapes, weight_layers
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
from explorer.storage.checkpoints import Checkpoints, kept_epochs
from explorer.storage.stacks import Entry
from explorer.storage.store import Store

HOST = "another machine"  # whose locks are not looked at: its runs count as alive
BINS = 2_000
OPEN_HIDDEN = [128, 96, 64, 48, 32]  # with the output: six layers
SWEEP = "sweep be7c41 · learning rate"
SWEPT, SEEDS = 8, 8
OTHER_EPOCHS = 5


@dataclass(frozen=True, slots=True)
class Filled:
    """The runs by what they are for: ``open_run`` has all epochs, ``beside`` is a CNN on the same images."""

    open_run: int
    beside: int
    compared: tuple[int, ...]
    sweep: tuple[int, ...]
    group: str


def fill(store: Store, settings: Settings, runs: int, epochs: int, dataset: DatasetName = "mnist") -> Filled:
    """So many runs in all, by hand and without training; the sweep's are running, the others have ended."""
    usual: dict[str, object] = {"data.dataset": dataset, "training.device": "cpu"}
    opened = store.create_run(
        config_from_paths({**usual, "network.hidden": OPEN_HIDDEN, "training.epochs": epochs})
    )
    beside = store.create_run(config_from_paths({**usual, "network.preset": "lenet", "training.epochs": 5}))
    swept = store.create_runs(_sweep(usual, epochs), group=SWEEP)
    others = store.create_runs(_others(usual, runs - len(swept) - 2), group="earlier")
    for run in (opened, beside, *swept, *others):
        store.claim(run.id, device="cpu", host=HOST)
    labels = _validation_labels(opened, settings)
    for run, count in ((opened, epochs), (beside, 5)):
        store.record(run.id, _steps(count), [_epoch(run, epoch, labels) for epoch in range(1, count + 1)])
        _keep_weights(run, settings, count)
        store.end(run.id, RunStatus.FINISHED, result=_result(run, count))
    for epoch in range(1, epochs + 1):
        record_epoch(store, swept, epoch)
    networks = [run for run in others if isinstance(run.config, RunConfig)]
    store.record_together(
        [Entry(run.id, (), [_epoch(run, epoch) for epoch in range(1, OTHER_EPOCHS + 1)]) for run in networks]
    )
    for run in others:
        ended = _result(run, OTHER_EPOCHS) if isinstance(run.config, RunConfig) else _fitted()
        store.end(run.id, RunStatus.FINISHED, result=ended)
    return Filled(
        open_run=opened.id,
        beside=beside.id,
        compared=(opened.id, beside.id, *(run.id for run in networks[:4])),
        sweep=tuple(run.id for run in swept),
        group=SWEEP,
    )


def record_epoch(store: Store, runs: Sequence[Run], epoch: int) -> None:
    """One epoch of all of these running runs, in one transaction, as a stack is recorded."""
    store.record_together([Entry(run.id, (), [_epoch(run, epoch)], 100_000.0) for run in runs])


def _sweep(usual: dict[str, object], epochs: int) -> list[AnyConfig]:
    return [
        config_from_paths(
            {
                **usual,
                "network.hidden": [64],
                "optimizer.learning_rate": rate,
                "training.epochs": 10 * epochs,
                "training.seed": seed,
            }
        )
        for rate in np.geomspace(1e-4, 0.1, SWEPT).round(6).tolist()
        for seed in range(SEEDS)
    ]


def _others(usual: dict[str, object], count: int) -> list[AnyConfig]:
    """Networks of several shapes and settings, and baselines; every tenth a CNN, every tenth a baseline."""
    random = np.random.default_rng(0)
    configs: list[AnyConfig] = []
    for number in range(count):
        if number % 10 == 0:
            configs.append(baseline_from_paths({"baseline.model": "knn", "baseline.k": 1 + number % 9}))
            continue
        shape = (
            {"network.preset": "lenet"}
            if number % 10 == 1
            else {"network.hidden": random.choice([16, 32, 64, 128], random.integers(1, 4)).tolist()}
        )
        settings = {
            "optimizer.learning_rate": float(random.choice([0.001, 0.003, 0.01])),
            "network.activation": str(random.choice(["relu", "tanh", "sigmoid"])),
            "training.epochs": OTHER_EPOCHS,
            "training.seed": number,
        }
        configs.append(config_from_paths({**usual, **shape, **settings}))
    return configs


def _validation_labels(run: Run, settings: Settings) -> np.ndarray:
    arrays = load_arrays(run.config.data.dataset, settings.data)
    parts = partition(arrays.train_labels, arrays.test_labels, run.network_config.data)
    return arrays.train_labels[parts.validation]


def _steps(epochs: int) -> list[StepMetrics]:
    """As many bins as a long run has."""
    bins = max(1, BINS // epochs)
    steps = np.arange(1, epochs * bins + 1)
    losses = 2.3 * steps**-0.3
    return [
        StepMetrics(1 + (step - 1) // bins, step, step, loss, 0.7 * loss, 1.4 * loss)
        for step, loss in zip(steps.tolist(), losses.tolist(), strict=True)
    ]


def _epoch(run: Run, epoch: int, labels: np.ndarray | None = None) -> EpochMetrics:
    """Loss falls, accuracy rises; with labels, answers of which ever fewer are wrong."""
    random = np.random.default_rng([run.id, epoch])
    answers = np.zeros(0, np.uint8)
    if labels is not None:
        wrong = random.random(len(labels)) < 0.02 + 0.3 / epoch
        answers = np.where(wrong, random.integers(0, 10, len(labels)), labels).astype(np.uint8)
    noise = 1 + 0.1 * float(random.random())
    layers = tuple(
        LayerMetrics(
            name=layer.name,
            units=layer.units,
            dead_share=None if layer.name == "output" else 0.05 * noise,
            inactive_share=0.4 * noise,
            weight_norm=3 + 0.1 * epoch**0.5,
            gradient_norm=noise / epoch,
            update_ratio=0.01 * noise / epoch,
        )
        for layer in weight_layers(run.network_config.network)
    )
    return EpochMetrics(
        epoch=epoch,
        step=20 * epoch,
        images_seen=10_000 * epoch,
        train_loss=noise / epoch**0.5,
        train_accuracy=1 - 0.3 / epoch**0.5,
        validation_loss=1.1 * noise / epoch**0.5,
        validation_accuracy=1 - 0.33 * noise / epoch**0.5,
        test_loss=None,
        test_accuracy=None,
        learning_rate=run.network_config.optimizer.learning_rate,
        seconds=0.5 * noise,
        layers=layers,
        predictions=answers.tobytes(),
    )


def _keep_weights(run: Run, settings: Settings, epochs: int) -> None:
    """Random weights of the network's shapes, for the epochs that a run of this length keeps."""
    random, kept = np.random.default_rng(run.id), Checkpoints(settings, run.id)
    shapes = parameter_shapes(run.network_config.network)
    arrays = {
        name: (random.normal(size=shape) / max(shape[-1], 1) ** 0.5).astype(np.float32)
        for name, shape in shapes.items()
    }
    for epoch in sorted(kept_epochs(epochs)):
        kept.save_epoch(
            epoch, {name: array * np.float32(1 + epoch / epochs) for name, array in arrays.items()}
        )


def _evaluation(images: int) -> Evaluation:
    random = np.random.default_rng(images)
    labels = np.arange(images) % 10
    answers = np.where(random.random(images) < 0.03, random.integers(0, 10, images), labels)
    counts = confusion_matrix(labels, answers)
    return Evaluation(
        loss=0.1,
        accuracy=accuracy(counts),
        confusion=tuple(tuple(int(count) for count in row) for row in counts),
        per_class=per_class(counts),
    )


def _result(run: Run, epochs: int) -> RunResult:
    last = _epoch(run, epochs)
    return RunResult(
        parameters=sum(
            int(np.prod(shape)) for shape in parameter_shapes(run.network_config.network).values()
        ),
        epochs_run=epochs,
        best_epoch=epochs,
        kept_epoch=epochs,
        train=_evaluation(50_000),
        validation=_evaluation(10_000),
        test=_evaluation(10_000),
        layers=last.layers,
        duration_seconds=0.5 * epochs,
        samples_per_second=100_000.0,
        threads=1,
        predict_seconds=0.02,
    )


def _fitted() -> BaselineResult:
    return BaselineResult(
        features=784,
        train=None,
        validation=_evaluation(10_000),
        test=_evaluation(10_000),
        feature_seconds=0.0,
        fit_seconds=0.1,
        predict_seconds=9.0,
        model_bytes=47_040_000,
        duration_seconds=20.0,
        threads=2,
    )
