"""The values that a sweep tries of one field: typed one after the other, or a grid between two ends."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from explorer.config.fields import Field, FieldKind, field
from explorer.config.parsing import read_value, unknown_field
from explorer.errors import ConfigError, Problem

MOST_VALUES = 1024
OVER = "--over"
GRIDS = ("log", "lin")
GRID_FORM = "log:FROM:TO:COUNT or lin:FROM:TO:COUNT"
DIGITS, LINEAR_DIGITS = 4, 6  # of the inner values of a grid: 0.0003162, not 0.00031622776601683794

Spacing = Literal["log", "lin"]


@dataclass(frozen=True, slots=True)
class Axis:
    """A dotted field and the values it takes in turn, as JSON would hold them."""

    field: str
    values: tuple[Any, ...]


def can_be_swept(entry: Field) -> bool:
    """Whether a sweep may go over this field: repeats vary the seed, and a device changes no result."""
    return entry.path != "training.seed" and entry.kind is not FieldKind.TEXT


def read_axis(text: str) -> Axis:
    """An axis from ``FIELD=V1,V2,…``; see ``read_values``.

    Raises:
        ConfigError: no field, a field that can't be swept, no value, or a grid that is none.
    """
    path, equals, values = text.partition("=")
    path = path.strip()
    if not equals or not path:
        hint = "As in optimizer.learning_rate=0.001,0.01,0.1."
        raise ConfigError((Problem(OVER, text, "FIELD=V1,V2,…", hint),))
    return Axis(path, read_values(path, values))


def read_values(path: str, text: str) -> tuple[Any, ...]:
    """The values of a field as typed: JSON values or bare words between commas or blanks, or a grid.

    ``log:1e-4:1:9`` and ``lin:0:0.5:6`` are grids: from, to, how many. Commas inside brackets belong to a
    value (``[128,64],[64]``); hidden layers may be typed as ``128-64, 64``, too, and labels as ``3-8, 4-9``.

    Raises:
        ConfigError: the field can't be swept, there is no value, or the grid is none.
    """
    entry = field(path)
    if entry is None:
        raise ConfigError((unknown_field(path, text.strip()),))
    if not can_be_swept(entry):
        raise ConfigError((not_to_sweep(entry, text.strip()),))
    spacing, colon, rest = text.strip().partition(":")
    if colon and spacing in GRIDS:
        return _read_grid(entry, text.strip(), "log" if spacing == "log" else "lin", rest.split(":"))
    words = tuple(_split(text))
    if not words:
        raise ConfigError((Problem(path, text, "given at least one value", "As in 1,2,3."),))
    return tuple(_value(entry, word) for word in words)


def grid(entry: Field, spacing: Spacing, first: float, last: float, count: int) -> tuple[float, ...]:
    """``count`` values from ``first`` to ``last``, both included, in equal ratios or equal steps.

    Fields of whole numbers take each whole number once, so that a narrow grid may have fewer values.

    Raises:
        ConfigError: fewer than 2 or more than 1,024 values, ends that are equal or endless, or a
            logarithmic grid that touches zero.
    """
    problems = tuple(_grid_problems(entry.path, spacing, first, last, count))
    if problems:
        raise ConfigError(problems)
    shares = [index / (count - 1) for index in range(1, count - 1)]
    if spacing == "log":
        inner = [first * (last / first) ** share for share in shares]
        inner = [float(f"{value:.{DIGITS}g}") for value in inner]
    else:
        inner = [float(f"{first + (last - first) * share:.{LINEAR_DIGITS}g}") for share in shares]
    values = (first, *inner, last)
    if entry.kind is FieldKind.INTEGER:
        return tuple(dict.fromkeys(round(value) for value in values))
    return tuple(float(value) for value in values)


def not_to_sweep(entry: Field, value: object) -> Problem:
    """Why a sweep can't go over this field."""
    hint = (
        "Ask for repeats: each adds one to the seed."
        if entry.path == "training.seed"
        else "Choose one device for the whole sweep."
    )
    return Problem(entry.path, value, "the same in all runs of a sweep", hint)


def _read_grid(entry: Field, text: str, spacing: Spacing, parts: list[str]) -> tuple[float, ...]:
    numbers = [read_value(part.strip()) for part in parts]
    fits = len(numbers) == 3 and all(
        isinstance(number, int | float) and not isinstance(number, bool) for number in numbers
    )
    if not fits or not isinstance(numbers[2], int):
        raise ConfigError((Problem(entry.path, text, GRID_FORM, "As in log:1e-4:1:9."),))
    return grid(entry, spacing, *numbers)


def _grid_problems(path: str, spacing: Spacing, first: float, last: float, count: int) -> Iterator[Problem]:
    entry = field(path)
    if entry is not None and entry.kind not in (FieldKind.INTEGER, FieldKind.NUMBER):
        yield Problem(path, f"a {spacing} grid", "swept over a list of its values", f"It is {entry.accepts}.")
    if not 2 <= count <= MOST_VALUES:
        values = f"a grid of {count:,} value{'s' * (count != 1)}"
        yield Problem(path, values, f"swept over 2 to {MOST_VALUES:,} values")
    if not (math.isfinite(first) and math.isfinite(last)):
        yield Problem(path, f"{first:g} to {last:g}", "a grid between two finite numbers")
    elif first == last:
        yield Problem(path, f"{first:g} to {last:g}", "a grid between two different numbers")
    elif spacing == "log" and (first <= 0 or last <= 0):
        yield Problem(
            path,
            f"{first:g} to {last:g}",
            "above 0 at both ends of a logarithmic grid",
            "A linear grid or a list takes 0.",
        )


def _split(text: str) -> Iterator[str]:
    """Words between commas, semicolons and blanks that stand outside brackets and quotes."""
    word, depth, quoted = "", 0, False
    for sign in text:
        if sign == '"':
            quoted = not quoted
        elif not quoted:
            depth += (sign in "[{") - (sign in "]}")
        if not quoted and depth <= 0 and (sign in ",;" or sign.isspace()):
            if word:
                yield word
            word = ""
        else:
            word += sign
    if word:
        yield word


def _value(entry: Field, word: str) -> Any:
    value = read_value(word)
    if entry.kind not in (FieldKind.INTEGERS, FieldKind.LABELS):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return [value]
    if isinstance(value, str) and all(part.isdecimal() for part in value.split("-")):
        return [int(part) for part in value.split("-")]
    return value
