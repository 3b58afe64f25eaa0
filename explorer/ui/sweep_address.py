"""The address of the Sweep page: the base settings in dotted names, what is swept, and the group shown."""

from collections.abc import Mapping
from dataclasses import dataclass

import streamlit as st

from explorer.config.axes import OVER
from explorer.errors import Problem
from explorer.ui.sweep_form import AxisText, offered

GROUP, REPEATS, RULE = "group", "repeats", "stop_hopeless"
FIELDS = ("over", "over2")
RESERVED = (GROUP, *FIELDS, REPEATS, RULE)


@dataclass(frozen=True, slots=True)
class Asked:
    """What an address asks to sweep; ``problems`` names what in it could not be used."""

    axes: tuple[AxisText, ...]
    repeats: int
    rule: bool
    problems: tuple[Problem, ...]


def group_in_address() -> str | None:
    """The group that the address names."""
    return st.query_params.get(GROUP) or None


def show_group_in_address(group: str | None) -> None:
    """Put a group into the address, or take it out; the rest of the address stays."""
    if group is not None:
        st.query_params[GROUP] = group
    elif GROUP in st.query_params:
        del st.query_params[GROUP]


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
    return Asked(tuple(axes), min(int(repeats), 1000), settings.get(RULE) == "1", tuple(problems))


def show_settings_in_address(
    base: Mapping[str, str], axes: tuple[AxisText, ...], repeats: int, *, rule: bool
) -> dict[str, str]:
    """Replace every parameter but the group, in one step of the browser's history; what they are now."""
    wanted = dict(base)
    wanted |= {name: f"{axis.field}={axis.text}" for name, axis in zip(FIELDS, axes, strict=False)}
    wanted |= {REPEATS: str(repeats)} if repeats != 1 else {}
    wanted |= {RULE: "1"} if rule else {}
    if wanted != settings_in_address():
        kept = {GROUP: st.query_params[GROUP]} if GROUP in st.query_params else {}
        st.query_params.from_dict({**kept, **wanted})
    return wanted
