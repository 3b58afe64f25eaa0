"""A run as an event file for TensorBoard."""

import json
from collections.abc import Iterator, Mapping
from itertools import accumulate

from explorer.config.fields import values_by_path
from explorer.records import EpochMetrics, LayerMetrics, RunResult
from explorer.sharing.event_records import (
    Hyperparameter,
    hyperparameter_events,
    record,
    scalar_event,
    text_event,
    version_event,
)
from explorer.sharing.source import Source

LARGEST_FLOAT = 3.4e38  # of a scalar, which TensorBoard keeps in 32 bits
SCORES = (
    "train_loss",
    "train_accuracy",
    "validation_loss",
    "validation_accuracy",
    "test_loss",
    "test_accuracy",
)
MEASURED = ("dead_share", "inactive_share", "weight_norm", "gradient_norm", "update_ratio")


def event_file(source: Source) -> bytes:
    """Scalars of every bin of steps and of every epoch, statistics of layers, hyperparameters, texts.

    ``step/loss`` is by step; ``epoch/train_loss``, ``hidden 1/dead_share``, ``result/test_accuracy`` and the
    like are by epoch. Times are those at which the run was trained, so that curves can be drawn over time.

    Raises:
        ExportError: the run is a baseline, which has no curves.
    """
    config, run = source.config, source.run
    began = (run.started_at or run.created_at).timestamp()
    result = run.network_result
    tags = [f"result/{name}" for name in _result(result)] if result is not None else []
    values = _hyperparameters(values_by_path(config))
    events = [
        version_event(began),
        *hyperparameter_events(began, f"run {run.id}", values, tags),
        text_event(began, "run", f"run {run.id}: {run.name}"),
        text_event(began, "config", _as_code(json.dumps(config.model_dump(mode="json"), indent=2))),
        *_curves(source, began),
    ]
    return b"".join(record(event) for event in events)


def _curves(source: Source, began: float) -> Iterator[bytes]:
    epochs, steps = source.epochs, source.store.steps(source.run.id)
    ends = [began + seconds for seconds in accumulate(epoch.seconds for epoch in epochs)]
    clock = _Clock(began, {epoch.step: end for epoch, end in zip(epochs, ends, strict=True)})
    for entry in steps:
        moment = clock.at(entry.last_step)
        losses = {"step/loss": entry.loss, "step/loss_min": entry.loss_min, "step/loss_max": entry.loss_max}
        yield scalar_event(moment, entry.last_step, _representable(losses))
    for epoch, end in zip(epochs, ends, strict=True):
        yield scalar_event(end, epoch.epoch, _representable(_epoch(epoch)))
    result = source.run.network_result
    if result is not None and epochs:
        yield scalar_event(
            ends[-1],
            epochs[-1].epoch,
            _representable({f"result/{name}": value for name, value in _result(result).items()}),
        )


class _Clock:
    """When a step was made: between the ends of two epochs, in even paces."""

    def __init__(self, began: float, ends: Mapping[int, float]) -> None:
        self._marks = [(0, began), *sorted(ends.items())]

    def at(self, step: int) -> float:
        """Seconds since 1970."""
        while len(self._marks) > 1 and self._marks[1][0] < step:
            del self._marks[0]
        first, start = self._marks[0]
        if len(self._marks) == 1:
            return start
        last, end = self._marks[1]
        return start + (end - start) * (step - first) / max(last - first, 1)


def _epoch(epoch: EpochMetrics) -> dict[str, float | None]:
    values: dict[str, float | None] = {f"epoch/{name}": getattr(epoch, name) for name in SCORES}
    values |= {"epoch/learning_rate": epoch.learning_rate, "epoch/seconds": epoch.seconds}
    for layer in epoch.layers:
        values |= _layer(layer)
    return values


def _layer(layer: LayerMetrics) -> dict[str, float | None]:
    return {f"{layer.name}/{name}": getattr(layer, name) for name in MEASURED}


def _result(result: RunResult) -> dict[str, float | None]:
    return {"test_accuracy": result.test.accuracy, "test_loss": result.test.loss}


def _representable(values: Mapping[str, float | None]) -> dict[str, float]:
    """What was measured; numbers beyond 32 bits become infinite."""
    known = {tag: float(value) for tag, value in values.items() if value is not None}
    return {
        tag: value if not abs(value) > LARGEST_FLOAT else float("inf") * (1 if value > 0 else -1)
        for tag, value in known.items()
    }


def _hyperparameters(values: Mapping[str, object]) -> dict[str, Hyperparameter]:
    """Settings as TensorBoard takes them: numbers, truth values and texts; lists and None become texts."""
    return {
        path: value
        if isinstance(value, bool | str)
        else float(value)
        if isinstance(value, int | float)
        else json.dumps(value)
        for path, value in values.items()
    }


def _as_code(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.splitlines())
