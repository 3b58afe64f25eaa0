"""A run as a stand-alone PyTorch script that needs only torch and torchvision."""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from explorer.config.fields import changed_values
from explorer.config.run import RunConfig
from explorer.data.digits import small_digits
from explorer.data.files import DIGITS_SPLIT_SEED
from explorer.data.stratified import draw
from explorer.data.words import title_of
from explorer.errors import ExportError
from explorer.records import RunResult
from explorer.sharing import script_parts as parts
from explorer.sharing.source import Source
from explorer.training.randomness import Purpose, seed_for

TEMPLATE = Path(__file__).with_name("script_template.txt")
FEW_CHANNELS = 8  # up to which pooling goes along whole rows
# Images that are augmented together, as training does on each kind of device.
BLOCK_IMAGES = {"cpu": 1_024, "cuda": 16_384, "mps": 4_096}


def script(source: Source) -> str:
    """The whole script. It trains the run's epochs anew and prints its test accuracy beside the run's.

    Images, split, initial weights, order of images, dropout and noise are the same, number for number; sums
    may round otherwise. Where a run ended early or kept an earlier epoch, so does the script.

    Raises:
        ExportError: the run is a baseline, sees HOG features or a dataset of one's own, has noise on its
            sums, is a fork, was changed while it trained, or has no result.
        DatasetError: the dataset is not here; which of its images train is written into the script.
    """
    config, result = source.config, source.result
    _refuse_what_a_script_cannot_do(source)
    flags = _flags(config, result)
    return _filled(_chosen(TEMPLATE.read_text(encoding="utf-8"), flags), _values(source, flags))


def _refuse_what_a_script_cannot_do(source: Source) -> None:
    run, config = source.run, source.config
    if config.data.features != "pixels":
        raise ExportError(
            f"Run {run.id} sees HOG features, which torch and torchvision do not compute. "
            "Export it as ONNX, weights or a bundle."
        )
    if config.data.dataset != "digits":
        parts.loading(config.data.dataset)
    if run.parent is not None:
        raise ExportError(
            f"Run {run.id} is a fork: a script begins from initial weights, not from another run's. "
            "Export its parent as a script, or this run as ONNX, weights or a bundle."
        )
    if run.changes:
        raise ExportError(
            f"Run {run.id} was changed while it trained, which a script does not do. "
            "Export it as ONNX, weights or a bundle."
        )
    noise = config.regularisation
    if noise.noise_on == "sums" and (noise.activation_noise or noise.gradient_noise):
        raise ExportError(
            f"Run {run.id} has noise on its weighted sums, which the script's networks do not take. "
            "Export it as ONNX, weights or a bundle."
        )
    if source.epochs and source.epochs[-1].step % source.result.epochs_run:
        raise ExportError(
            f"Run {run.id} ended within an epoch. Train it for whole epochs to export a script."
        )


def _flags(config: RunConfig, result: RunResult) -> set[str]:
    network, regularisation, data = config.network, config.regularisation, config.data
    is_cnn = network.kind == "cnn"
    facts = {
        "cnn": is_cnn,
        "mlp": not is_cnn,
        "digits": data.dataset == "digits",
        "torchvision": data.dataset != "digits",
        "norm": network.batch_norm,
        "columns": not (is_cnn or network.batch_norm),  # as training does where it is written out
        "few_channels": any(block.pooling == 2 and block.filters <= FEW_CHANNELS for block in network.blocks),
        "prelu": network.activation == "prelu",
        "pools_first": network.activation in parts.MONOTONE,
        "nesterov": config.optimizer.nesterov,
        "dropout": network.dropout > 0,
        "sigma": regularisation.activation_noise > 0,
        "back": regularisation.gradient_noise > 0,
        "l2": regularisation.l2 > 0,
        "l1": regularisation.l1 > 0,
        "penalised": regularisation.l2 > 0 or regularisation.l1 > 0,
        "augment": any(data.augmentation.model_dump().values()),
        "copies": data.noisy_copies > 0,
        "kept": result.kept_epoch != result.epochs_run,
        "scheduled": config.schedule.name != "constant" or config.schedule.warmup_epochs > 0,
    }
    names = {name for name, holds in facts.items() if holds}
    noise = {"noise"} if names & {"dropout", "sigma", "back"} else set()
    return names | noise | ({"own_text"} if names & {"augment", "copies", "few_channels"} else set())


