"""What a range test is asked about: the settings that it depends on, and no others."""

from collections.abc import Mapping
from typing import Any

from explorer.config.fields import values_by_path
from explorer.config.parsing import config_from_paths
from explorer.config.run import RunConfig
from explorer.data.partition import part_sizes

KIND = "range_test"

LARGEST_BATCH = 4_000  # images; larger ones would take a hundred steps of seconds

# Neither the rate that is looked for, nor how long and by which schedule it is then used.
LEFT_OUT = (
    "data.test_size",
    "network.preset",
    "optimizer.learning_rate",
    "schedule.name",
    "schedule.gamma",
    "schedule.step_epochs",
    "schedule.warmup_epochs",
    "training.epochs",
    "training.patience",
    "training.monitor",
    "training.minimum_change",
    "training.keep",
    "training.device",
    "training.time_limit_seconds",
    "training.engine",
)


def request_for(config: RunConfig) -> dict[str, Any]:
    """The question: ``settings`` by dotted field. Configs for which the same rate is found have the same.

    Raises:
        ConfigError: a size is greater than what the dataset has.
    """
    settings = {path: value for path, value in values_by_path(config).items() if path not in LEFT_OUT}
    batch, available = config.training.batch_size, part_sizes(config.data).train
    if batch == "full" or batch > LARGEST_BATCH:
        settings["data.train_size"] = min(available, LARGEST_BATCH)
        settings["training.batch_size"] = "full"
    return {"settings": settings}


def config_of(request: Mapping[str, Any]) -> RunConfig:
    """The config that the test trains.

    Raises:
        ConfigError: the request holds no sound settings.
    """
    return config_from_paths({**request["settings"], "training.device": "cpu"})
