"""Rules between fields: what one field's value forbids of another."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from explorer.config.presets import PRESETS
from explorer.errors import Problem

if TYPE_CHECKING:
    from explorer.config.run import Data, RunConfig

IMAGE_SIDE = 28
ONLY_FOR_PIXELS = "Features are computed once, of the images as they are. Set data.features to pixels."


def cross_field_problems(config: RunConfig) -> tuple[Problem, ...]:
    """Every contradiction in a tree whose single fields are all valid."""
    return (
        *feature_problems(config.data),
        *_on_features(config),
        *_network(config),
        *_optimizer(config),
        *_training(config),
        *_numpy_engine(config),
    )


def feature_problems(data: Data) -> Iterator[Problem]:
    """What is wrong with HOG features, or can't be had with them; silent where pixels are used."""
    if data.features != "hog":
        return
    cells = IMAGE_SIDE // data.hog.cell_size
    if data.hog.block_size > cells:
        yield Problem(
            "data.hog.block_size",
            data.hog.block_size,
            f"at most {cells} with cells of {data.hog.cell_size} pixels",
            f"Only {cells}×{cells} such cells fit into an image of {IMAGE_SIDE}×{IMAGE_SIDE}.",
        )
    if data.noisy_copies:
        yield Problem("data.noisy_copies", data.noisy_copies, "0 with the features hog", ONLY_FOR_PIXELS)


def _on_features(config: RunConfig) -> Iterator[Problem]:
    if config.data.features != "hog":
        return
    amounts = config.data.augmentation.model_dump()
    if any(amounts.values()):
        yield Problem("data.augmentation", amounts, "zero with the features hog", ONLY_FOR_PIXELS)
    if config.network.kind == "cnn":
        hint = "A list of features has no neighbours to convolve; or set network.kind to mlp."
        yield Problem("data.features", "hog", "pixels with the kind cnn", hint)


def _network(config: RunConfig) -> Iterator[Problem]:
    network = config.network
    if network.preset is not None:
        preset = PRESETS[network.preset]
        chosen = network.model_dump(mode="json")
        for name, value in preset.items():
            fixed = list(value) if isinstance(value, tuple) else value
            if chosen[name] != fixed:
                yield Problem(
                    f"network.{name}",
                    chosen[name],
                    f"{fixed} with the preset {network.preset}",
                    "Leave the preset out to choose it yourself.",
                )
    if network.kind == "mlp" and network.blocks:
        yield Problem(
            "network.blocks",
            [block.model_dump() for block in network.blocks],
            "empty for the kind mlp",
            "Set network.kind to cnn.",
        )
    if network.kind == "mlp" and not network.hidden:
        yield Problem("network.hidden", [], "1 to 8 hidden layers for the kind mlp", "Try [64].")
    if network.kind == "cnn" and not network.blocks:
        yield Problem("network.blocks", [], "1 to 4 blocks for the kind cnn", 'Try [{"filters": 16}].')
    side = IMAGE_SIDE
    for index, block in enumerate(network.blocks):
        convolved = side if block.padding == "same" else side - block.kernel + 1
        left = convolved // block.pooling
        if left < 1:
            yield Problem(
                f"network.blocks[{index}]",
                f"kernel {block.kernel}, pooling {block.pooling}",
                f"small enough for the {side}×{side} image that reaches it",
                "Use same padding, a smaller kernel or less pooling.",
            )
            return
        side = left


def _optimizer(config: RunConfig) -> Iterator[Problem]:
    optimizer = config.optimizer
    if optimizer.momentum and optimizer.name not in ("sgd", "rmsprop"):
        yield Problem(
            "optimizer.momentum",
            optimizer.momentum,
            f"0 with {optimizer.name}",
            "Only sgd and rmsprop take a momentum.",
        )
    if optimizer.nesterov and (optimizer.name != "sgd" or not optimizer.momentum):
        yield Problem(
            "optimizer.nesterov",
            True,
            "false unless sgd has a momentum above 0",
            "Set optimizer.name to sgd and optimizer.momentum to 0.9.",
        )
    if optimizer.weight_decay and optimizer.name != "adamw":
        yield Problem(
            "optimizer.weight_decay",
            optimizer.weight_decay,
            f"0 with {optimizer.name}",
            "Choose adamw, or use regularisation.l2.",
        )


def _training(config: RunConfig) -> Iterator[Problem]:
    training, data = config.training, config.data
    chooses = training.patience is not None or training.keep == "best"
    if chooses and not data.holds_back and training.monitor.startswith("validation"):
        yield Problem(
            "training.monitor",
            training.monitor,
            "a value that is measured",
            "Hold validation images back, or watch train_loss.",
        )
    if config.schedule.warmup_epochs >= training.epochs and config.schedule.warmup_epochs:
        yield Problem(
            "schedule.warmup_epochs",
            config.schedule.warmup_epochs,
            f"fewer than the {training.epochs} epochs of the run",
        )
    if config.schedule.name == "one_cycle" and config.schedule.warmup_epochs:
        yield Problem(
            "schedule.warmup_epochs",
            config.schedule.warmup_epochs,
            "0 with one_cycle",
            "One-cycle warms up by itself.",
        )
    if isinstance(training.batch_size, int) and config.network.batch_norm and training.batch_size < 2:
        yield Problem("training.batch_size", training.batch_size, "at least 2 with batch norm")


def _numpy_engine(config: RunConfig) -> Iterator[Problem]:
    if config.training.engine != "numpy":
        return
    hint = "Set training.engine to torch."
    if config.network.kind != "mlp":
        yield Problem("network.kind", config.network.kind, "mlp with the NumPy engine", hint)
    if config.network.batch_norm:
        yield Problem("network.batch_norm", True, "false with the NumPy engine", hint)
    if config.training.device != "cpu":
        yield Problem("training.device", config.training.device, "auto or cpu with the NumPy engine", hint)
