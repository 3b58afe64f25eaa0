"""The Train form without its controls: values by dotted field, what applies, and what they amount to."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from explorer.config.fields import Field, FieldKind, all_fields, field, values_by_path
from explorer.config.parsing import config_from_paths, read_value
from explorer.config.run import Augmentation, Hog, RunConfig
from explorer.data.own import own_names
from explorer.data.partition import data_of_sizes, part_sizes
from explorer.errors import ConfigError, Problem
from explorer.settings import read_settings

Values = dict[str, Any]
NOT_COMPLETE = "Nothing was started: the settings were not complete."

# These are set together by the choice of a network.
NETWORK_FIELDS = ("network.preset", "network.kind", "network.blocks", "network.hidden")
KNOBS = (*NETWORK_FIELDS, "optimizer.name", "optimizer.learning_rate")

TOPICS: dict[str, tuple[str, ...]] = {
    "Data": ("data", "data.hog", "data.augmentation"),
    "Network": ("network",),
    "Optimizer and schedule": ("optimizer", "schedule"),
    "Regularisation": ("regularisation",),
    "Training": ("", "training"),
}


@dataclass(frozen=True, slots=True)
class Reading:
    """What the form's values amount to: a config, or the problems that stand in its way."""

    config: RunConfig | None
    problems: tuple[Problem, ...]

    def problems_of(self, path: str) -> tuple[Problem, ...]:
        """The problems to be shown beside one field, those of its items among them."""
        return tuple(problem for problem in self.problems if problem.field.partition("[")[0] == path)


def default_values() -> Values:
    """The values of an untouched form."""
    return values_by_path(RunConfig())


def read(values: Mapping[str, Any]) -> Reading:
    """The config of a form; values of fields that do not apply are left out, not refused."""
    chosen = {path: value for path, value in values.items() if not why_not(path, values)}
    if values["network.preset"] is not None:
        chosen = {path: value for path, value in chosen.items() if path not in NETWORK_FIELDS[1:]}
    try:
        return Reading(_config(chosen), ())
    except ConfigError as error:
        return Reading(None, error.problems)


def values_from_query(query: Mapping[str, str]) -> tuple[Values, tuple[Problem, ...]]:
    """The form's values for an address, and every problem found in it; what is wrong keeps its default."""
    wanted = {path: read_value(text) for path, text in query.items()}
    try:
        return values_by_path(_config(wanted)), ()
    except ConfigError as error:
        found = {problem.field: problem for problem in error.problems}
    kept: Values = {}
    left = [path for path in wanted if field(path) is not None]
    # One field may need another that comes later (momentum needs SGD): as often as it helps.
    while taken := [path for path in left if not _problems_with(kept, path, wanted[path])]:
        left = [path for path in left if path not in taken]
    for path in left:  # sizes are looked at only where all else is right
        for problem in _problems_with(kept, path, wanted[path]):
            found.setdefault(problem.field, problem)
    return values_by_path(_config(kept)), tuple(found.values())


def why_not(path: str, values: Mapping[str, Any]) -> str:
    """Why a field does not apply beside the other values, in words; empty if it does."""
    optimizer, schedule, features = values["optimizer.name"], values["schedule.name"], values["data.features"]
    watches = values["training.patience"] is not None or values["training.keep"] == "best"
    reasons = {
        "optimizer.momentum": (optimizer in ("sgd", "rmsprop"), "Only SGD and RMSprop take a momentum."),
        "optimizer.nesterov": (
            optimizer == "sgd" and bool(values["optimizer.momentum"]),
            "Only SGD with a momentum above 0 can look ahead.",
        ),
        "optimizer.weight_decay": (optimizer == "adamw", "Only AdamW takes a weight decay; L2 is for all."),
        "schedule.gamma": (schedule in ("exponential", "step"), "For the exponential and the step schedule."),
        "schedule.step_epochs": (schedule == "step", "For the step schedule."),
        "schedule.warmup_epochs": (schedule != "one_cycle", "One-cycle warms up by itself."),
        "data.validation_fraction": (
            values["data.validation_size"] is None,
            "The number of validation images is given.",
        ),
        "data.noisy_copies_sigma": (
            bool(values["data.noisy_copies"]) and features == "pixels",
            "There are no noisy copies.",
        ),
        **{f"data.hog.{name}": (features == "hog", "For the features HOG.") for name in Hog.model_fields},
        **dict.fromkeys(
            ("data.noisy_copies", *(f"data.augmentation.{name}" for name in Augmentation.model_fields)),
            (features == "pixels", "HOG features are computed once, of the stored images."),
        ),
        "network.initialisation_sigma": (
            values["network.initialisation"] == "gaussian",
            "For Gaussian initial weights.",
        ),
        "training.monitor": (
            watches,
            "Nothing is watched: no patience is set, and the last weights are kept.",
        ),
        "training.minimum_change": (watches, "Nothing is watched: no patience is set."),
    }
    applies, reason = reasons.get(path, (True, ""))
    return "" if applies else reason


def shown_fields(topic: str) -> tuple[Field, ...]:
    """The fields under one folded topic: no knobs, and nothing that leaves no choice in this version."""
    return tuple(
        entry
        for entry in all_fields()
        if entry.section in TOPICS[topic] and entry.path not in KNOBS and len(choices_of(entry.path)) != 1
    )


def choices_of(path: str) -> tuple[str, ...]:
    """The choices of a field that this version can carry out; empty for fields that are no choice.

    Among the datasets are those of one's own that are here now.
    """
    own = own_names(read_settings().data) if path == "data.dataset" else ()
    return (*_known_choices(path), *own)


@cache
def _known_choices(path: str) -> tuple[str, ...]:
    entry = field(path)
    if entry is None or entry.kind is not FieldKind.CHOICE:
        return ()
    return tuple(choice for choice in entry.choices if _is_available(path, choice))


def changed_fields(values: Mapping[str, Any], paths: tuple[str, ...]) -> tuple[str, ...]:
    """Those of the fields that apply and do not have their default."""
    defaults = default_values()
    return tuple(path for path in paths if values[path] != defaults[path] and not why_not(path, values))


def parse_units(text: str) -> Any:
    """Hidden layers as typed (``512, 128`` or ``512-128``); text that is no list of numbers stays text."""
    words = text.replace("-", " ").replace(",", " ").replace("[", " ").replace("]", " ").split()
    return [int(word) for word in words] if all(word.isdecimal() for word in words) else text


def _config(values: Mapping[str, Any]) -> RunConfig:
    """A config whose sizes the dataset can meet, too; what is wrong with either is told together."""
    try:
        config = config_from_paths(values)
    except ConfigError as error:
        raise ConfigError((*error.problems, *_size_problems(values, error.problems))) from None
    part_sizes(config.data)
    return config


def _size_problems(values: Mapping[str, Any], faults: tuple[Problem, ...]) -> tuple[Problem, ...]:
    data = data_of_sizes(values, faults)
    try:
        if data is not None:
            part_sizes(data)
    except ConfigError as error:
        return error.problems
    return ()


def _problems_with(kept: Values, path: str, value: Any) -> tuple[Problem, ...]:
    """What is wrong with one more value; if nothing is, it is kept."""
    try:
        _config({**kept, path: value})
    except ConfigError as error:
        return error.problems
    kept[path] = value
    return ()


def _is_available(path: str, choice: str) -> bool:
    try:
        config_from_paths({path: choice})
    except ConfigError as error:
        return all(problem.field != path for problem in error.problems)
    return True
