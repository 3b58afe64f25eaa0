"""What a preview trains: small copies of one run, over the whole range around one of its settings."""

from explorer.config.fields import field as known_field
from explorer.config.fields import value_at, values_by_path
from explorer.config.parsing import config_from_paths
from explorer.config.run import RunConfig
from explorer.data.features import inputs_of
from explorer.data.partition import part_sizes
from explorer.models.architecture import count_multiply_adds

KIND = "preview"
PREVIEWED = ("optimizer.learning_rate", "regularisation.l2", "optimizer.momentum")

# So much is done in about a second by two cores: 20 networks of 784-64-10 at batch 64.
MOST_IMAGES = 4_000
MOST_STEPS = 400  # an epoch: tiny batches would take five seconds
MOST_VALIDATION_IMAGES = 1_000
MOST_EPOCHS = 5
MOST_MULTIPLY_ADDS = 120_000  # an image and network

STEPS_TO_EACH_SIDE = 10
STEP = 10 ** (1 / 4)  # so two and a half powers of ten to each side
MOMENTA = (0.0, 0.25, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.93, 0.95, 0.97, 0.98, 0.99)
LEAST_L2 = 1e-7


def why_not(config: RunConfig, field: str) -> str:
    """Why there can be no preview of a field, in words; empty where there can."""
    if config.network.kind == "cnn" or config.network.batch_norm or config.training.engine == "numpy":
        return "A preview needs fully connected layers without batch norm, on the PyTorch engine."
    if config.data.features != "pixels":
        return "A preview looks at pixels."
    if count_multiply_adds(config.network, inputs=inputs_of(config.data)) > MOST_MULTIPLY_ADDS:
        return "This network is too large to be trained twenty times in a moment. A sweep tries it in full."
    if field == "optimizer.momentum" and config.optimizer.name not in ("sgd", "rmsprop"):
        return "Only SGD and RMSprop take a momentum."
    return ""


def values_around(config: RunConfig, field: str) -> tuple[float, ...]:
    """The values that are tried, ascending, the field's own among them.

    Raises:
        ValueError: the field is none of ``PREVIEWED``.
    """
    if field not in PREVIEWED:
        raise ValueError(f"there is no preview of {field}")
    own = float(value_at(config, field))
    if field == "optimizer.momentum":
        return tuple(sorted({*MOMENTA, own}))
    entry = known_field(field)
    most = entry.maximum if entry is not None and entry.maximum is not None else own
    middle = own or 1e-4
    steps = range(-STEPS_TO_EACH_SIDE, STEPS_TO_EACH_SIDE + 1)
    around = {middle if step == 0 else float(f"{middle * STEP**step:.3g}") for step in steps}
    if field == "regularisation.l2":
        around = {0.0, *(value for value in around if value >= LEAST_L2)}
    return tuple(sorted(value for value in around if value <= most))


def small_copies(config: RunConfig, field: str) -> tuple[RunConfig, ...]:
    """One short run on few images for each of the values.

    Raises:
        ConfigError: a size is greater than what the dataset has.
    """
    parts, batch = part_sizes(config.data), config.training.batch_size
    most = MOST_IMAGES if batch == "full" else min(MOST_IMAGES, MOST_STEPS * batch)
    shortened = {
        "data.train_size": min(parts.train, most),
        "data.validation_size": min(parts.validation, MOST_VALIDATION_IMAGES)
        or min(parts.train // 10, 1_000),
        "data.noisy_copies": 0,
        "data.test_size": None,
        "schedule.warmup_epochs": 0,
        "training.epochs": min(config.training.epochs, MOST_EPOCHS),
        "training.patience": None,
        "training.keep": "last",
        "training.monitor": "validation_loss",
        "training.time_limit_seconds": None,
        "training.device": "cpu",
    }
    if not parts.validation:  # what the preview holds back, it does not train on
        shortened["data.train_size"] = min(parts.train - parts.train // 10, most)
    base = {**values_by_path(config), "network.preset": None, **shortened}
    return tuple(
        config_from_paths({**base, field: value, **_with(config, field, value)})
        for value in values_around(config, field)
    )


def _with(config: RunConfig, field: str, value: float) -> dict[str, bool]:
    """What must change along with the field: Nesterov's step needs a momentum."""
    if field == "optimizer.momentum" and config.optimizer.nesterov:
        return {"optimizer.nesterov": value > 0}
    return {}
