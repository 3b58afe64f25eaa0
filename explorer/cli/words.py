"""Runs in words, for people at a terminal."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from explorer.config.fields import changed_values
from explorer.config.run import RunConfig
from explorer.evaluation.seen_labels import among_seen
from explorer.records import BaselineResult, EpochMetrics, LayerMetrics, Run, RunResult

LIST_HEADER = ("id", "name", "status", "epochs", "test accuracy", "device", "created")
EPOCH_HEADER = (
    "epoch",
    "train loss",
    "train accuracy",
    "validation loss",
    "validation accuracy",
    "learning rate",
    "seconds",
)
BAR_WIDTH = 20
EIGHTHS = " ▏▎▍▌▋▊▉█"
LAYER_HEADER = ("layer", "units", "dead", "inactive", "weight norm", "gradient norm")


def describe_end(run: Run) -> str:
    """One sentence on how a run ended, with what it got right."""
    sentence, seen = f"Run {run.id} {run.status}", ""
    if run.result is not None:
        test = run.result.test
        right = f"{test.correct:,} of {test.images:,} test images right ({test.accuracy:.2%})"
        sentence += f": {right} {_what_it_took(run, run.result)}"
        seen = among_seen(run.config.data, test, percent="%")
    sentences = (f"{sentence}.", seen, reason_of(run))
    return " ".join(said for said in sentences if said)


def reason_of(run: Run) -> str:
    """Why a run ended, for a terminal: Resume is a button of the run's page."""
    return run.reason.replace("Resume ", f"Resume on the dashboard (/run?run={run.id}) ")


def _what_it_took(run: Run, result: RunResult | BaselineResult) -> str:
    if isinstance(result, RunResult):
        epochs = counted(result.epochs_run, "epoch")
        return f"after {epochs} in {result.duration_seconds:.1f} s on {run.device}"
    return (
        f"after {result.fit_seconds:.1f} s of fitting {result.features:,} features, "
        f"{result.predict_seconds:.1f} s of predicting"
    )


def describe_repeats(several: dict[str, Any]) -> str:
    """One sentence on the test accuracy of repeats; ``several`` is what ``outcomes`` makes."""
    line = several["summary"][0]
    finished, accuracy = (
        f"{line['finished']} of {counted(line['runs'], 'run')} finished",
        line["test_accuracy"],
    )
    if accuracy is None:
        return f"{finished}."
    spread = f" ± {accuracy['deviation']:.2%}" if accuracy["deviation"] is not None else ""
    least, greatest = f"{accuracy['least']:.2%}", f"{accuracy['greatest']:.2%}"
    return f"{finished}: test accuracy {accuracy['mean']:.2%}{spread}, from {least} to {greatest}."


def describe_run(run: Run, epochs: Sequence[EpochMetrics]) -> str:
    """Everything that is known of a run: what was asked, how it went, epoch by epoch."""
    lines = [f"{run.name}", describe_end(run), ""]
    for label, moment in (("created", run.created_at), ("started", run.started_at), ("ended", run.ended_at)):
        if moment is not None:
            lines.append(f"{label:8} {local_time(moment)}")
    if run.group is not None:
        lines.append(f"group    {run.group}")
    settings = changed_values(run.config)
    lines.append(
        "\nsettings that differ from the defaults:" if settings else "\nall settings are the defaults"
    )
    lines.extend(f"  {path} = {json.dumps(value, ensure_ascii=False)}" for path, value in settings.items())
    result = run.network_result
    layers = result.layers if result is not None else epochs[-1].layers if epochs else ()
    if layers:
        lines.append("\n" + table(LAYER_HEADER, [_layer_row(layer) for layer in layers]))
    if epochs:
        lines.append("\n" + table(EPOCH_HEADER, [_epoch_row(epoch) for epoch in epochs]))
    return "\n".join(lines)


def no_such_run(run_id: int) -> str:
    """What to say of a number that no run has."""
    return f"There is no run {run_id}. `python -m explorer runs list` lists the runs there are."


def list_row(run: Run) -> tuple[str, ...]:
    """A run as a row under ``LIST_HEADER``."""
    accuracy = f"{run.result.test.accuracy:.2%}" if run.result is not None else "–"
    progress = f"{run.epoch}/{run.config.training.epochs}" if isinstance(run.config, RunConfig) else "–"
    return (
        str(run.id),
        run.name,
        run.status.value,
        progress,
        accuracy,
        run.device or "–",
        local_time(run.created_at),
    )


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Columns as wide as their widest cell, two blanks apart; numbers are the caller's to format."""
    widths = [max(len(row[column]) for row in (header, *rows)) for column in range(len(header))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in (header, *rows)
    ]
    return "\n".join(lines)


def bar(share: float, width: int = BAR_WIDTH) -> str:
    """A bar of ``width`` characters, filled to ``share`` in [0, 1] in eighths of a character."""
    filled = round(min(max(share, 0.0), 1.0) * width * 8)
    whole, part = divmod(filled, 8)
    return ("█" * whole + (EIGHTHS[part] if part else "")).ljust(width, "·")


def duration(seconds: float) -> str:
    """Seconds as ``0:07``, ``12:30`` or ``1:02:03``."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def counted(number: int, noun: str) -> str:
    """``1 run``, ``2,000 runs``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def local_time(moment: datetime) -> str:
    """A moment in this machine's time zone, to the second."""
    return f"{moment.astimezone():%Y-%m-%d %H:%M:%S}"


def _layer_row(layer: LayerMetrics) -> tuple[str, ...]:
    return (
        layer.name,
        f"{layer.units:,}",
        _share(layer.dead_share),
        _share(layer.inactive_share),
        f"{layer.weight_norm:.4g}",
        _figure(layer.gradient_norm),
    )


def _epoch_row(epoch: EpochMetrics) -> tuple[str, ...]:
    return (
        str(epoch.epoch),
        f"{epoch.train_loss:.4f}",
        _share(epoch.train_accuracy),
        _figure(epoch.validation_loss),
        _share(epoch.validation_accuracy),
        f"{epoch.learning_rate:.4g}",
        f"{epoch.seconds:.2f}",
    )


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.2%}"


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{value:.4g}"
