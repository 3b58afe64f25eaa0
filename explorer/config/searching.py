"""An adaptive search: ranges of some fields around a base, and for how many runs to look in them."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import isfinite
from typing import Any, Literal

from explorer.config.axes import OVER, can_be_swept, not_to_sweep, read_values
from explorer.config.fields import FieldKind, field
from explorer.config.parsing import read_value, unknown_field
from explorer.config.run import RunConfig
from explorer.config.sweeping import MOST_RUNS, value_key, with_values
from explorer.errors import ConfigError, Problem

BATCH = 8  # runs proposed at once, to train as one stack; larger ones learn less from one another
MOST_RANGES = 12
BUDGET = "--budget"
RANGE_FORM = "log:FROM:TO or lin:FROM:TO"

Objective = Literal["validation_loss", "validation_accuracy"]


@dataclass(frozen=True, slots=True)
class Range:
    """A field and what is tried of it: all between two ends (``log`` or ``lin``), or a choice of values."""

    field: str
    spacing: Literal["log", "lin", "choice"]
    low: float = 0.0
    high: float = 0.0
    choices: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Search:
    """What is searched: ranges around a base, for so many runs, ``batch`` at a time.

    ``is_stopped``: the user ended it, or there is nothing left to propose.
    """

    base: RunConfig
    ranges: tuple[Range, ...]
    budget: int
    objective: Objective = "validation_loss"
    batch: int = BATCH
    seed: int = 0
    is_stopped: bool = False

    @property
    def fields(self) -> tuple[str, ...]:
        """The dotted fields that are searched."""
        return tuple(found.field for found in self.ranges)

    def goes_on(self, runs: int) -> bool:
        """Whether there are runs to come after so many."""
        return not self.is_stopped and runs < self.budget


def read_range(path: str, text: str) -> Range:
    """The range of a field as typed: ``log:1e-4:1``, ``lin:0:0.5``, or a list of values to choose from.

    The number of steps that a grid has besides (``log:1e-4:1:9``) is left out: a search chooses them.

    Raises:
        ConfigError: it is none, or no such field can be searched.
    """
    spacing, colon, rest = text.strip().partition(":")
    if not colon or spacing not in ("log", "lin"):
        return Range(path, "choice", choices=read_values(path, text))
    ends = [read_value(part.strip()) for part in rest.split(":")[:2]]
    if len(ends) < 2 or any(not isinstance(end, int | float) or isinstance(end, bool) for end in ends):
        raise ConfigError((Problem(path, text, RANGE_FORM, "Give both ends."),))
    return Range(path, "log" if spacing == "log" else "lin", float(ends[0]), float(ends[1]))


def check_search(search: Search) -> None:
    """Every fault of a search.

    Raises:
        ConfigError: no field or too many, one twice, unknown or not to be searched, ends out of order or
            out of bounds, a choice of one, too large a budget, or nothing to compare runs by.
    """
    problems = list(_problems(search))
    if problems:
        raise ConfigError(tuple(problems))


def _problems(search: Search) -> Iterator[Problem]:
    if not 1 <= len(search.ranges) <= MOST_RANGES:
        yield Problem(OVER, search.fields or "nothing", f"1 to {MOST_RANGES} fields with their ranges")
    if not 2 <= search.budget <= MOST_RUNS:
        yield Problem(BUDGET, search.budget, f"a whole number of runs in [2, {MOST_RUNS:,}]")
    if not search.base.data.holds_back:
        hint = "A search compares runs by their validation images."
        yield Problem("data.validation_size", 0, "above 0", hint)
    seen: set[str] = set()
    for found in search.ranges:
        entry = field(found.field)
        if entry is None:
            yield unknown_field(found.field, found.spacing)
            continue
        if not can_be_swept(entry):
            yield not_to_sweep(entry, found.spacing)
            continue
        if found.field in seen:
            yield Problem(OVER, found.field, "different fields")
        seen.add(found.field)
        yield from _range_problems(search, found)


def _range_problems(search: Search, found: Range) -> Iterator[Problem]:
    entry = field(found.field)
    if found.spacing == "choice":
        distinct = {value_key(choice) for choice in found.choices}
        if len(distinct) < 2:
            yield Problem(found.field, list(found.choices), "a choice of at least two values")
        ends = found.choices
    else:
        if entry is not None and entry.kind not in (FieldKind.INTEGER, FieldKind.NUMBER):
            yield Problem(found.field, "a range", f"a choice of values: {entry.accepts}")
            return
        between = f"{found.low:g} to {found.high:g}"
        if not (isfinite(found.low) and isfinite(found.high)) or found.low >= found.high:
            yield Problem(found.field, between, "a range from a smaller to a greater number")
            return
        if found.spacing == "log" and found.low <= 0:
            yield Problem(found.field, between, "above 0 at both ends of a logarithmic range")
            return
        is_whole = entry is not None and entry.kind is FieldKind.INTEGER
        ends = (round(found.low), round(found.high)) if is_whole else (found.low, found.high)
    for value in ends:
        try:
            with_values(search.base, {found.field: value})
        except ConfigError as error:
            yield from (problem for problem in error.problems if _is_its_own(found.field, problem, search))


def _is_its_own(path: str, problem: Problem, search: Search) -> bool:
    """Whether a value is at fault by itself: a contradiction may go with another value that is searched."""
    entry = field(path)
    if entry is None or problem.field.partition("[")[0] != path:
        return False
    return len(search.ranges) == 1 or problem.accepted in (entry.accepts, entry.accepts_each)
