"""From plain values to a RunConfig, with every fault of a request named at once."""

import difflib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from explorer.config.fields import Field, all_fields, block_fields, field
from explorer.config.run import RunConfig
from explorer.errors import ConfigError, Problem

# What pydantic adds to a location to tell the members of a union apart.
UNION_MEMBERS = ("int", "float", "constrained-int", "list", "tuple")

HINTS = {
    "optimizer.learning_rate": "Try 0.1 for SGD, 0.001 for Adam.",
    "network.hidden": "Try [64] or [512, 128].",
    "training.device": "Try auto.",
}


def parse_config(values: Mapping[str, Any]) -> RunConfig:
    """A config from nested plain values (a JSON object).

    Raises:
        ConfigError: with every problem found, single fields first, then contradictions between them.
    """
    try:
        return RunConfig.model_validate(_plain(values))
    except ValidationError as error:
        if not isinstance(values, Mapping):
            raise ConfigError((Problem("config", values, "an object of settings"),)) from None
        faults = [_problem(detail) for detail in error.errors() if detail["type"] != "cross_field"]
        # A union reports each of its members; the reader needs the field once.
        problems = list({problem.field: problem for problem in faults}.values())
        crossed = [detail for detail in error.errors() if detail["type"] == "cross_field"]
        for detail in crossed:
            problems.extend(detail["ctx"]["problems"])
        if not crossed:
            problems.extend(_problems_between_the_sound_fields(values, error))
        raise ConfigError(tuple(problems)) from None


def parse_assignments(assignments: Iterable[str], base: Mapping[str, Any] | None = None) -> RunConfig:
    """A config from ``a.b=VALUE`` texts, JSON values or bare words, over the nested values of ``base``.

    Raises:
        ConfigError: with the problems of all assignments together.
    """
    values: dict[str, Any] = json.loads(json.dumps(dict(base or {})))
    problems: list[Problem] = []
    for text in assignments:
        path, equals, value = text.partition("=")
        if not equals or not path.strip():
            problems.append(Problem("--set", text, "FIELD=VALUE", "As in optimizer.learning_rate=0.01."))
        else:
            _place(values, path.strip(), read_value(value), problems)
    return _parse_with(problems, values)


def config_from_paths(values: Mapping[str, Any]) -> RunConfig:
    """A config from dotted fields and their values; fields left out take their defaults.

    Raises:
        ConfigError: with every problem found.
    """
    nested: dict[str, Any] = {}
    problems: list[Problem] = []
    for path, value in values.items():
        _place(nested, path, value, problems)
    return _parse_with(problems, nested)


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


def _parse_with(problems: list[Problem], values: Mapping[str, Any]) -> RunConfig:
    try:
        config = parse_config(values)
    except ConfigError as error:
        problems.extend(error.problems)
        config = None
    if problems or config is None:
        raise ConfigError(tuple(problems))
    return config


def _place(values: dict[str, Any], path: str, value: Any, problems: list[Problem]) -> None:
    known = {entry.path for entry in all_fields()}
    if path not in known:
        problems.append(_unknown(path, value))
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
    values: Mapping[str, Any], error: ValidationError
) -> tuple[Problem, ...]:
    """Contradictions that remain once every faulty field is put back to its default."""
    sound = _plain(values)
    faulty = {_path(detail) for detail in error.errors()}
    for detail in error.errors():
        _drop(sound, [part for part in detail["loc"] if isinstance(part, str)])
    try:
        RunConfig.model_validate(sound)
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


def _problem(detail: ErrorDetails) -> Problem:
    path, value = _path(detail), detail["input"]
    if detail["type"] == "extra_forbidden":
        return _unknown(path, value)
    whole, _, within = path.partition("[")
    entry = field(whole)
    if entry is None:
        return Problem(path or "config", value, "an object of settings")
    inner = block_fields().get(within.rpartition(".")[2])
    each = entry.accepts_each if within else ""
    accepted = inner.accepts if inner is not None else each or entry.accepts
    return Problem(path, value, accepted, HINTS.get(whole, ""))


def _unknown(path: str, value: object) -> Problem:
    known = [entry.path for entry in all_fields()]
    if "[" in path:
        known = [f"{path.rpartition('.')[0]}.{name}" for name in block_fields()]
    near = difflib.get_close_matches(path, known, n=1, cutoff=0.6)
    hint = f"Did you mean {near[0]}?" if near else "`python -m explorer train --help` lists the fields."
    return Problem(path, value, "one of the known fields", hint)


def describe_field(entry: Field) -> str:
    """One line of help for a command line: what it is, what is accepted, the default."""
    default = json.dumps(entry.default)
    return f"{entry.help} Accepts {entry.accepts}; default {default}."
