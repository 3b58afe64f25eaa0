"""The configuration tree as a flat list of dotted fields, for forms, flags and addresses."""

import json
import types
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from explorer.config.baseline import BaselineConfig
from explorer.config.kinds import AnyConfig
from explorer.config.run import ConvolutionBlock, RunConfig

Tree = type[RunConfig] | type[BaselineConfig]


class FieldKind(StrEnum):
    """What kind of control edits a field."""

    CHOICE = "choice"
    FLAG = "flag"
    INTEGER = "integer"
    NUMBER = "number"
    TEXT = "text"
    INTEGERS = "integers"
    LABELS = "labels"
    BLOCKS = "blocks"


@dataclass(frozen=True, slots=True)
class Field:
    """One leaf of the tree. ``optional`` fields take None; ``words`` are texts a number field also takes.

    ``also`` says what else a choice takes beside its ``choices``; empty where they are all.
    """

    path: str
    section: str
    title: str
    help: str
    kind: FieldKind
    default: Any
    choices: tuple[str, ...]
    words: tuple[str, ...]
    minimum: float | None
    maximum: float | None
    minimum_excluded: bool
    optional: bool
    logarithmic: bool
    unit: str
    accepts_each: str
    also: str = ""

    @property
    def accepts(self) -> str:
        """What is accepted, in words: ``in (0, 10]``, ``one of relu, tanh``."""
        if self.kind is FieldKind.CHOICE:
            accepted = f"one of {', '.join(self.choices)}" + (f", or {self.also}" if self.also else "")
        elif self.kind is FieldKind.FLAG:
            accepted = "true or false"
        elif self.kind is FieldKind.TEXT:
            accepted = "auto, cpu, mps, cuda or cuda:N"
        elif self.kind is FieldKind.INTEGERS:
            accepted = f"a list of at most 8 whole numbers, each {self.accepts_each}"
        elif self.kind is FieldKind.LABELS:
            accepted = f"a list of two or more different labels, each {self.accepts_each}, or empty for all"
        elif self.kind is FieldKind.BLOCKS:
            accepted = "a list of at most 4 blocks with filters, kernel, padding and pooling"
        else:
            whole = "a whole number " if self.kind is FieldKind.INTEGER else ""
            accepted = f"{whole}{_interval(self.minimum, self.maximum, self.minimum_excluded)}"
        words = [f'"{word}"' for word in self.words] + ["null"] * self.optional
        return " or ".join([accepted, *words])


@cache
def all_fields(tree: Tree = RunConfig) -> tuple[Field, ...]:
    """Every leaf in the order of the tree."""
    return tuple(_walk(tree, ""))


@cache
def _by_path(tree: Tree) -> dict[str, Field]:
    return {entry.path: entry for entry in all_fields(tree)}


def field(path: str, tree: Tree = RunConfig) -> Field | None:
    """The leaf with this dotted path, or None."""
    return _by_path(tree).get(path)


def field_of_either(path: str) -> Field | None:
    """The leaf with this dotted path in the tree of networks, or else of baselines; or None."""
    return field(path) or field(path, BaselineConfig)


@cache
def block_fields() -> dict[str, Field]:
    """The fields of one convolution block, by name."""
    return {entry.path: entry for entry in _walk(ConvolutionBlock, "")}


@cache
def section_names() -> tuple[str, ...]:
    """The dotted paths of the sections, in the order of the tree."""
    return tuple(dict.fromkeys(entry.section for entry in all_fields() if entry.section))


def value_at(config: AnyConfig, path: str) -> Any:
    """The value of a dotted field, as JSON would hold it (lists, not tuples)."""
    place: Any = config
    for name in path.split("."):
        place = getattr(place, name)
    return _as_json(place)


def values_by_path(config: AnyConfig) -> dict[str, Any]:
    """All dotted fields with their values."""
    return {entry.path: value_at(config, entry.path) for entry in all_fields(type(config))}


