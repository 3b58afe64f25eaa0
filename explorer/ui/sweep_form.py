"""The Sweep form without its controls: the fields on offer, their usual values, and what they amount to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from explorer.config.axes import GRID_FORM, Axis, can_be_swept, read_values
from explorer.config.fields import Field, FieldKind, all_fields, field, value_at
from explorer.config.run import RunConfig
from explorer.config.searching import RANGE_FORM
from explorer.config.sweeping import Sweep, plan_sweep
from explorer.data.words import figure, setting_in_words, title_of
from explorer.errors import ConfigError, Problem
from explorer.ui import form
from explorer.ui.wording import in_titles, problem_sentence

NO_EFFECT = "used by these settings"
FIXED = "free to choose"
NAMES = {"--over": "The sweep", "--repeats": "Repeats", "--budget": "Runs", "--search": "The search"}

# Set together by the choice of a network, or of no use to compare.
LEFT_OUT = ("network.preset", "network.kind", "network.blocks", "training.engine")

USUAL: dict[str, str] = {
    "optimizer.learning_rate": "log:0.0001:1:9",
    "regularisation.l2": "log:1e-06:0.1:6",
    "regularisation.l1": "log:1e-06:0.1:6",
    "network.dropout": "lin:0:0.5:6",
    "network.hidden": "16, 32, 64, 128, 128-64",
    "network.activation": "sigmoid, tanh, relu, elu",
    "training.batch_size": "16, 32, 64, 128, 256",
    "optimizer.momentum": "0, 0.5, 0.9, 0.99",
    "optimizer.name": "sgd, adam, rmsprop",
    "optimizer.weight_decay": "log:0.0001:1:5",
    "schedule.name": "constant, cosine, one_cycle",
    "network.initialisation": "default, glorot_uniform, he_uniform, zeros",
    "network.initialisation_sigma": "log:0.001:1:7",
    "regularisation.activation_noise": "lin:0:1:5",
    "regularisation.gradient_noise": "lin:0:1:5",
    "training.epochs": "5, 10, 20, 40",
    "data.train_size": "50, 100, 300, 1000",
    "data.test_size": "50, 100, 300",
    "data.labels": "0-1, 1-7, 3-8, 4-9, 5-6",
    "data.split_seed": "0, 1, 2, 3, 4",
    "data.dataset": "digits, mnist",
}


@dataclass(frozen=True, slots=True)
class AxisText:
    """A field and its values as the command line takes them: ``0.1, 0.2`` or ``log:1e-4:1:9``."""

    field: str
    text: str


@dataclass(frozen=True, slots=True)
class SweepReading:
    """What the form amounts to: a sweep, or the problems that stand in its way."""

    sweep: Sweep | None
    problems: tuple[Problem, ...]


@cache
def offered() -> tuple[str, ...]:
    """The fields that can be swept, those most often swept first."""
    every = [entry.path for entry in all_fields() if _is_offered(entry)]
    return (*(path for path in USUAL if path in every), *(path for path in every if path not in USUAL))


def usual(path: str) -> str:
    """The values that a field's control starts with."""
    entry = field(path)
    if path in USUAL or entry is None:
        return USUAL.get(path, "")
    if entry.kind is FieldKind.FLAG:
        return "false, true"
    if entry.kind is FieldKind.CHOICE:
        return ", ".join(form.choices_of(path))
    return _around(entry)


def read(current: Mapping[str, Any], axes: Sequence[AxisText], repeats: int) -> SweepReading:
    """The sweep over these fields around the values of the Train form; every fault is found."""
    problems: list[Problem] = []
    found = []
    for axis in axes:
        try:
            found.append(Axis(axis.field, read_values(axis.field, axis.text)))
        except ConfigError as error:
            problems.extend(error.problems)
    try:
        sweep = plan_sweep(lambda values: _config(current, values), found, repeats)
    except ConfigError as error:
        said = [problem for problem in error.problems if not (problems and problem.field == "--over")]
        return SweepReading(None, (*problems, *said))
    return SweepReading(None if problems else sweep, tuple(problems))


def sentence(problem: Problem) -> str:
    """A problem of the sweep in words."""
    if problem.field in NAMES:
        known = field(str(problem.value))
        value = problem.value if known is None else f"{known.title} twice"
        name, got = NAMES[problem.field], "" if problem.value == "nothing" else f", got {value}"
        return f"{name} must be {problem.accepted}{got}. {problem.hint}".rstrip()
    entry = field(problem.field)
    if entry is not None and problem.accepted in (GRID_FORM, RANGE_FORM):
        boxes = "From, To and Steps" if problem.accepted == GRID_FORM else "From and To"
        return f"{entry.title} needs numbers in {boxes}."
    if entry is not None and problem.accepted in (NO_EFFECT, FIXED):
        return in_titles(f"{entry.title} has no effect here. {problem.hint}")
    return problem_sentence(problem)


def axis_title(path: str) -> str:
    """What a swept field is called within a figure."""
    entry = field(path)
    return entry.title if entry is not None else path


def say(path: str, value: Any) -> str:
    """The value of a field in few signs: 0.0003162, 1e-5, ReLU, 128-64, the filters of each block."""
    if value is None:
        return "not set"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        items = (str(item["filters"] if isinstance(item, dict) else item) for item in value)
        return "-".join(items) or setting_in_words(path, value)
    if isinstance(value, int):
        return figure(value)
    if isinstance(value, float):
        return f"{value:.4g}".replace("e-0", "e-").replace("e+0", "e+")
    return title_of(value)


def _config(current: Mapping[str, Any], values: Mapping[str, Any]) -> RunConfig:
    """The config of one combination; a swept field that would change nothing is refused."""
    wanted = {**current, **values}
    idle = [Problem(path, "", NO_EFFECT, reason) for path in values if (reason := form.why_not(path, wanted))]
    reading = form.read(wanted)
    if idle or reading.config is None:
        raise ConfigError((*idle, *reading.problems))
    fixed = tuple(
        Problem(path, "", FIXED, "The chosen network fixes it: choose one of your own layers.")
        for path, value in values.items()
        if value_at(reading.config, path) != value
    )
    if fixed:
        raise ConfigError(fixed)
    return reading.config


def _is_offered(entry: Field) -> bool:
    return (
        can_be_swept(entry)
        and entry.kind is not FieldKind.BLOCKS
        and entry.path not in LEFT_OUT
        and len(form.choices_of(entry.path)) != 1
    )


def _around(entry: Field) -> str:
    """Five steps around the default of a number, within its bounds."""
    is_whole = entry.kind is FieldKind.INTEGER
    default = entry.default if isinstance(entry.default, int | float) else None
    low = entry.minimum or 0.0
    high = min(entry.maximum or 1.0, (8.0 if is_whole else 1.0) if not default else 4 * default)
    if entry.minimum_excluded and low == 0:
        low = high / 10
    return f"lin:{int(low) if is_whole else low:g}:{int(high) if is_whole else high:g}:5"
