"""One control a field, made from the field's facts; the tab's values are the truth, controls mirror them."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, get_args

import streamlit as st

from explorer.config.fields import Field, FieldKind, all_fields, block_fields, field
from explorer.config.run import Label
from explorer.data.words import figure, label_name, title_of
from explorer.ui import form, lesson, state
from explorer.ui.form import Reading, Values
from explorer.ui.screen import is_phone
from explorer.ui.wording import field_label, plain, problem_sentence

VALUES = "form.values"
DRAWN = "form.drawn"
CONTROL = "control:"
KNOB = "knob:"
SLIDER = "slider:optimizer.learning_rate"
NO_CHOICE = "(none)"

# One, two, five: even steps for the eye on a logarithmic scale.
RATES = (*(float(f"{digit}e{power}") for power in range(-6, 1) for digit in (1, 2, 5)), 10.0)
BATCHES = ("1", "8", "16", "32", "64", "128", "256", "512", "1024", "4096", "full")
DEVICES = ("auto", "cpu")


def values() -> Values:
    """The form's values in this tab, with what was typed since the last run of the page."""
    current: Values = dict(state.recall(VALUES) or form.default_values())
    for entry in all_fields():
        key = state.key_of(CONTROL + entry.path)
        if state.is_kept(key):
            current[entry.path] = typed_value(entry, state.recall(key))
    if current["network.blocks"]:
        current["network.blocks"] = _typed_blocks(current["network.blocks"])
    current |= lesson.now().values  # whatever was tried on them
    state.keep(VALUES, current)
    if state.arrived():
        # The controls of the page before have the same names and are others: these start from the values.
        state.renew(*(widget for prefix in (CONTROL, KNOB, SLIDER) for widget in state.widgets_with(prefix)))
    return current


def note_drawn(current: Values) -> None:
    """Note what the form said when its page was drawn to the end, for ``have_spoken``."""
    state.keep(DRAWN, current)


def have_spoken() -> bool:
    """Whether this run of the page was caused by a control of the form, which says something new.

    The browser then sent the address that it knew before: perhaps not yet the one that the page wrote last.
    """
    return not state.arrived() and state.is_kept(DRAWN) and values() != state.recall(DRAWN)


def set_values(changes: Mapping[str, Any]) -> None:
    """Change the form from outside its controls; before they are drawn, or in a callback."""
    state.keep(VALUES, {**form.default_values(), **(state.recall(VALUES) or {}), **changes})
    for path, value in changes.items():
        key = state.key_of(CONTROL + path)
        if state.is_kept(key) and typed_value(_known(path), state.recall(key)) != value:
            state.renew(CONTROL + path)
        state.renew(*state.widgets_with(f"{CONTROL}{path}["))


def draw(entry: Field, current: Values, reading: Reading) -> None:
    """The control of a field with its help, its mark if changed, and its problems beside it."""
    reason = form.why_not(entry.path, current)
    value = current[entry.path]
    changed = value != entry.default and not reason
    label = field_label(entry, is_changed=changed)
    is_locked = lesson.now().is_locked(entry.path)
    words = [entry.help, f"Does not apply: {reason}" if reason else "", lesson.REASON if is_locked else ""]
    control(
        entry,
        shown_value(entry, value),
        label=label,
        dataset=current["data.dataset"],
        key=state.key_of(CONTROL + entry.path),
        help=plain(" ".join(word for word in words if word)),
        disabled=bool(reason) or is_locked,
    )
    problems_beside(entry.path, reading)


def problems_beside(path: str, reading: Reading) -> None:
    """What is wrong with a field, under it."""
    for problem in reading.problems_of(path):
        st.markdown(f":red[:material/error: {plain(problem_sentence(problem, in_form=True))}]")


EXACT_WIDTH = 110  # pixels: five digits, without the steppers of a wider box


