"""From plain values to a config of either kind, with every fault of a request named at once."""

import difflib
import json
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from explorer.config.baseline import BaselineConfig
from explorer.config.fields import Field, Tree, all_fields, block_fields, field
from explorer.config.kinds import AnyConfig
from explorer.config.run import RunConfig
from explorer.errors import ConfigError, Problem

# What pydantic adds to a location to tell the members of a union apart.
UNION_MEMBERS = ("int", "float", "constrained-int", "list", "tuple")

HINTS = {
    "optimizer.learning_rate": "Try 0.1 for SGD, 0.001 for Adam.",
    "network.hidden": "Try [64] or [512, 128].",
    "data.labels": "Try [3, 8].",
    "training.device": "Try auto.",
    "baseline.k": "Try 3.",
    "baseline.C": "Try 1.",
    "baseline.gamma": "Try scale.",
}
COMMANDS: dict[Tree, str] = {RunConfig: "train", BaselineConfig: "baseline"}

Config = TypeVar("Config", RunConfig, BaselineConfig)


def parse_config(values: Mapping[str, Any]) -> RunConfig:
    """The config of a network from nested plain values (a JSON object).

    Raises:
        ConfigError: with every problem found, single fields first, then contradictions between them.
    """
    return _parse(values, RunConfig)


def parse_baseline(values: Mapping[str, Any]) -> BaselineConfig:
    """The config of a baseline from nested plain values.

    Raises:
        ConfigError: with every problem found, single fields first, then contradictions between them.
    """
    return _parse(values, BaselineConfig)


def parse_either(values: Mapping[str, Any]) -> AnyConfig:
    """The config of a baseline where the values have a section of that name, else of a network.

    Raises:
        ConfigError: with every problem found.
    """
    is_baseline = isinstance(values, Mapping) and "baseline" in values
    return parse_baseline(values) if is_baseline else parse_config(values)


def _parse(values: Mapping[str, Any], tree: type[Config]) -> Config:
    try:
        return tree.model_validate(_plain(values))
    except ValidationError as error:
        if not isinstance(values, Mapping):
            raise ConfigError((Problem("config", values, "an object of settings"),)) from None
        faults = [_problem(detail, tree) for detail in error.errors() if detail["type"] != "cross_field"]
        # A union reports each of its members; the reader needs the field once.
        problems = list({problem.field: problem for problem in faults}.values())
        crossed = [detail for detail in error.errors() if detail["type"] == "cross_field"]
        for detail in crossed:
            problems.extend(detail["ctx"]["problems"])
        if not crossed:
            problems.extend(_problems_between_the_sound_fields(values, error, tree))
        raise ConfigError(tuple(problems)) from None


def parse_assignments(assignments: Iterable[str], base: Mapping[str, Any] | None = None) -> RunConfig:
    """The config of a network from ``a.b=VALUE`` texts, JSON values or bare words, over those of ``base``.

    Raises:
        ConfigError: with the problems of all assignments together.
    """
    return _parse_assignments(assignments, base, RunConfig)


def parse_baseline_assignments(
    assignments: Iterable[str], base: Mapping[str, Any] | None = None
) -> BaselineConfig:
    """The config of a baseline from ``a.b=VALUE`` texts, as ``parse_assignments``.

    Raises:
        ConfigError: with the problems of all assignments together.
    """
    return _parse_assignments(assignments, base, BaselineConfig)


def _parse_assignments(
    assignments: Iterable[str], base: Mapping[str, Any] | None, tree: type[Config]
) -> Config:
    values: dict[str, Any] = json.loads(json.dumps(dict(base or {})))
    problems: list[Problem] = []
    for text in assignments:
        path, equals, value = text.partition("=")
        if not equals or not path.strip():
            example = "optimizer.learning_rate=0.01" if tree is RunConfig else "data.features=hog"
            problems.append(Problem("--set", text, "FIELD=VALUE", f"As in {example}."))
        else:
            _place(values, path.strip(), read_value(value), problems, tree)
    return _parse_with(problems, values, tree)


def config_from_paths(values: Mapping[str, Any]) -> RunConfig:
    """The config of a network from dotted fields and their values; fields left out take their defaults.

    Raises:
        ConfigError: with every problem found.
    """
    return _from_paths(values, RunConfig)


def baseline_from_paths(values: Mapping[str, Any]) -> BaselineConfig:
    """The config of a baseline from dotted fields and their values.

    Raises:
        ConfigError: with every problem found.
    """
    return _from_paths(values, BaselineConfig)


def _from_paths(values: Mapping[str, Any], tree: type[Config]) -> Config:
    nested: dict[str, Any] = {}
    problems: list[Problem] = []
    for path, value in values.items():
        _place(nested, path, value, problems, tree)
    return _parse_with(problems, nested, tree)


