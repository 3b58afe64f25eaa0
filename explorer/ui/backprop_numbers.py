"""The matrices of a stage, cell by cell, and any one number taken apart."""

from math import isfinite
from typing import Any

import numpy as np
import streamlit as st

from explorer.plots.backprop_matrix import draw_matrix, exact, in_digits, matrix
from explorer.plots.weights import draw_weight_tiles, weight_tiles
from explorer.scratch.walk import StepRecord
from explorer.ui import state
from explorer.ui.backprop_cells import Explanation, Sum, explain
from explorer.ui.backprop_formulas import formula, legend, roomy, update_rule
from explorer.ui.backprop_images import batch_images
from explorer.ui.backprop_quantities import Axis, Quantity
from explorer.ui.backprop_settings import Setup
from explorer.ui.backprop_stages import Stage, parameters
from explorer.ui.wording import plain

CELL, ROW, COLUMN = "backprop.cell", "backprop.row", "backprop.column"
MOST_TERMS = 10
_CONFIG = {"displayModeBar": False}


def numbers(record: StepRecord, setup: Setup, found: dict[str, Quantity], stage: Stage) -> None:
    """Draw what the stage computes, with formulas, and the cell that is taken apart."""
    if stage.kind == "images":
        batch_images(record, setup, with_answers=False)
    shown = _update(setup, found) if stage.kind == "update" else _shown(stage, found)
    if stage.kind == "loss":
        batch_images(record, setup, with_answers=True)
    cell = _chosen(shown)
    for start in range(0, len(shown), 2):
        for column, quantity in zip(st.columns(2, gap="medium"), shown[start : start + 2], strict=False):
            with column:
                _card(quantity, setup, cell)
    if stage.kind == "update":
        _differences(found, shown[1])
    _one_number(record, setup, shown)


def _shown(stage: Stage, found: dict[str, Quantity]) -> list[Quantity]:
    names = list(stage.computed)
    if stage.kind == "forward":
        names = [f"W{stage.layer}", f"b{stage.layer}", *names]
    if stage.kind == "loss":
        names = ["P", "Y", "L"]
    return [found[name] for name in names]


def _update(setup: Setup, found: dict[str, Quantity]) -> list[Quantity]:
    """The parameter that is looked at: after the update, before it, and its gradient."""
    network = setup.config.network
    names = parameters(len(network.hidden) + 1, has_slope=network.activation == "prelu")
    titles = {name: found[name] for name in names}
    st.latex(roomy(update_rule(setup.config)))
    st.caption("θ is any weight or bias, g its gradient, η the learning rate. " + _memory(setup))
    chosen = st.segmented_control(
        "Parameter",
        names,
        default=names[0],
        required=True,
        format_func=lambda name: f"${titles[name].latex}$",
        key=f"backprop.parameter:{len(names)}",
        help="Which weights or biases the update is shown of.",
    )
    return [found[str(chosen)], found[f"{chosen}new"]]


def _memory(setup: Setup) -> str:
    rule = setup.config.optimizer
    each = "so that every number gets a step of its own."
    momentum = " u carries the last steps on, with the share μ." if rule.momentum else ""
    return {
        "sgd": " v carries the last gradients on, with the share μ." if rule.momentum else "",
        "adam": f"m remembers the mean of its gradients, v that of their squares, {each} t counts batches.",
        "rmsprop": f"v remembers how large its gradients were, {each}{momentum}",
        "adagrad": "v adds up all its squared gradients: steps become shorter and shorter.",
    }.get(rule.name, "")


def _differences(found: dict[str, Quantity], after: Quantity) -> None:
    name = after.name.removesuffix("new")
    before, gradient = found[name], found[f"d{name}"]
    change = Quantity("change", after.layer, "", "", after.values - before.values, after.rows, after.columns)
    left, right = st.columns(2, gap="medium")
    with left, st.container(border=True):
        st.markdown(f"${after.latex} - {before.latex}$ · the step that was taken")
        _matrix_or_tiles(change, None)
    with right, st.container(border=True):
        st.markdown(f"${gradient.latex}$ · {plain(gradient.words)}")
        _matrix_or_tiles(gradient, None)


def _card(quantity: Quantity, setup: Setup, cell: tuple[str, int, int]) -> None:
    with st.container(border=True):
        st.markdown(f"**${quantity.latex}$** · {plain(quantity.words)}")
        text = formula(quantity, setup.config)
        if text and not quantity.kind.endswith("new"):
            st.latex(roomy(text))
            told = legend(text)
            if told:
                st.caption(told)
        marked = cell[1:] if cell[0] == quantity.name else None
        _matrix_or_tiles(quantity, marked)


def _matrix_or_tiles(quantity: Quantity, marked: tuple[int, int] | None) -> None:
    drawn = matrix(quantity.values, quantity.rows.names, quantity.columns.names)
    st.caption(plain(" · ".join(filter(None, (quantity.shape, drawn.unit_words)))))
    if not np.isfinite(quantity.values).all():
        st.caption(":red[:material/error: Some of these are no finite numbers.]")
    kind = quantity.kind
    is_first = quantity.layer == 1 and kind in ("W", "dW", "Wnew", "change") and quantity.values.size > 16
    as_images = False
    if is_first:
        as_images = (
            st.segmented_control(
                "Show as",
                ["Matrix", "Images"],
                default="Images" if quantity.values.shape[1] > 100 else "Matrix",
                required=True,
                key=f"backprop.as:{kind}:{quantity.values.shape[1] > 100}",
                label_visibility="collapsed",
            )
            == "Images"
        )
    if as_images:
        st.plotly_chart(
            draw_weight_tiles(weight_tiles(np.nan_to_num(quantity.values, posinf=0, neginf=0))),
            key=f"backprop.tiles:{quantity.name}:{kind}",
            config=_CONFIG,
            alt=f"{quantity.words}, each unit's as a picture",
        )
        return
    key = f"backprop.matrix:{quantity.name}:{kind}"
    picks = drawn.can_be_clicked and kind != "change"
    clicks: dict[str, Any] = (
        {"on_select": lambda: _take_click(key, quantity), "selection_mode": "points"} if picks else {}
    )
    st.plotly_chart(
        draw_matrix(drawn, marked=marked),
        key=key,
        config=_CONFIG,
        alt=f"{quantity.words}, cell by cell",
        **clicks,
    )


