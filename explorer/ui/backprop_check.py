"""The gradient of the backward pass beside the numerical one: nudge a weight, look at the loss."""

import numpy as np
import pandas as pd
import streamlit as st

from explorer.plots.backprop_check import agreement, draw_agreement
from explorer.plots.backprop_flow import label_of
from explorer.scratch.gradient_check import NUDGE, Comparison, compare_gradients
from explorer.scratch.parameters import Parameters
from explorer.scratch.walk import StepRecord
from explorer.ui import state
from explorer.ui.backprop_settings import Setup
from explorer.ui.wording import plain

RESULT = "backprop.check"
MOST_NUMBERS = 600  # of one parameter; the loss is computed twice for each
AGREE = 1e-6
KINKED = ("relu", "leaky_relu", "prelu")


def gradient_check(record: StepRecord, setup: Setup, *, is_reached: bool) -> None:
    """Draw the comparison of this batch, once the backward pass is through."""
    st.markdown(
        "Is the backward pass right? Ask the loss itself: move one number by a little to either side, leave "
        "all others alone, and see how much the loss changes. That is slow (two forward passes a number), "
        "but no calculus is needed."
    )
    st.latex(
        r"\frac{\partial J}{\partial \theta} \approx "
        r"\frac{J(\theta + \varepsilon) - J(\theta - \varepsilon)}{2\,\varepsilon}, "
        r"\qquad \varepsilon = 10^{-5}"
    )
    if not is_reached:
        st.info(
            "The gradients come with the backward pass. Press Step until it is through, or Whole batch.",
            icon=":material/arrow_back:",
        )
        return
    if not record.is_sound:
        st.warning("There is nothing to compare: the numbers left all bounds.", icon=":material/error:")
        return
    compared, depth = _compared(record, setup), len(record.before)
    worst = max(compared, key=lambda own: own.error)
    if worst.error <= AGREE:
        st.success(
            f"The two gradients agree to {worst.error:.0e} of their size, in all {len(compared)} parameters.",
            icon=":material/check_circle:",
        )
    else:
        st.warning(disagreement(worst, record, setup), icon=":material/error:", title="They differ")
    left, right = st.columns([3, 2], gap="medium")
    with left:
        st.dataframe(
            table(compared, depth),
            hide_index=True,
            column_config=_COLUMNS,
            alt="Both gradients, parameter by parameter",
        )
        if any(len(own.places) < own.size for own in compared):
            st.caption(f"Of parameters with more than {MOST_NUMBERS} numbers, that many are compared.")
    with right:
        st.plotly_chart(
            draw_agreement(
                agreement([(_sign(own.name, depth), own.analytic, own.numeric) for own in compared])
            ),
            key="backprop.agreement",
            config={"displayModeBar": False},
            alt="Numerical gradients over those of the backward pass",
        )


def table(compared: tuple[Comparison, ...], depth: int) -> pd.DataFrame:
    """One row a parameter of ``depth`` layers of weights, with its steepest number as an example."""
    rows = []
    for own in compared:
        steepest = int(np.abs(own.analytic).argmax())
        rows.append(
            (
                f"{_sign(own.name, depth)}, {_words(own.name)}",
                f"{len(own.places):,} of {own.size:,}",
                float(own.analytic[steepest]),
                float(own.numeric[steepest]),
                f"{own.error:.0e}",
                "no slope" if own.is_flat else "agree" if own.error <= AGREE else "differ",
            )
        )
    return pd.DataFrame(rows, columns=list(_COLUMNS))


_COLUMNS = {
    "parameter": st.column_config.TextColumn("Parameter"),
    "compared": st.column_config.TextColumn("Compared", help="How many of its numbers."),
    "backprop": st.column_config.NumberColumn(
        "Steepest, backprop",
        format="%.9f",
        help="The number of the greatest slope, as the backward pass has it.",
    ),
    "numeric": st.column_config.NumberColumn("The same, nudged", format="%.9f"),
    "error": st.column_config.TextColumn(
        "Error", help="Greatest difference of all numbers compared, relative to the steepest."
    ),
    "verdict": st.column_config.TextColumn("Verdict"),
}


def _sign(name: str, depth: int) -> str:
    """``hidden.0.weight`` is W¹, ``output.bias`` the b of the last of ``depth`` layers."""
    layer, _, role = name.rpartition(".")
    number = depth if layer == "output" else int(layer.partition(".")[2]) + 1
    return {"weight": "W", "bias": "b", "slope": "α"}[role] + label_of(str(number))


def _words(name: str) -> str:
    layer, _, role = name.rpartition(".")
    where = "output" if layer == "output" else f"hidden {int(layer.partition('.')[2]) + 1}"
    return f"{where}, {role}s" if role == "weight" else f"{where}, {role}{'es' * (role == 'bias')}"


def _compared(record: StepRecord, setup: Setup) -> tuple[Comparison, ...]:
    """The comparison of this step; kept until another step is looked at."""
    key = (setup.key, record.number)
    kept = state.recall(RESULT)
    if kept is not None and kept[0] == key:
        compared: tuple[Comparison, ...] = kept[1]
        return compared
    compared = compare(record, setup)
    state.keep(RESULT, (key, compared))
    return compared


def compare(record: StepRecord, setup: Setup) -> tuple[Comparison, ...]:
    """Both gradients of a step, at the parameters before its update."""
    parameters = Parameters(setup.config.network, np.float64, inputs=len(record.X))
    for mine, before in zip(parameters.layers, record.before, strict=True):
        mine.W[...], mine.b[...] = before.W, before.b
        if mine.slope is not None and before.slope is not None:
            mine.slope[...] = before.slope
    return compare_gradients(setup.config, parameters, record.X, record.Y, most=MOST_NUMBERS)


def disagreement(worst: Comparison, record: StepRecord, setup: Setup) -> str:
    """Why the gradients of a parameter differ, in words; escaped for the screen."""
    words = f"In {_words(worst.name)} they differ by {worst.error:.0e} of the steepest slope."
    if setup.config.network.activation not in KINKED:
        return plain(words)
    near = sum(int(np.count_nonzero(np.abs(own.Z) < 10 * NUDGE)) for own in record.trace.forward[:-1])
    if not near:
        return plain(words)
    return plain(
        f"{words} {near} weighted sum{'s' * (near != 1)} of this batch {'lie' if near != 1 else 'lies'} so "
        "near the bend at 0 that the nudge crosses it: there the slope jumps, and a difference across the "
        "jump is no slope. The backward pass is right."
    )
