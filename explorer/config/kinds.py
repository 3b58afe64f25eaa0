"""The two kinds of configuration, of a network and of a baseline, and what is asked of either."""

from explorer.config.baseline import BaselineConfig
from explorer.config.run import RunConfig

AnyConfig = RunConfig | BaselineConfig


def wanted_device(config: AnyConfig) -> str:
    """The device that a run asks for; baselines are fitted on the CPU."""
    return config.training.device if isinstance(config, RunConfig) else "cpu"