def _take_click(key: str, quantity: Quantity) -> None:
    selection = state.recall(key)
    points = selection["selection"]["points"] if selection else []
    if points:
        state.put(CELL, quantity.name)
        state.put(_key(ROW, quantity), int(points[0]["y"]))
        state.put(_key(COLUMN, quantity), int(points[0]["x"]))


def _chosen(shown: list[Quantity]) -> tuple[str, int, int]:
    """The cell that is taken apart: the one last chosen, or the one of the greatest absolute value."""
    by_name = {quantity.name: quantity for quantity in shown}
    name = state.said(CELL)
    if name not in by_name:
        name = _first(shown).name
        state.put(CELL, name)
    quantity = by_name[name]
    row, column = state.said(_key(ROW, quantity)), state.said(_key(COLUMN, quantity))
    height, width = quantity.values.shape
    if row is None or column is None or row >= height or column >= width:
        sizes = np.where(np.isfinite(quantity.values), np.abs(quantity.values), -1)
        row, column = (int(place) for place in np.unravel_index(int(sizes.argmax()), sizes.shape))
        state.put(_key(ROW, quantity), row)
        state.put(_key(COLUMN, quantity), column)
    return name, row, column


def _first(shown: list[Quantity]) -> Quantity:
    """The first that is computed, not given."""
    return next((one for one in shown if one.kind not in ("W", "b", "slope", "P", "Y")), shown[0])


def _key(part: str, quantity: Quantity) -> str:
    return f"{part}:{quantity.name}"


def _one_number(record: StepRecord, setup: Setup, shown: list[Quantity]) -> None:
    by_name = {quantity.name: quantity for quantity in shown}
    with st.container(border=True):
        st.markdown("##### One number, taken apart")
        st.caption("Click a cell above, or choose it here. Rows and columns count from 0, as in NumPy.")
        with st.container(horizontal=True):
            name = st.segmented_control(
                "Matrix",
                list(by_name),
                default=state.said(CELL),
                required=True,
                format_func=lambda name: f"${by_name[name].latex}$",
                key=state.key_of(CELL),
                help="Whose cell is taken apart below.",
            )
            quantity = by_name[str(name)]
            _, row, column = _chosen(shown)
            row = _place("Row", quantity.rows, _key(ROW, quantity))
            column = _place("Column", quantity.columns, _key(COLUMN, quantity))
        _explanation(explain(record, setup.config, quantity, row, column), quantity, row, column)


def _place(label: str, axis: Axis, key: str) -> int:
    chosen = st.selectbox(
        label, range(len(axis.names)), int(state.said(key, 0)), format_func=lambda place: axis.names[place],
        key=state.key_of(key), width=220,
        help="Which cell of the matrix is taken apart.",
    )  # fmt: skip
    return int(chosen)


def _explanation(own: Explanation, quantity: Quantity, row: int, column: int) -> None:
    shown = float(quantity.values[row, column])
    st.markdown(
        f"${quantity.latex}$, {plain(quantity.rows.names[row])}, {plain(quantity.columns.names[column])}: "
        f"**{exact(shown)}**"
    )
    for line in own.lines:
        st.latex(roomy(line))
    if own.words:
        st.caption(own.words)
    if own.total is not None:
        st.markdown(terms_table(own.total))
    if own.by_hand is None:
        return
    if not isfinite(shown) or not isfinite(own.by_hand):
        st.markdown(":red[:material/error: No finite number comes out of it any more.]")
    elif abs(own.by_hand - shown) <= 1e-12 * max(1.0, abs(shown)):
        st.markdown(f":green[:material/check: By hand {exact(own.by_hand)}, the same as in the matrix.]")
    else:
        st.markdown(f":red[:material/error: By hand {exact(own.by_hand)}, in the matrix {exact(shown)}.]")


def terms_table(total: Sum) -> str:
    """The largest products and the sum of the others, as a table in Markdown."""
    terms, places = total.terms, total.terms.largest(MOST_TERMS)
    lines = [f"| | {total.left} | {total.right} | product |", "|:--|--:|--:|--:|"]
    lines += [
        f"| {total.names[place]} | {in_digits(terms.left[place], 6)} | {in_digits(terms.right[place], 6)} | "
        f"{in_digits(terms.products[place], 6)} |"
        for place in places
    ]
    others = int(np.count_nonzero(terms.products)) - len(places)
    zeros = len(terms.products) - len(places) - others
    if others:
        rest = float(terms.products.sum() - terms.products[places].sum())
        lines.append(f"| {others:,} smaller product{'s' * (others != 1)} | | | {in_digits(rest, 6)} |")
    if zeros:
        lines.append(f"| {zeros:,} product{'s' * (zeros != 1)} of 0 | | | 0 |")
    if terms.offset:
        lines.append(f"| bias b | | | {in_digits(terms.offset, 6)} |")
    lines.append(f"| **sum** | | | **{in_digits(terms.total, 6)}** |")
    return "\n".join(lines)