def changed_values(config: AnyConfig, base: AnyConfig | None = None) -> dict[str, Any]:
    """The dotted fields in which ``config`` differs from ``base`` (by default from all defaults).

    With a preset, the fields that it fixes are left out: the preset says them.
    """
    other = values_by_path(base or type(config)())
    has_preset = base is None and isinstance(config, RunConfig) and config.network.preset is not None
    fixed = {"network.kind", "network.blocks", "network.hidden"} if has_preset else set()
    return {
        path: value
        for path, value in values_by_path(config).items()
        if path not in fixed and (path not in other or value != other[path])
    }


def config_to_query(config: AnyConfig) -> dict[str, str]:
    """The parameters of an address that carries the whole config: what differs from the defaults."""
    return {
        path: value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))
        for path, value in changed_values(config).items()
    }


def _as_json(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if isinstance(value, tuple):
        return [_as_json(item) for item in value]
    return value


def _walk(model: type[BaseModel], prefix: str) -> Iterator[Field]:
    for name, info in model.model_fields.items():
        path = f"{prefix}{name}"
        if isinstance(info.annotation, type) and issubclass(info.annotation, BaseModel):
            yield from _walk(info.annotation, f"{path}.")
        else:
            yield _leaf(path, info)


def _leaf(path: str, info: FieldInfo) -> Field:
    marks, members = list(info.metadata), []
    for member in _members(info.annotation):
        if get_origin(member) is Annotated:
            inner, *facts = get_args(member)
            marks.extend(mark for fact in facts for mark in getattr(fact, "metadata", ()))
            members.append(inner)
        else:
            members.append(member)
    optional = types.NoneType in members
    members = [member for member in members if member is not types.NoneType]
    choices = tuple(choice for member in members for choice in _choices(member))
    kind = _kind(members)
    bounds = {
        name: getattr(mark, name) for mark in marks for name in ("ge", "gt", "le") if hasattr(mark, name)
    }
    extra = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
    return Field(
        path=path,
        section=path.rpartition(".")[0],
        title=info.title or path,
        help=info.description or "",
        kind=kind,
        default=_as_json(info.default),
        choices=choices if kind is FieldKind.CHOICE else (),
        words=() if kind is FieldKind.CHOICE else choices,
        minimum=bounds.get("ge", bounds.get("gt")),
        maximum=bounds.get("le"),
        minimum_excluded="gt" in bounds,
        optional=optional,
        logarithmic=bool(extra.get("logarithmic", False)),
        unit=str(extra.get("unit", "")),
        accepts_each=_accepts_each(kind, members[0]),
        also=str(extra.get("also", "")),
    )


def _members(annotation: Any) -> list[Any]:
    if get_origin(annotation) in (Union, types.UnionType):
        return list(get_args(annotation))
    return [annotation]


def _choices(member: Any) -> tuple[str, ...]:
    return get_args(member) if get_origin(member) is Literal else ()


def _kind(members: list[Any]) -> FieldKind:
    first = members[0]
    if get_origin(first) is Literal:
        return FieldKind.CHOICE
    if get_origin(first) is tuple:
        item = get_args(first)[0]
        if get_origin(item) is Literal:
            return FieldKind.LABELS
        return (
            FieldKind.BLOCKS if isinstance(item, type) and issubclass(item, BaseModel) else FieldKind.INTEGERS
        )
    return {bool: FieldKind.FLAG, int: FieldKind.INTEGER, float: FieldKind.NUMBER, str: FieldKind.TEXT}[first]


def _accepts_each(kind: FieldKind, member: Any) -> str:
    """What each item of a list may be; empty where the field is no list of numbers."""
    if kind is FieldKind.LABELS:
        labels = get_args(get_args(member)[0])
        return f"in {labels[0]}…{labels[-1]}"
    if kind is not FieldKind.INTEGERS:
        return ""
    _, bounds = get_args(get_args(member)[0])
    low, high = (getattr(mark, name) for mark, name in zip(bounds.metadata, ("ge", "le"), strict=True))
    return _interval(low, high, False)


def _interval(minimum: float | None, maximum: float | None, minimum_excluded: bool) -> str:
    opening = "(" if minimum_excluded else "["
    return f"in {opening}{_figure(minimum)}, {_figure(maximum)}]"


def _figure(value: float | None) -> str:
    if value is None:
        return "…"
    return f"{value:,.10g}" if isinstance(value, float) else f"{value:,}"
