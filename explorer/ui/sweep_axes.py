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


def axis_controls() -> None:
    """Draw the controls of one or two fields."""
    _field_control(1, "Sweep over")
    values_control(_chosen(1))
    _field_control(2, "And over")
    if _chosen(2) != _chosen(1):
        values_control(_chosen(2))


def asked_axes() -> tuple[AxisText, ...]:
    """What these controls say, in a callback too, where they were not drawn with it yet."""
    first, second = _chosen(1), _chosen(2)
    axes = [AxisText(first, asked_values(first))]
    if second:
        axes.append(AxisText(second, asked_values(second) if second != first else usual(second)))
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


def _field_control(number: int, label: str) -> None:
    options = offered() if number == 1 else (NOTHING, *offered())
    st.selectbox(
        label, options, options.index(_chosen(number)),
        key=state.key_of(f"{FIELD}{number}"), format_func=field_name, persist_state="session",
        help="The setting that differs between the runs; all else is as below.",
    )  # fmt: skip


def _chosen(number: int) -> str:
    return str(state.said(f"{FIELD}{number}", FIRST if number == 1 else NOTHING))


def field_name(path: str) -> str:
    """What a field is called among all others: its title and its section."""
    entry = field(path)
    if entry is None:
        return "Nothing else"
    section = entry.section.rpartition(".")[2].replace("_", " ")
    return f"{entry.title} · {section}" if section else entry.title


def values_control(path: str, *, has_steps: bool = True) -> None:
    """Draw the controls of a field's values; of a range without steps, of its ends alone."""
    entry = field(path)
    if entry is None:
        return
    if entry.kind is FieldKind.CHOICE:
        st.multiselect(
            "Values", form.choices_of(path) or entry.choices, _words_asked(entry),
            key=state.key_of(f"{CHOICES}{path}"), format_func=title_of, persist_state="session",
            help="One run for each of them.",
        )  # fmt: skip
        return
    if entry.kind is FieldKind.FLAG:
        st.caption("Without and with it.")
        return
    if _has_grid(entry):
        names = dict(zip(WAYS, WAYS if has_steps else RANGES, strict=True))
        st.segmented_control(
            "Values", list(WAYS), default=_way_asked(path), key=state.key_of(f"{WAY}{path}"), required=True,
            persist_state="session", format_func=lambda name: names[name],
            help="A log grid multiplies from step to step, as suits rates; a linear one adds.",
        )  # fmt: skip
    if _spacing(entry) is None:
        _list_control(entry)
    else:
        _grid_control(entry, has_steps)


def asked_values(path: str, *, has_steps: bool = True) -> str:
    """What these controls say, as the command line takes it."""
    entry = field(path)
    if entry is None:
        return ""
    if entry.kind is FieldKind.CHOICE:
        return ", ".join(_words_asked(entry))
    if entry.kind is FieldKind.FLAG:
        return usual(path)
    spacing = _spacing(entry)
    if spacing is None:
        return _list_asked(entry)
    ends = (_end_asked(entry, end) for end in _ends_of(has_steps))
    return f"{spacing}:{':'.join('' if value is None else f'{value:.10g}' for value in ends)}"


def _list_control(entry: Field) -> None:
    st.text_input(
        "Values, in a row", _list_asked(entry), key=state.key_of(f"{LIST}{entry.path}"),
        persist_state="session", help=JOINED.get(entry.kind, "Between commas or blanks."),
    )  # fmt: skip


def _grid_control(entry: Field, has_steps: bool) -> None:
    whole = entry.kind is FieldKind.INTEGER
    for column, end in zip(st.columns([2, 2, 1.4] if has_steps else 2), _ends_of(has_steps), strict=True):
        with column:
            st.number_input(
                {"from": "From", "to": "To", "count": "Steps"}[end],
                value=_end_asked(entry, end),
                step=1 if end == "count" or whole else 0.0001,
                format="%d" if end == "count" or whole else "%g",
                key=state.key_of(f"sweep.{end}:{entry.path}"),
                persist_state="session",
                help=ENDS[end],
            )


def _words_asked(entry: Field) -> list[str]:
    said: list[str] = state.said(f"{CHOICES}{entry.path}", _words(entry, usual(entry.path)))
    return said


def _list_asked(entry: Field) -> str:
    text = usual(entry.path)
    return str(state.said(f"{LIST}{entry.path}", "" if _has_ends(text) else text) or "")


def _way_asked(path: str) -> str:
    return str(state.said(f"{WAY}{path}", _way(usual(path))))


def _spacing(entry: Field) -> Spacing | None:
    """How the values lie between two ends; None where they are a list."""
    return WAYS[_way_asked(entry.path)] if _has_grid(entry) else None


def _end_asked(entry: Field, end: str) -> float | int | None:
    said: float | int | None = state.said(f"sweep.{end}:{entry.path}", _ends(entry, usual(entry.path))[end])
    return said


def _ends_of(has_steps: bool) -> list[str]:
    return list(ENDS) if has_steps else [end for end in ENDS if end != "count"]


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
