"""The controls of a sweep's fields: which one, and its values as a grid or as a list."""

import streamlit as st

from explorer.config.axes import Spacing
from explorer.config.fields import Field, FieldKind, field
from explorer.config.parsing import read_value
from explorer.ui import form, state
from explorer.ui.sweep_form import AxisText, offered, usual
from explorer.ui.wording import title_of

FIELD = "sweep.field."
WAY = "sweep.way:"
LIST = "sweep.list:"
CHOICES = "sweep.choices:"
ENDS = ("from", "to", "count")
USUAL_STEPS = 5
WAYS: dict[str, Spacing | None] = {"Log grid": "log", "Linear grid": "lin", "List": None}
RANGES = ("Log range", "Linear range", "List")  # the same where a search chooses the steps
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
    state.keep(f"{FIELD}1", known[0].field if known else FIRST)
    state.keep(f"{FIELD}2", known[1].field if len(known) > 1 else NOTHING)
    set_values_of(tuple(known))


def set_values_of(axes: tuple[AxisText, ...]) -> None:
    """Set the controls of the values of these fields."""
    for axis in axes:
        entry = field(axis.field)
        if entry is not None and axis.field in offered():
            _seed(entry, axis.text, is_forced=True)


def _field_control(number: int, label: str) -> str:
    key = f"{FIELD}{number}"
    if not state.is_kept(key):
        state.keep(key, FIRST if number == 1 else NOTHING)
    options = offered() if number == 1 else (NOTHING, *offered())
    chosen: str = st.selectbox(label, options, key=key, format_func=field_name, persist_state="session")
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
    _seed(entry, usual(path))
    if entry.kind is FieldKind.CHOICE:
        picked = st.multiselect(
            "Values", form.choices_of(path) or entry.choices, key=f"{CHOICES}{path}",
            format_func=title_of, persist_state="session",
        )  # fmt: skip
        return ", ".join(picked)
    if entry.kind is FieldKind.FLAG:
        st.caption("Without and with it.")
        return usual(path)
    if not _has_grid(entry):
        return _list_control(entry)
    names = dict(zip(WAYS, WAYS if has_steps else RANGES, strict=True))
    way = st.segmented_control(
        "Values", list(WAYS), key=f"{WAY}{path}", required=True, persist_state="session",
        format_func=lambda name: names[name], label_visibility="collapsed",
    )  # fmt: skip
    spacing = WAYS[str(way)]
    return _list_control(entry) if spacing is None else _grid_control(entry, spacing, has_steps)


def _list_control(entry: Field) -> str:
    layers = entry.kind is FieldKind.INTEGERS
    text = st.text_input(
        "Values, in a row", key=f"{LIST}{entry.path}", persist_state="session",
        help="Layers of one network joined by hyphens: 128-64." if layers else "Between commas or blanks.",
    )  # fmt: skip
    return str(text or "")


def _grid_control(entry: Field, spacing: Spacing, has_steps: bool) -> str:
    whole = entry.kind is FieldKind.INTEGER
    parts = []
    for column, end in zip(st.columns([2, 2, 1.4] if has_steps else 2), ENDS, strict=False):
        with column:
            value = st.number_input(
                {"from": "From", "to": "To", "count": "Steps"}[end],
                value=None,
                step=1 if end == "count" or whole else 0.0001,
                format="%d" if end == "count" or whole else "%g",
                key=f"sweep.{end}:{entry.path}",
                persist_state="session",
            )
        parts.append("" if value is None else f"{value:.10g}")
    return f"{spacing}:{':'.join(parts)}"


def _has_grid(entry: Field) -> bool:
    return entry.kind in (FieldKind.NUMBER, FieldKind.INTEGER) and not entry.words


def _seed(entry: Field, text: str, *, is_forced: bool = False) -> None:
    """Give a field's controls their values, where they have none yet or others are wanted."""
    path = entry.path
    if entry.kind is FieldKind.CHOICE:
        known = form.choices_of(path) or entry.choices
        words = [word.strip() for word in text.replace('"', "").split(",")]
        _put(f"{CHOICES}{path}", [word for word in words if word in known], is_forced)
        return
    spacing, _, rest = text.partition(":")
    way = next((name for name, known in WAYS.items() if known == spacing), "List")
    _put(f"{WAY}{path}", way, is_forced)
    if way == "List":
        _put(f"{LIST}{path}", text, is_forced)
        text = usual(path)
        rest = text.partition(":")[2] if text[:4] in ("log:", "lin:") else ""
    else:
        _put(f"{LIST}{path}", "", is_forced=False)
    numbers = [read_value(part) for part in rest.split(":")] if rest else []
    whole = entry.kind is FieldKind.INTEGER
    for end, number in zip(ENDS, [*numbers, None, None, None][:3], strict=True):
        fits = isinstance(number, int | float) and not isinstance(number, bool)
        kept = (int(number) if end == "count" or whole else float(number)) if fits else None
        if end == "count" and kept is None:  # of a range, which has none
            kept = USUAL_STEPS
        _put(f"sweep.{end}:{path}", kept, is_forced and way != "List")


def _put(key: str, value: object, is_forced: bool) -> None:
    if is_forced or not state.is_kept(key):
        state.keep(key, value)
