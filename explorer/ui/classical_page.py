"""The Classical page: methods without a network, what they see of an image, and how they compare."""

import streamlit as st

from explorer.config.fields import config_to_query
from explorer.ui import address, classical_controls, state
from explorer.ui import classical_form as form
from explorer.ui.classical_choice import image_fields, take_image_fields
from explorer.ui.classical_fit import fit_view
from explorer.ui.classical_image import image_view
from explorer.ui.classical_methods import methods_view
from explorer.ui.classical_parameters import parameters_view
from explorer.ui.refused_address import refused_address

FIT, IMAGE, PARAMETERS, METHODS = "Fit", "One image", "Parameters", "All methods"
VIEWS = {"fit": FIT, "image": IMAGE, "parameters": PARAMETERS, "methods": METHODS}
VIEW = "classical.view"
SEEN = "classical.address"
REFUSED = "classical.refused_address"


def show() -> None:
    """Draw the page."""
    st.title("Classical methods")
    _take_address()
    view = st.segmented_control(
        "View",
        list(VIEWS.values()),
        default=state.said(VIEW, FIT),
        required=True,
        key=state.key_of(VIEW),
        label_visibility="collapsed",
        persist_state="session",
    )
    with st.container():  # what stands below keeps its place when this goes
        refused_address(REFUSED)
    current = classical_controls.values()
    reading = form.read(current)
    if view == IMAGE:
        image_view(current, reading)
    elif view == PARAMETERS:
        parameters_view(current, reading)
    elif view == METHODS:
        methods_view(current)
    else:
        fit_view(current, reading)
    _show_address(str(view))
    classical_controls.note_drawn()


def _show_address(view: str) -> None:
    """Put the view and what differs from the defaults into the address."""
    config = form.read(classical_controls.values()).config
    if config is None:
        return
    named = {} if view == FIT else {"view": next(name for name, title in VIEWS.items() if title == view)}
    image = image_fields() if view == IMAGE else {}
    fields = {**named, **image, **config_to_query(config)}
    if view == IMAGE:  # HOG is shown of every image, also where the method sees pixels
        kept = classical_controls.values()
        plain_values = form.default_values()
        fields |= {path: str(kept[path]) for path in form.HOG if kept[path] != plain_values[path]}
    address.show_fields_in_address(fields)
    state.keep(SEEN, fields)


def _take_address() -> None:
    """Set the controls by the address when it came from outside: a link, a reload, back or forward."""
    fields = address.fields_in_address()
    if not address.is_from_outside(SEEN, fields, classical_controls.have_spoken):
        return
    left = take_image_fields(fields)
    view = left.pop("view", "fit")
    state.put(VIEW, VIEWS.get(view, FIT))
    values, problems = form.values_from_query(left)
    classical_controls.set_values(values)
    state.keep(REFUSED, problems)