def config_from_query(query: Mapping[str, str]) -> RunConfig:
    """A config from the parameters of an address, as ``config_to_query`` wrote them.

    Raises:
        ConfigError: with every problem found.
    """
    return config_from_paths({path: read_value(text) for path, text in query.items()})


def read_value(text: str) -> Any:
    """The JSON value of a text; a text that is no JSON is a bare word."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):  # the latter for a text of ten thousand brackets
        return text


def dotted_values(base: Mapping[str, Any], assignments: Iterable[str]) -> dict[str, Any]:
    """The values of a request by dotted field: ``a.b=VALUE`` texts over the nested ones of ``base``."""
    values: dict[str, Any] = {}
    for name, value in base.items():
        inner = dotted_values(value, ()) if isinstance(value, Mapping) else None
        values |= {name: value} if inner is None else {f"{name}.{path}": own for path, own in inner.items()}
    for text in assignments:
        path, _, value = text.partition("=")
        values[path.strip()] = read_value(value)
    return values


def _parse_with(problems: list[Problem], values: Mapping[str, Any], tree: type[Config]) -> Config:
    try:
        config = _parse(values, tree)
    except ConfigError as error:
        problems.extend(error.problems)
        config = None
    if problems or config is None:
        raise ConfigError(tuple(problems))
    return config


def _place(values: dict[str, Any], path: str, value: Any, problems: list[Problem], tree: Tree) -> None:
    if field(path, tree) is None:
        problems.append(unknown_field(path, value, tree))
        return
    *sections, name = path.split(".")
    place = values
    for section in sections:
        inner = place.setdefault(section, {})
        if not isinstance(inner, dict):
            return  # the section itself is the fault, and parsing names it
        place = inner
    place[name] = value


def _plain(values: Any) -> Any:
    """A copy of nested mappings as plain dicts, which may be changed."""
    if isinstance(values, Mapping):
        return {str(key): _plain(value) for key, value in values.items()}
    return values


def _problems_between_the_sound_fields(
    values: Mapping[str, Any], error: ValidationError, tree: Tree
) -> tuple[Problem, ...]:
    """Contradictions that remain once every faulty field is put back to its default."""
    sound = _plain(values)
    faulty = {_path(detail) for detail in error.errors()}
    for detail in error.errors():
        _drop(sound, [part for part in detail["loc"] if isinstance(part, str)])
    try:
        tree.model_validate(sound)
    except ValidationError as rest:
        return tuple(
            problem
            for detail in rest.errors()
            if detail["type"] == "cross_field"
            for problem in detail["ctx"]["problems"]
            if problem.field not in faulty
        )
    return ()


def _drop(place: Any, names: list[str]) -> None:
    """Take the deepest part of ``names`` that is there out of nested dicts."""
    for position, name in enumerate(names):
        if not isinstance(place, dict):
            return
        last = position == len(names) - 1 or not isinstance(place.get(name), dict)
        if last:
            place.pop(name, None)
            return
        place = place[name]


def _path(detail: ErrorDetails) -> str:
    path = ""
    for part in detail["loc"]:
        if isinstance(part, int):
            path += f"[{part}]"
        elif part.isidentifier() and part not in UNION_MEMBERS:
            path += f".{part}" if path else str(part)
    return path


def _problem(detail: ErrorDetails, tree: Tree) -> Problem:
    path, value = _path(detail), detail["input"]
    if detail["type"] == "extra_forbidden":
        return unknown_field(path, value, tree)
    whole, _, within = path.partition("[")
    entry = field(whole, tree)
    if entry is None:
        return Problem(path or "config", value, "an object of settings")
    inner = block_fields().get(within.rpartition(".")[2])
    each = entry.accepts_each if within else ""
    accepted = inner.accepts if inner is not None else each or entry.accepts
    return Problem(path, value, accepted, HINTS.get(whole, ""))


def unknown_field(path: str, value: object, tree: Tree = RunConfig) -> Problem:
    """That there is no such field, with the nearest one there is."""
    known = [entry.path for entry in all_fields(tree)]
    if "[" in path:
        known = [f"{path.rpartition('.')[0]}.{name}" for name in block_fields()]
    near = difflib.get_close_matches(path, known, n=1, cutoff=0.6)
    help_command = f"`python -m explorer {COMMANDS[tree]} --help`"
    hint = f"Did you mean {near[0]}?" if near else f"{help_command} lists the fields."
    return Problem(path, value, "one of the known fields", hint)


def describe_field(entry: Field) -> str:
    """One line of help for a command line: what it is, what is accepted, the default."""
    default = json.dumps(entry.default)
    return f"{entry.help} Accepts {entry.accepts}; default {default}."
