"""The controls of the Classical page; the tab's values are the truth, controls mirror them."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from explorer.data.words import title_of
from explorer.ui import classical_form as form
from explorer.ui import controls, state
from explorer.ui.classical_form import Reading
from explorer.ui.form import Values
from explorer.ui.wording import field_label, plain, problem_sentence

VALUES = "classical.values"
DRAWN = "classical.drawn"
CONTROL = "classical:"
GAMMAS = ("scale", "0.001", "0.01", "0.1", "1")


def values() -> Values:
    """The form's values in this tab, with what was set since the last run of the page."""
    current: Values = {**form.default_values(), **(state.recall(VALUES) or {})}
    for path in current:
        key = state.key_of(CONTROL + path)
        if state.is_kept(key):
            current[path] = _read(path, state.recall(key))
    state.keep(VALUES, current)
    return current


def note_drawn() -> None:
    """Note what the form said when its page was drawn to the end, for ``have_spoken``."""
    state.keep(DRAWN, values())


def have_spoken() -> bool:
    """Whether this run of the page was caused by a control; its address may then be an old one."""
    return not state.arrived() and state.is_kept(DRAWN) and values() != state.recall(DRAWN)


def set_values(changes: Mapping[str, Any]) -> None:
    """Change the form from outside its controls; before they are drawn, or in a callback."""
    state.keep(VALUES, {**form.default_values(), **(state.recall(VALUES) or {}), **changes})
    state.renew(*(CONTROL + path for path in changes))


def draw(path: str, current: Values, reading: Reading) -> None:
    """The control of a field with its help, its mark if changed, and its problems beside it."""
    entry = form.known(path)
    value = current[path]
    shown, key = _shown(path, value), state.key_of(CONTROL + path)
    label = field_label(entry, is_changed=value != entry.default)
    help_text = plain(entry.help)
    if path == form.FEATURES:
        st.segmented_control(
            label, entry.choices, default=shown, format_func=title_of, key=key, help=help_text, required=True
        )
    elif path in form.HOG:
        low, high = int(entry.minimum or 1), int(entry.maximum or 1)
        st.slider(label, low, high, shown, key=key, help=help_text)
    elif path == "baseline.gamma":
        controls.words(GAMMAS, shown, label=label, key=key, help=help_text)
    else:
        dataset = current[form.DATASET]
        controls.control(entry, shown, label=label, dataset=dataset, key=key, help=help_text)
    for problem in reading.problems_of(path):
        st.markdown(f":red[:material/error: {plain(problem_sentence(problem, in_form=True))}]")


def _shown(path: str, value: Any) -> Any:
    if path == "baseline.gamma":
        return f"{value:g}" if isinstance(value, float | int) else str(value)
    return float(value) if path == "baseline.C" and isinstance(value, int) else value


def _read(path: str, shown: Any) -> Any:
    if path != "baseline.gamma":
        return controls.typed_value(form.known(path), shown)
    if not isinstance(shown, str):
        return shown
    try:
        return float(shown.strip())
    except ValueError:
        return shown.strip()