def draw_learning_rate(current: Values, reading: Reading, beside: Callable[[], None] | None = None) -> None:
    """A slider in steps of 1, 2 and 5, a box that takes any other rate, and what stands ``beside`` them."""
    entry = _known("optimizer.learning_rate")
    value = current[entry.path]
    rates = sorted({*RATES, value}) if isinstance(value, float | int) and 0 < value <= 10 else list(RATES)
    shown = value if value in rates else entry.default
    if state.recall(state.key_of(SLIDER), shown) != shown:
        state.renew(SLIDER)
    slider = state.key_of(SLIDER)
    is_locked = lesson.now().is_locked(entry.path)
    why = f" {lesson.REASON}" if is_locked else ""
    above, row = st.container(), st.container(horizontal=True, vertical_alignment="bottom")
    with above if is_phone() else row:  # there the steps need the whole width
        st.select_slider(
            field_label(entry, is_changed=value != entry.default),
            rates,
            value=shown,
            format_func=figure,
            key=slider,
            help=plain(entry.help + why),
            on_change=_take_slider,
            args=(slider,),
            disabled=is_locked,
        )
    with row:
        st.number_input(
            "Exact rate",
            value=value if value is None else float(value),
            step=0.001,
            format="%g",
            key=state.key_of(CONTROL + entry.path),
            width=EXACT_WIDTH,
            help=f"The same rate, typed: it also takes what lies between the steps.{why}",
            disabled=is_locked,
        )
        if beside is not None:
            beside()
    problems_beside(entry.path, reading)


def draw_units(current: Values, reading: Reading) -> None:
    """The hidden layers as typed text."""
    entry = _known("network.hidden")
    st.text_input(
        f"{entry.title} ({entry.unit})",
        value=shown_value(entry, current[entry.path]),
        key=state.key_of(CONTROL + entry.path),
        help="Units of each hidden layer, first layer first: 512, 128. More units can tell more apart and "
        f"take longer.{_network_reason()}",
        placeholder="512, 128",
        disabled=bool(_network_reason()),
    )
    problems_beside(entry.path, reading)


def draw_blocks(current: Values, reading: Reading) -> None:
    """One line of controls a convolution block, and buttons to add and remove the last."""
    path, facts = "network.blocks", block_fields()
    for number, block in enumerate(current[path]):
        with st.container(border=True):
            st.markdown(f"**Convolution {number + 1}**")
            columns = [column for _ in range(0, len(facts), 2) for column in st.columns(2)]
            for column, (name, entry) in zip(columns, facts.items(), strict=True):
                key = state.key_of(f"{CONTROL}{path}[{number}].{name}")
                with column:
                    control(
                        entry,
                        block[name],
                        label=entry.title,
                        key=key,
                        help=plain(entry.help + _network_reason()),
                        disabled=bool(_network_reason()),
                    )
    problems_beside(path, reading)
    with st.container(horizontal=True):
        st.button(
            "Add convolution",
            icon=":material/add:",
            help="One more layer before the dense ones, like the last.",
            on_click=_change_blocks,
            args=(1,),
            disabled=len(current[path]) >= 4 or bool(_network_reason()),
        )
        st.button(
            "Remove the last",
            icon=":material/remove:",
            help="One convolution less.",
            on_click=_change_blocks,
            args=(-1,),
            disabled=len(current[path]) <= 1 or bool(_network_reason()),
        )


def control(entry: Field, shown: Any, *, dataset: str | None = None, **facts: Any) -> None:
    """The control of a field as its kind has it, with the label, key and help of the caller's.

    ``shown`` is what it begins with. Labels are named as the ``dataset`` names them.
    """
    if entry.kind is FieldKind.LABELS:
        facts["format_func"] = partial(label_name, dataset)
    _CONTROLS[entry.kind](entry, shown, **facts)


