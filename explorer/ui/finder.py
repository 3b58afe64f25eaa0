"""A learning rate found by a range test: the button beside the slider, and what the test found."""

import math
from collections.abc import Mapping
from typing import Any

import streamlit as st

from explorer.config.run import RunConfig
from explorer.data.words import figure
from explorer.errors import ExplorerError
from explorer.jobs.asking import withdraw
from explorer.jobs.range_tests import KIND, request_for
from explorer.plots.range_test import draw_range_test, range_curve
from explorer.storage.analyses import key_of
from explorer.storage.arrays import Arrays
from explorer.ui import answers, cache, controls, form, lesson, state
from explorer.ui.wording import plain

RATE = "optimizer.learning_rate"
VIEW = "finder"
ASKED = "finder.asked"
REFUSAL = "finder.refusal"


def find_button(*, is_ready: bool) -> None:
    """The button that starts a range test of the form's network; none where a lesson fixes the rate."""
    if _is_fixed():
        return
    st.button(
        "Find a rate",
        key="finder:find",
        disabled=not is_ready,
        on_click=_look,
        help="Trains this network for some hundred steps while the rate grows from 0.0000001 to 10, and "
        "shows where the loss falls most steeply (a range test; Smith, 2017). It takes a few seconds.",
    )


def finder_panel(config: RunConfig | None) -> None:
    """What the last range test of this tab found; nothing before there was one.

    ``config`` is the form's, None while that is not complete.
    """
    refusal = state.take(REFUSAL)
    if refusal:
        st.warning(plain(refusal), icon=":material/error:")
    asked: Mapping[str, Any] | None = state.recall(ASKED)
    if asked is None or _is_fixed():
        return
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown("**Loss while the rate grows**", width="stretch")
            st.button("Close", key="finder:close", icon=":material/close:", type="tertiary", on_click=_close)
        is_current = config is not None and request_for(config) == asked
        if not is_current:
            _say_out_of_date(is_ready=config is not None)
        rate = state.recall(controls.VALUES, {}).get(RATE)
        finding = _Finding(
            rate if isinstance(rate, float | int) and rate > 0 else None, is_current=is_current
        )
        answers.answer(
            VIEW, KIND, asked, finding.draw, waiting="Trying rates from 0.0000001 to 10 …", keeps_last=False
        )


class _Finding:
    """The answer as it is drawn, beside the rate that the form has."""

    def __init__(self, chosen: float | None, *, is_current: bool) -> None:
        self._chosen, self._is_current = chosen, is_current

    def draw(self, arrays: Arrays) -> None:
        """The figure, and, once the test is over, what it suggests."""
        steepest = float(arrays.get("steepest", math.nan))
        rates, losses, smoothed = (arrays[name].tolist() for name in ("rates", "losses", "smoothed"))
        curve = range_curve(rates, losses, smoothed, steepest, self._chosen)
        words = _in_words(arrays)
        st.plotly_chart(
            draw_range_test(curve),
            key="finder:figure",
            config={"displayModeBar": False},
            alt=f"Training loss over a growing learning rate. {words}",
        )
        if "steepest" not in arrays:
            return
        st.caption(words)
        if self._is_current and math.isfinite(steepest):
            self._offer(in_two_digits(steepest), in_two_digits(float(arrays["tenth_of_least"])))

    def _offer(self, steepest: float, tenth: float) -> None:
        offered = [rate for rate in dict.fromkeys((steepest, tenth)) if rate != self._chosen]
        with st.container(horizontal=True):
            taken = [
                st.button(
                    f"Use {figure(rate)}",
                    key=f"finder:use:{number}",
                    icon=":material/check:" if rate == steepest else None,
                    type="secondary" if rate == steepest else "tertiary",
                    on_click=controls.set_values,
                    args=({RATE: rate},),
                )
                for number, rate in enumerate(offered)
            ]
        if any(taken):
            st.rerun()  # the form stands outside this fragment


def in_two_digits(rate: float) -> float:
    """A rate as it is suggested; more digits would promise what the test can't keep."""
    return float(f"{rate:.2g}")


def _in_words(arrays: Arrays) -> str:
    if "steepest" not in arrays:
        return f"{len(arrays['rates'])} steps so far."
    steepest, tenth = float(arrays["steepest"]), float(arrays["tenth_of_least"])
    if not math.isfinite(steepest):
        return (
            "The loss falls at no rate, so there is none to suggest. Look at the initial weights, "
            "the scaling of the data and the gradient's clipping."
        )
    return (
        f"The loss falls most steeply at **{figure(in_two_digits(steepest))}**. A tenth of the rate with the "
        f"least loss is {figure(in_two_digits(tenth))}."
    )


def _say_out_of_date(*, is_ready: bool) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(":material/update: The settings changed since this was found.")
        st.button(
            "Look again",
            key="finder:again",
            icon=":material/refresh:",
            type="tertiary",
            disabled=not is_ready,
            on_click=_look,
        )


def _is_fixed() -> bool:
    now = lesson.now()
    return now.is_locked(RATE) or now.is_hidden(RATE)


def _look() -> None:
    """Ask about the form as it is now."""
    config = form.read(controls.values()).config
    if config is None:
        return
    try:
        asked = request_for(config)
        answers.ask_anew(VIEW, KIND, asked)
    except ExplorerError as error:
        state.keep(REFUSAL, str(error))
    else:
        state.keep(ASKED, asked)


def _close() -> None:
    withdraw(cache.store(), key_of(KIND, state.take(ASKED)))
