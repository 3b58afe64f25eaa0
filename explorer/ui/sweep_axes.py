"""The controls of a sweep's fields: which one, and its values as a grid or as a list."""

import streamlit as st

from explorer.config.axes import Spacing
from explorer.config.fields import Field, FieldKind, field
from explorer.config.parsing import read_value
from explorer.data.words import title_of
from explorer.ui import form, state
from explorer.ui.sweep_form import AxisText, offered, usual

FIELD = "sweep.field."
WAY = "sweep.way:"
LIST = "sweep.list:"
CHOICES = "sweep.choices:"
ENDS = {
    "from": "The smallest value that is tried.",
    "to": "The greatest value that is tried.",
    "count": "How many values are tried, both ends among them.",
}
USUAL_STEPS = 5
WAYS: dict[str, Spacing | None] = {"Log grid": "log", "Linear grid": "lin", "List": None}
RANGES = ("Log range", "Linear range", "List")  # the same where a search chooses the steps
JOINED = {
    FieldKind.INTEGERS: "Layers of one network joined by hyphens: 128-64.",
    FieldKind.LABELS: "Labels of one run joined by hyphens: 3-8. With the numbers of training and validation "
    "images given below, all train together as one stack.",
}
NOTHING = ""
FIRST = "optimizer.learning_rate"


def axis_controls() -> tuple[AxisText, ...]:
    """Draw the controls of one or two fields; what they say."""
    first = _field_control(1, "Sweep over")
    axes = [AxisText(first, values_control(first))]
    second = _field_control(2, "And over")
    if second:
        axes.append(AxisText(second, values_control(second) if second != first else usual(second)))
    return tuple(axes)


def set_axes(axes: tuple[AxisText, ...]) -> None:
    """Set the controls from outside, before they are drawn; fields that are not offered are left out."""
    known = [axis for axis in axes if axis.field in offered()]
    state.put(f"{FIELD}1", known[0].field if known else FIRST)
    state.put(f"{FIELD}2", known[1].field if len(known) > 1 else NOTHING)
    set_values_of(tuple(known))


def set_values_of(axes: tuple[AxisText, ...]) -> None:
    """Set the controls of the values of these fields."""
    for axis in axes:
        entry = field(axis.field)
        if entry is not None and axis.field in offered():
            for name, value in _shown(entry, axis.text).items():
                state.put(name, value)


def _field_control(number: int, label: str) -> str:
    name = f"{FIELD}{number}"
    options = offered() if number == 1 else (NOTHING, *offered())
    chosen: str = st.selectbox(
        label, options, options.index(state.said(name, FIRST if number == 1 else NOTHING)),
        key=state.key_of(name), format_func=field_name, persist_state="session",
        help="The setting that differs between the runs; all else is as below.",
    )  # fmt: skip
    return chosen


def field_name(path: str) -> str:
    """What a field is called among all others: its title and its section."""
    entry = field(path)
    if entry is None:
        return "Nothing else"
    section = entry.section.rpartition(".")[2].replace("_", " ")
    return f"{entry.title} · {section}" if section else entry.title


def values_control(path: str, *, has_steps: bool = True) -> str:
    """The values of a field, as the command line takes them; of a range without steps its ends alone."""
    entry = field(path)
    if entry is None:
        return ""
    if entry.kind is FieldKind.CHOICE:
        name = f"{CHOICES}{path}"
        picked = st.multiselect(
            "Values", form.choices_of(path) or entry.choices, state.said(name, _words(entry, usual(path))),
            key=state.key_of(name), format_func=title_of, persist_state="session",
            help="One run for each of them.",
        )  # fmt: skip
        return ", ".join(picked)
    if entry.kind is FieldKind.FLAG:
        st.caption("Without and with it.")
        return usual(path)
    if not _has_grid(entry):
        return _list_control(entry)
    names = dict(zip(WAYS, WAYS if has_steps else RANGES, strict=True))
    way = st.segmented_control(
        "Values", list(WAYS), default=state.said(f"{WAY}{path}", _way(usual(path))),
        key=state.key_of(f"{WAY}{path}"), required=True, persist_state="session",
        format_func=lambda name: names[name],
        help="A log grid multiplies from step to step, as suits rates; a linear one adds.",
    )  # fmt: skip
    spacing = WAYS[str(way)]
    return _list_control(entry) if spacing is None else _grid_control(entry, spacing, has_steps)


def _list_control(entry: Field) -> str:
    name = f"{LIST}{entry.path}"
    text = st.text_input(
        "Values, in a row", state.said(name, "" if _has_ends(usual(entry.path)) else usual(entry.path)),
        key=state.key_of(name), persist_state="session",
        help=JOINED.get(entry.kind, "Between commas or blanks."),
    )  # fmt: skip
    return str(text or "")


def _grid_control(entry: Field, spacing: Spacing, has_steps: bool) -> str:
    whole = entry.kind is FieldKind.INTEGER
    parts, usual_ends = [], _ends(entry, usual(entry.path))
    for column, end in zip(st.columns([2, 2, 1.4] if has_steps else 2), ENDS, strict=False):
        name = f"sweep.{end}:{entry.path}"
        with column:
            value = st.number_input(
                {"from": "From", "to": "To", "count": "Steps"}[end],
                value=state.said(name, usual_ends[end]),
                step=1 if end == "count" or whole else 0.0001,
                format="%d" if end == "count" or whole else "%g",
                key=state.key_of(name),
                persist_state="session",
                help=ENDS[end],
            )
        parts.append("" if value is None else f"{value:.10g}")
    return f"{spacing}:{':'.join(parts)}"


def _has_grid(entry: Field) -> bool:
    return entry.kind in (FieldKind.NUMBER, FieldKind.INTEGER) and not entry.words


def _shown(entry: Field, text: str) -> dict[str, object]:
    """What the controls of a field show for its values as the command line takes them, by their names."""
    path = entry.path
    if entry.kind is FieldKind.CHOICE:
        return {f"{CHOICES}{path}": _words(entry, text)}
    if not _has_ends(text):
        return {f"{WAY}{path}": "List", f"{LIST}{path}": text}
    ends = {f"sweep.{end}:{path}": value for end, value in _ends(entry, text).items()}
    return {f"{WAY}{path}": _way(text), **ends}


def _words(entry: Field, text: str) -> list[str]:
    known = form.choices_of(entry.path) or entry.choices
    words = [word.strip() for word in text.replace('"', "").split(",")]
    return [word for word in words if word in known]


def _way(text: str) -> str:
    return next((name for name, known in WAYS.items() if known == text.partition(":")[0]), "List")


def _has_ends(text: str) -> bool:
    return _way(text) != "List"


def _ends(entry: Field, text: str) -> dict[str, float | int | None]:
    """Both ends of a grid and its steps; None where the text has none."""
    numbers = [read_value(part) for part in text.split(":")[1:]] if _has_ends(text) else []
    ends: dict[str, float | int | None] = {}
    for end, number in zip(ENDS, [*numbers, None, None, None][:3], strict=True):
        if not isinstance(number, int | float) or isinstance(number, bool):
            ends[end] = USUAL_STEPS if end == "count" else None  # a range has no steps
        else:
            is_whole = end == "count" or entry.kind is FieldKind.INTEGER
            ends[end] = int(number) if is_whole else float(number)
    return ends