def words(offered: tuple[str, ...], shown: str | None, **facts: Any) -> None:
    """Some words to choose from, or any other; with the label, key and help of the caller's."""
    options = offered if shown is None or shown in offered else (*offered, shown)
    index = None if shown is None else options.index(shown)
    st.selectbox(facts.pop("label"), options, index=index, accept_new_options=True, **facts)


def _network_reason() -> str:
    """Why the network can't be changed; empty where it can."""
    return f" {lesson.REASON}" if lesson.now().is_locked("network.hidden") else ""


def _change_blocks(by: int) -> None:
    blocks = values()["network.blocks"]
    set_values({"network.blocks": [*blocks, dict(blocks[-1])] if by > 0 else blocks[:-1]})


def _take_slider(key: str) -> None:
    rate = state.recall(key)
    if rate is not None:  # else the slider was made anew in the meantime
        set_values({"optimizer.learning_rate": rate})


def _typed_blocks(blocks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {
            name: state.recall(state.key_of(f"{CONTROL}network.blocks[{number}].{name}"), value)
            for name, value in block.items()
        }
        for number, block in enumerate(blocks)
    ]


def _known(path: str) -> Field:
    entry = field(path)
    if entry is None:
        raise KeyError(path)
    return entry


def shown_value(entry: Field, value: Any) -> Any:
    """A value as its control holds it."""
    if entry.kind is FieldKind.INTEGERS:
        return ", ".join(str(units) for units in value) if isinstance(value, list) else str(value)
    if entry.words or entry.kind is FieldKind.TEXT:
        return None if value is None else str(value)
    if entry.kind is FieldKind.CHOICE and value is None:
        return NO_CHOICE
    if entry.kind is FieldKind.NUMBER and isinstance(value, int):
        return float(value)
    return value


def typed_value(entry: Field, shown: Any) -> Any:
    """The value that a control's content stands for; what can't be read stays as typed."""
    if entry.kind is FieldKind.INTEGERS:
        return form.parse_units(str(shown or ""))
    if entry.kind is FieldKind.LABELS:
        return sorted(shown)
    if entry.words and isinstance(shown, str):
        return int(shown) if shown.strip().isdecimal() else shown.strip()
    return None if shown == NO_CHOICE else shown


def _choice(entry: Field, shown: Any, **facts: Any) -> None:
    choices = form.choices_of(entry.path) or entry.choices
    options = [NO_CHOICE, *choices] if entry.optional else list(choices)
    if entry.also and isinstance(shown, str) and shown not in options:
        options.append(shown)  # an own dataset that was deleted: the form says so, and keeps it until changed
    index = options.index(shown) if shown in options else 0
    st.selectbox(facts.pop("label"), options, index=index, format_func=title_of, **facts)


def _labels(_: Field, shown: Any, **facts: Any) -> None:
    st.multiselect(facts.pop("label"), list(get_args(Label)), shown, placeholder="All", **facts)


def _flag(_: Field, shown: Any, **facts: Any) -> None:
    st.checkbox(facts.pop("label"), value=bool(shown), **facts)


def _number(entry: Field, shown: Any, **facts: Any) -> None:
    whole = entry.kind is FieldKind.INTEGER
    if entry.words:
        words(BATCHES, shown, **facts)
        return
    top = entry.maximum or 1.0
    step = 1 if whole else 0.0001 if entry.logarithmic else 0.05 if top <= 1 else 0.5
    st.number_input(
        facts.pop("label"),
        value=shown,
        step=step,
        format="%d" if whole else "%g",
        placeholder="not set" if entry.optional else None,
        **facts,
    )


def _text(_: Field, shown: Any, **facts: Any) -> None:
    words(DEVICES, shown, **facts)


_CONTROLS: dict[FieldKind, Callable[..., None]] = {
    FieldKind.CHOICE: _choice,
    FieldKind.FLAG: _flag,
    FieldKind.INTEGER: _number,
    FieldKind.NUMBER: _number,
    FieldKind.TEXT: _text,
    FieldKind.LABELS: _labels,
}
