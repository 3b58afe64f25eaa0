"""A run as the JSON object that ``--json`` promises, and several runs with their summary."""

from collections.abc import Iterable, Sequence
from statistics import fmean, stdev
from typing import Any

from explorer.config.baseline import BaselineConfig
from explorer.config.run import RunConfig
from explorer.data.features import inputs_of
from explorer.models.architecture import count_parameters
from explorer.records import BaselineResult, EpochMetrics, Evaluation, LayerMetrics, Run

HISTORY_COLUMNS = (
    "epoch",
    "train_loss",
    "train_accuracy",
    "validation_loss",
    "validation_accuracy",
    "learning_rate",
    "seconds",
)
SUMMARISED = ("test", "validation", "train")


def outcome(run: Run, epochs: Sequence[EpochMetrics]) -> dict[str, Any]:
    """One run with its history, or one baseline; what an unfinished run does not know is None."""
    if isinstance(run.config, BaselineConfig):
        return baseline_outcome(run)
    result = run.network_result
    return {
        "run_id": run.id,
        "status": run.status.value,
        "config": run.config.model_dump(mode="json"),
        "device": run.device,
        "parameters": result.parameters if result else _parameters(run.network_config),
        "epochs_run": result.epochs_run if result else len(epochs),
        "best_epoch": result.best_epoch if result else None,
        "train": _scores(result.train if result else None),
        "validation": _scores(result.validation if result else None),
        "test": _answers(result.test) if result else None,
        "layers": [_layer(layer) for layer in _layers(run, epochs)],
        "history": [history_row(epoch) for epoch in epochs],
        "duration_seconds": result.duration_seconds if result else None,
        "samples_per_second": result.samples_per_second if result else (run.samples_per_second or None),
    }


def _parameters(config: RunConfig) -> int:
    return count_parameters(config.network, inputs=inputs_of(config.data))


def baseline_outcome(run: Run) -> dict[str, Any]:
    """One baseline; without a result it says what was asked and how it ended."""
    result = run.result if isinstance(run.result, BaselineResult) else None
    return {
        "run_id": run.id,
        "status": run.status.value,
        "reason": run.reason,
        "config": run.config.model_dump(mode="json"),
        "device": run.device,
        "features": result.features if result else None,
        "train": _scores(result.train if result else None),
        "validation": _scores(result.validation if result else None),
        "test": _answers(result.test) if result else None,
        "feature_seconds": result.feature_seconds if result else None,
        "fit_seconds": result.fit_seconds if result else None,
        "predict_seconds": result.predict_seconds if result else None,
        "duration_seconds": result.duration_seconds if result else None,
        "model_bytes": result.model_bytes if result else None,
        "threads": result.threads if result else None,
    }


def history_row(epoch: EpochMetrics) -> dict[str, Any]:
    """One epoch, as a line of ``history`` and of an exported table."""
    return {column: getattr(epoch, column) for column in HISTORY_COLUMNS}


def outcomes(runs: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The objects of several repeats, and one summary line over those that have a result."""
    measured = [run for run in runs if run["test"] is not None]
    line: dict[str, Any] = {
        "run_ids": [run["run_id"] for run in runs],
        "runs": len(runs),
        "finished": sum(run["status"] == "finished" for run in runs),
    }
    for split in SUMMARISED:
        for score in ("accuracy", "loss"):
            values = [
                run[split][score]
                for run in measured
                if run[split] is not None and run[split][score] is not None
            ]
            line[f"{split}_{score}"] = spread(values)
    return {"runs": list(runs), "summary": [line]}


def spread(values: Iterable[float]) -> dict[str, float | None] | None:
    """Mean, sample standard deviation (None for one value), least and greatest; None of nothing."""
    known = sorted(values)
    if not known:
        return None
    deviation = stdev(known) if len(known) > 1 else None
    return {"mean": fmean(known), "deviation": deviation, "least": known[0], "greatest": known[-1]}


def _scores(evaluation: Evaluation | None) -> dict[str, float | None] | None:
    if evaluation is None:
        return None
    return {"loss": evaluation.loss, "accuracy": evaluation.accuracy}


def _answers(evaluation: Evaluation) -> dict[str, Any]:
    return {
        "loss": evaluation.loss,
        "accuracy": evaluation.accuracy,
        "confusion": [list(row) for row in evaluation.confusion],
        "per_class": [
            {
                "precision": metrics.precision,
                "recall": metrics.recall,
                "f1": metrics.f1,
                "support": metrics.support,
            }
            for metrics in evaluation.per_class
        ],
    }


def _layers(run: Run, epochs: Sequence[EpochMetrics]) -> tuple[LayerMetrics, ...]:
    if run.network_result is not None:
        return run.network_result.layers
    return epochs[-1].layers if epochs else ()


def _layer(layer: LayerMetrics) -> dict[str, Any]:
    return {
        "name": layer.name,
        "units": layer.units,
        "dead_share": layer.dead_share,
        "inactive_share": layer.inactive_share,
        "weight_norm": layer.weight_norm,
        "gradient_norm": layer.gradient_norm,
    }
