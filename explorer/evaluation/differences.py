"""Which settings have a say in a run, and in which of them runs differ."""

from collections.abc import Sequence
from typing import Any

from explorer.config.baseline import PARAMETERS
from explorer.config.fields import field_of_either, values_by_path
from explorer.config.run import RunConfig
from explorer.records import Run

# What a network is compared with a baseline by, also where it has its default.
TELLING = (
    "network.hidden",
    "network.activation",
    "optimizer.name",
    "optimizer.learning_rate",
    "training.epochs",
)


def differing_paths(runs: Sequence[Run]) -> list[str]:
    """The dotted fields in which the runs differ, or by which a network is told from a baseline."""
    values = [settings_in_effect(run) for run in runs]
    every = dict.fromkeys(path for value in values for path in value)
    return [path for path in every if _tells_apart(path, [value for value in values if path in value], runs)]


def settings_in_effect(run: Run) -> dict[str, Any]:
    """The settings that have a say in the run: of a baseline's parameters those of its method."""
    values = values_by_path(run.config)
    if isinstance(run.config, RunConfig):
        return values
    model = run.config.baseline.model
    own = {"baseline.model", *(f"baseline.{name}" for name in PARAMETERS[model])}
    if model == "forest":  # the only one that draws random numbers
        own.add("seed")
    return {path: value for path, value in values.items() if path.startswith("data.") or path in own}


def _tells_apart(path: str, having: Sequence[dict[str, Any]], runs: Sequence[Run]) -> bool:
    """Whether the runs that have the setting differ in it; where others have none, whether it says much."""
    if any(value[path] != having[0][path] for value in having):
        return True
    if len(having) == len(runs):
        return False
    entry = field_of_either(path)
    is_changed = entry is not None and having[0][path] != entry.default
    return is_changed or path in TELLING or path.startswith("baseline.")
