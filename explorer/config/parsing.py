"""From plain values to a RunConfig, with every fault of a request named at once."""

import difflib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from explorer.config.fields import Field, all_fields, field, section_names
from explorer.config.run import RunConfig
from explorer.errors import ConfigError, Problem

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
        problems = [_problem(detail) for detail in error.errors() if detail["type"] != "cross_field"]
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
        if not equals:
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
    except ValueError:
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
        place = place.setdefault(section, {})
    place[name] = value


def _plain(values: Any) -> Any:
    """Values as JSON would bring them (lists, not tuples), so that messages read the same everywhere."""
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
        place, names = sound, [str(part) for part in detail["loc"]]
        for name in names[:-1]:
            inner = place.get(name) if isinstance(place, dict) else None
            if not isinstance(inner, dict):
                break
            place = inner
        else:
            place.pop(names[-1], None)
            continue
        place.pop(name, None)
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


def _path(detail: ErrorDetails) -> str:
    path = ""
    for part in detail["loc"]:
        if isinstance(part, int):
            path += f"[{part}]"
        elif part not in ("int", "float", "literal['full']", "constrained-int"):
            path += f".{part}" if path else str(part)
    return path


def _problem(detail: ErrorDetails) -> Problem:
    path, value = _path(detail), detail["input"]
    if detail["type"] == "extra_forbidden":
        return _unknown(path, value)
    whole = path.partition("[")[0]
    entry = field(whole)
    if entry is None:
        return Problem(path or "config", value, "an object of settings" if not path or path in section_names() else detail["msg"])
    accepted = entry.accepts_each if path != whole else entry.accepts
    return Problem(path, value, accepted or detail["msg"], HINTS.get(whole, ""))


def _unknown(path: str, value: object) -> Problem:
    near = difflib.get_close_matches(path, [entry.path for entry in all_fields()], n=1, cutoff=0.5)
    hint = f"Did you mean {near[0]}?" if near else "`python -m explorer train --help` lists the fields."
    return Problem(path, value, "one of the known fields", hint)


def describe_field(entry: Field) -> str:
    """One line of help for a command line: what it is, what is accepted, the default."""
    default = json.dumps(entry.default)
    return f"{entry.help} Accepts {entry.accepts}; default {default}."
