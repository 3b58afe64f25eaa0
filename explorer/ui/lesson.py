"""A lesson: a link that fixes some settings, or takes them off the page, so that the others are looked at.

``?lock=optimizer.name,training&hide=regularisation`` names fields, or topics with all their fields.
"""

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from explorer.config.fields import all_fields, section_names
from explorer.errors import Problem
from explorer.ui import state
from explorer.ui.form import NETWORK_FIELDS, Values

LOCK, HIDE = "lock", "hide"
PARAMETERS = (LOCK, HIDE)
SEEDS, PREVIEW = "seeds", "preview"
REASON = "This lesson fixes it."
_KEY = "lesson"
_MOST_NAMES = 200  # more than there are fields
_MOST_TOLD = 10


@dataclass(frozen=True, slots=True)
class Lesson:
    """What is locked, what is hidden, and the values that both have as long as the lesson lasts."""

    locked: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()
    values: Mapping[str, Any] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.locked or self.hidden)

    def is_locked(self, path: str) -> bool:
        """Whether the control of this field is shown and can't be used."""
        return _covers(self.locked, path)

    def is_hidden(self, name: str) -> bool:
        """Whether the control of this field, or the part of the page so called, is not drawn."""
        return _covers(self.hidden, name)

    def parameters(self) -> dict[str, str]:
        """Itself, without its values, as parameters of an address."""
        named = {LOCK: self.locked, HIDE: self.hidden}
        return {name: ",".join(names) for name, names in named.items() if names}


def now() -> Lesson:
    """The lesson of this tab; an empty one where there is none."""
    found: Lesson | None = state.recall(_KEY)
    return found or Lesson()


def without_lesson(parameters: Mapping[str, str]) -> dict[str, str]:
    """The parameters of an address that are settings."""
    return {name: text for name, text in parameters.items() if name not in PARAMETERS}


def begin(parameters: Mapping[str, str], values: Values) -> tuple[Problem, ...]:
    """Start the lesson that an address names, with these values, or end one; what in it is no name."""
    locked, not_locked = _read(parameters.get(LOCK, ""), lockable())
    hidden, not_hidden = _read(parameters.get(HIDE, ""), (*lockable(), SEEDS, PREVIEW))
    lesson = Lesson(locked, hidden)
    paths = [path for path in values if lesson.is_locked(path) or lesson.is_hidden(path)]
    state.keep(_KEY, Lesson(locked, hidden, {path: values[path] for path in paths}))
    return (*not_locked, *not_hidden)


def end() -> None:
    """Open all settings again."""
    state.forget(_KEY)


@cache
def lockable() -> tuple[str, ...]:
    """All that can be locked: topics, then fields."""
    return (*section_names(), *(entry.path for entry in all_fields()))


def _covers(names: tuple[str, ...], path: str) -> bool:
    if path in NETWORK_FIELDS and any(name in NETWORK_FIELDS for name in names):
        return True  # one control sets them all
    return any(path == name or path.startswith(f"{name}.") for name in names)


def _read(text: str, known: Iterable[str]) -> tuple[tuple[str, ...], tuple[Problem, ...]]:
    """The names in a list between commas that are known, each once, and a problem for every other."""
    names = tuple(dict.fromkeys(name for word in text.split(",")[:_MOST_NAMES] if (name := word.strip())))
    offered = list(known)
    wrong = [name for name in names if name not in offered][:_MOST_TOLD]
    problems = (Problem(name, "", "a setting or a topic", _near(name, offered)) for name in wrong)
    return tuple(name for name in names if name in offered), tuple(problems)


def _near(name: str, known: list[str]) -> str:
    near = difflib.get_close_matches(name[:80], known, n=1, cutoff=0.6)
    return f"Did you mean {near[0]}?" if near else ""
