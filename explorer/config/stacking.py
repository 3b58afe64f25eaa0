"""Which runs can train together, as one stack of networks."""

import hashlib
import json
from typing import Any

from explorer.config.run import RunConfig

# Each network of a stack has its own value of these. What is left out here, all of a stack share, because
# one product, one kernel or one step serves them all: the data's size and features, augmentation, the
# network's shape, loss, optimizer, reduction, batch size, epochs, device and engine.
FREE_FIELDS = frozenset(
    {
        "data.labels",  # where the sizes are given; see ``stack_key``
        "data.split_seed",
        "data.scaling",
        "data.noisy_copies_sigma",
        "network.preset",  # it only names what the other fields say
        "network.activation",
        "network.dropout",
        "network.initialisation",
        "network.initialisation_sigma",
        "network.biases",
        "optimizer.learning_rate",
        "optimizer.momentum",
        "optimizer.nesterov",
        "optimizer.weight_decay",
        "schedule.name",
        "schedule.gamma",
        "schedule.step_epochs",
        "schedule.warmup_epochs",
        "regularisation.l2",
        "regularisation.l1",
        "regularisation.activation_noise",
        "regularisation.gradient_noise",
        "regularisation.clip_norm",
        "training.patience",
        "training.monitor",
        "training.minimum_change",
        "training.keep",
        "training.seed",
        "training.time_limit_seconds",
    }
)


def stack_key(config: RunConfig) -> str | None:
    """What two runs have in common that can train in one stack: a digest of all fields that are not free.

    Runs of one key can train together; whether they should is another matter (``training.stack_size``).
    None for the NumPy engine, which trains one network at a time.
    """
    if config.training.engine == "numpy":
        return None
    shared = {
        f"{section}.{name}": value
        for section, fields in _sections(config).items()
        for name, value in fields.items()
        if f"{section}.{name}" not in FREE_FIELDS
    }
    if config.data.labels and None in (config.data.train_size, config.data.validation_size):
        shared["data.labels"] = list(config.data.labels)  # they decide how many images there are
    return hashlib.sha256(json.dumps(shared, sort_keys=True).encode()).hexdigest()[:16]


def _sections(config: RunConfig) -> dict[str, dict[str, Any]]:
    dumped = config.model_dump(mode="json")
    return {name: section if isinstance(section, dict) else {"": section} for name, section in dumped.items()}
