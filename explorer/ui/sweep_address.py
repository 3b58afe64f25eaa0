"""The address of the Sweep page: the base settings in dotted names, what is swept, and the group shown."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import streamlit as st

from explorer.config.axes import OVER
from explorer.config.searching import Objective
from explorer.errors import Problem
from explorer.ui import lesson
from explorer.ui.search_form import OBJECTIVES, USUAL_BUDGET, SearchAsked
from explorer.ui.sweep_form import AxisText, offered

PREFIXES = ("sweep ", "search ")
GROUP, REPEATS, RULE = "group", "repeats", "stop_hopeless"
FIELDS = ("over", "over2")
RANGES, BUDGET, OBJECTIVE = "search", "runs", "look_for"
RESERVED = (GROUP, *FIELDS, REPEATS, RULE, RANGES, BUDGET, OBJECTIVE, *lesson.PARAMETERS)


@dataclass(frozen=True, slots=True)
class Asked:
    """What an address asks to sweep; ``problems`` names what in it could not be used."""

    axes: tuple[AxisText, ...]
    repeats: int
    rule: bool
    search: SearchAsked | None
    problems: tuple[Problem, ...]


def group_in_address() -> str | None:
    """The group that the address names."""
    return st.query_params.get(GROUP) or None


def show_group_in_address(group: str) -> None:
    """Put a group into the address, a sweep by its token alone; the rest of the address stays."""
    st.query_params[GROUP] = token_of(group)


def token_of(group: str) -> str:
    """What tells a sweep from all others: ``3fa2b1`` of ``sweep 3fa2b1 · learning rate``; else the name."""
    words = group.split()
    return words[1] if len(words) > 1 and f"{words[0]} " in PREFIXES else group


def named(asked: str, groups: Iterable[str]) -> str:
    """The group that an address means by its name or its token; what it says, where none is so called."""
    return next((group for group in groups if asked in (group, token_of(group))), asked)


def settings_in_address() -> dict[str, str]:
    """Every parameter of the address but the group."""
    return {name: text for name, text in st.query_params.to_dict().items() if name != GROUP}


def base_in(settings: Mapping[str, str]) -> dict[str, str]:
    """The parameters that set the base: dotted names."""
    return {name: text for name, text in settings.items() if name not in RESERVED}


def asked_in(settings: Mapping[str, str]) -> Asked:
    """What these parameters ask to sweep."""
    axes, problems = [], []
    for name in FIELDS:
        path, equals, values = settings.get(name, "").partition("=")
        if equals and path in offered():
            axes.append(AxisText(path, values))
        elif name in settings:
            hint = "As in optimizer.learning_rate=0.001,0.01."
            problems.append(Problem(OVER, settings[name], "FIELD=VALUES of a field on this page", hint))
    repeats = settings.get(REPEATS, "1")
    if not (repeats.isdecimal() and len(repeats) < 5 and int(repeats)):
        problems.append(Problem("--repeats", repeats, "a whole number in [1, 1,000]"))
        repeats = "1"
    search = _search_in(settings, problems)
    return Asked(tuple(axes), min(int(repeats), 1000), settings.get(RULE) == "1", search, tuple(problems))


def _search_in(settings: Mapping[str, str], problems: list[Problem]) -> SearchAsked | None:
    if RANGES not in settings:
        return None
    ranges: list[AxisText] = []
    for text in settings[RANGES].split(";"):
        path, equals, values = text.partition("=")
        if equals and path in [entry.field for entry in ranges]:
            problems.append(Problem("--search", text, "given each field once"))
        elif equals and path in offered():
            ranges.append(AxisText(path, values))
        else:
            hint = "As in optimizer.learning_rate=log:1e-4:1;network.dropout=lin:0:0.5."
            problems.append(Problem("--search", text, "FIELD=RANGE of a field on this page", hint))
    budget = settings.get(BUDGET, str(USUAL_BUDGET))
    if not (budget.isdecimal() and len(budget) < 5 and int(budget)):
        problems.append(Problem("--budget", budget, "a whole number of runs"))
        budget = str(USUAL_BUDGET)
    objective: Objective = next(
        (name for name in OBJECTIVES if name == settings.get(OBJECTIVE)), "validation_loss"
    )
    return SearchAsked(tuple(ranges), int(budget), objective)


def grid_parameters(axes: tuple[AxisText, ...], repeats: int) -> dict[str, str]:
    """The parameters of a grid."""
    wanted = {name: f"{axis.field}={axis.text}" for name, axis in zip(FIELDS, axes, strict=False)}
    return wanted | ({REPEATS: str(repeats)} if repeats != 1 else {})


def search_parameters(asked: SearchAsked) -> dict[str, str]:
    """The parameters of a search."""
    wanted = {
        RANGES: ";".join(f"{entry.field}={entry.text}" for entry in asked.ranges),
        BUDGET: str(asked.budget),
    }
    return wanted | ({OBJECTIVE: asked.objective} if asked.objective != "validation_loss" else {})


def show_settings_in_address(
    base: Mapping[str, str], swept: Mapping[str, str], *, rule: bool
) -> dict[str, str]:
    """Replace every parameter but the group, in one step of the browser's history; what they are now."""
    wanted = {**base, **swept} | ({RULE: "1"} if rule else {})
    if wanted != settings_in_address():
        kept = {GROUP: st.query_params[GROUP]} if GROUP in st.query_params else {}
        st.query_params.from_dict({**kept, **wanted})
    return wanted
