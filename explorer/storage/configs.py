"""The configuration of a stored run, also where another version of the program wrote it."""

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from explorer.config.kinds import AnyConfig
from explorer.config.parsing import parse_either
from explorer.config.run import RunConfig
from explorer.errors import ConfigError


@dataclass(frozen=True, slots=True)
class StoredConfig:
    """A config as far as it can be read; ``lost`` names the fields that had to take their defaults."""

    config: AnyConfig
    lost: tuple[str, ...]

    @property
    def complaint(self) -> str:
        """What the reader of a list of runs must know; empty when all was read."""
        if not self.lost:
            return ""
        return (
            f"Another version of the program wrote this run's settings; shown with defaults, and not to be "
            f"trained any further: {', '.join(self.lost)}."
        )


def write_config(config: AnyConfig) -> str:
    """JSON of the whole tree, defaults written out: a later default does not change an old run."""
    return config.model_dump_json()


@lru_cache(maxsize=2048)  # a list of runs is asked for again and again, and configs never change
def read_config(text: str) -> StoredConfig:
    """The config of a stored run; fields that can't be read any more take their defaults. Never raises."""
    try:
        values = json.loads(text)
    except ValueError:
        values = None
    if not isinstance(values, dict):
        return StoredConfig(RunConfig(), ("all settings",))
    lost: list[str] = []
    while True:
        try:
            return StoredConfig(parse_either(values), tuple(lost))
        except ConfigError as error:
            dropped = [path for problem in error.problems if (path := _drop(values, problem.field))]
            if not dropped:
                return StoredConfig(RunConfig(), ("all settings",))
            lost.extend(dropped)


def _drop(values: dict[str, Any], field: str) -> str:
    """Takes the setting with this dotted path out; its path, or nothing where it was not there."""
    path = field.partition("[")[0]
    *sections, name = path.split(".")
    place: Any = values
    for section in sections:
        place = place.get(section) if isinstance(place, dict) else None
    if not isinstance(place, dict) or name not in place:
        return ""
    del place[name]
    return path