def _values(source: Source, flags: set[str]) -> dict[str, str]:
    """What stands for each ``{{NAME}}`` of the template."""
    run, config, result = source.run, source.config, source.result
    network, data, training = config.network, config.data, config.training
    labels = source.arrays.train_labels, source.arrays.test_labels
    images = len(source.partition.train) * (1 + data.noisy_copies)
    batch = images if training.batch_size == "full" else min(training.batch_size, images)
    device = (run.device or "cpu").partition(":")[0]
    mean, factor = source.scaling
    test, epochs = result.test, range(1, result.epochs_run + 1)
    seeds = {purpose: [seed_for(training.seed, purpose, epoch) for epoch in epochs] for purpose in Purpose}
    is_early = result.epochs_run < training.epochs
    values = {
        "TITLE": _one_line(f"{run.name}, on {title_of(data.dataset)}."),
        "RUN": str(run.id),
        "FILE": f"run-{run.id}.py",
        "CORRECT": f"{test.correct:,}",
        "TESTS": f"{test.images:,}",
        "PERCENT": f"{test.accuracy:.2%}",
        "EXACT_PERCENT": f"{test.accuracy:.4%}",
        "CORRECT_PLAIN": str(test.correct),
        "TESTS_PLAIN": str(test.images),
        "SETTINGS": _settings(config),
        "EPOCHS": str(result.epochs_run),
        "EPOCHS_NOTE": f"  # of {training.epochs}: the run ended early" if is_early else "",
        "KEPT_EPOCH": str(result.kept_epoch),
        "BATCH_SIZE": str(batch),
        "LEARNING_RATE": repr(config.optimizer.learning_rate),
        "SEED": str(training.seed),
        "CONVOLUTIONS": repr(_convolutions(config)),
        "HIDDEN": repr(list(network.hidden)),
        "LAYERS": str(len(network.blocks) + len(network.hidden)),
        "DROPOUT": repr(network.dropout),
        "SIGMA": repr(config.regularisation.activation_noise),
        "BACK": repr(config.regularisation.gradient_noise),
        "L2": repr(config.regularisation.l2),
        "L1": repr(config.regularisation.l1),
        "AUGMENTATION": ", ".join(f"{name}={amount!r}" for name, amount in data.augmentation),
        "SCALING_NOTE": " Mean 0 and deviation 1 over all training images."
        if data.scaling == "standard"
        else "",
        "MEAN": repr(mean),
        "FACTOR": repr(factor),
        "THREADS": str(result.threads),
        "SEEDS_NOTE": " and of what is random besides" if flags & {"augment", "noise"} else "",
        "ORDER_SEEDS": parts.numbers(seeds[Purpose.ORDER]),
        "AUGMENTATION_SEEDS": parts.numbers(seeds[Purpose.AUGMENTATION]),
        "NOISE_SEEDS": parts.numbers(seeds[Purpose.NOISE]),
        "LOAD": parts.loading(data.dataset) if "torchvision" in flags else "",
        "TRAIN_FILES": str(len(labels[0])),
        "COPIES": str(data.noisy_copies),
        "COPIES_SIGMA": repr(data.noisy_copies_sigma),
        "SPLIT_SEED": str(data.split_seed),
        "SETS": str(1 + data.noisy_copies),
        "NOISY_COPIES": _noisy_copies() if "copies" in flags else "",
        "AUGMENT": _augment() if "augment" in flags else "",
        "MAX_POOL": "max_pool" if "few_channels" in flags else "functional.max_pool2d",
        "POOLING": _pooling() if "few_channels" in flags else "",
        "FROM_CONVOLUTIONS": ", len(CONVOLUTIONS)" if network.blocks else "",
        "ACTIVATION": f"return {parts.ACTIVATIONS[network.activation]}",
        "START_NOTE": parts.SOURCES[network.initialisation],
        "START_WEIGHT": parts.start_of_weights(network.initialisation, network.initialisation_sigma),
        "START_BIAS": parts.start_of_biases(network.biases),
        "LOSS_NOTE": parts.LOSS_NOTES[config.loss],
        "LOSS": parts.loss(config),
        "SCALE": "1 / len(labels)" if config.optimizer.reduction == "mean" else "1.0",
        "SLOPES": parts.slopes(config),
        "SCHEDULE": parts.schedule(config),
        "OPTIMIZER": parts.optimizer(config, device),
        "BLOCK": str(max(1, BLOCK_IMAGES.get(device, 1_024) // batch) * batch),
        "STEP": parts.step(config, is_scheduled="scheduled" in flags, indent=12),
        "STEP_DEEP": parts.step(config, is_scheduled="scheduled" in flags, indent=16),
        "TRAIN": parts.bits(source.partition.train, len(labels[0])),
        "TEST": parts.bits(source.partition.test, len(labels[1])),
    }
    return values | (_digits() if "digits" in flags else {})


def _settings(config: RunConfig) -> str:
    changed = {
        path: value for path, value in changed_values(config).items() if not path.startswith("data.hog.")
    }
    lines = [f"    {path} = {json.dumps(value)}" for path, value in changed.items()]
    return "\n".join(lines) or "    none"


def _convolutions(config: RunConfig) -> list[tuple[int, int, tuple[int, int], int]]:
    """Filters, kernel, padding before and after, pooling of each block; an even kernel pads more after."""
    return [
        (
            block.filters,
            block.kernel,
            ((block.kernel - 1) // 2, block.kernel // 2) if block.padding == "same" else (0, 0),
            block.pooling,
        )
        for block in config.network.blocks
    ]


@cache
def _augment() -> str:
    names = ("augment", "warp", "displacements", "_smoother")
    smoothness = "# Simard et al. (2003) smooth their random displacements with a Gaussian of 4 pixels."
    text = parts.definitions("explorer.data.augmentation", names)
    return f"{smoothness}\nELASTIC_SMOOTHNESS = 4.0\n\n\n{text}"


@cache
def _pooling() -> str:
    return parts.definitions("explorer.models.pooling", ("max_pool", "_PoolPairs"))


@cache
def _noisy_copies() -> str:
    text = parts.definitions("explorer.data.noisy_copies", ("with_noisy_copies",))
    return f"COPY_NOISE, NOISE_BATCH = 2, 4_096\n\n\n{text}"


@cache
def _digits() -> dict[str, str]:
    """The bundled digits as they were scanned, training images first."""
    images, labels = small_digits()
    test = draw(labels, 360, (DIGITS_SPLIT_SEED,))
    order = np.concatenate((np.setdiff1d(np.arange(len(labels)), test), test))
    return {
        "DIGITS": parts.packed(images[order].tobytes()),
        "LABELS": parts.packed(labels[order].tobytes()),
    }


def _chosen(template: str, flags: set[str]) -> str:
    """The lines whose conditions hold: blocks from ``#[ flag`` to ``#]``, lines that end in ``#? flag``."""
    lines: list[str] = []
    open_blocks: list[bool] = []
    for line in template.split("\n"):
        if line.startswith("#["):
            open_blocks.append(_holds(line[2:], flags))
        elif line == "#]":
            open_blocks.pop()
        elif all(open_blocks):
            text, mark, condition = line.partition("  #? ")
            if not mark or _holds(condition, flags):
                lines.append(text)
    return "\n".join(lines)


def _holds(condition: str, flags: set[str]) -> bool:
    return all((name.lstrip("!") in flags) is not name.startswith("!") for name in condition.split())


def _filled(template: str, values: dict[str, Any]) -> str:
    return re.sub(r"\{\{([A-Z_0-9]+)\}\}", lambda found: str(values[found[1]]), template)


def _one_line(text: str) -> str:
    """A name that can stand in a docstring."""
    printable = "".join(sign if sign.isprintable() else " " for sign in text)
    return printable.replace("\\", "/").replace('"', "'")
