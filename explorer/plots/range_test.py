"""A learning-rate range test: the loss over the growing rate, and the rate that it suggests."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from explorer.plots.palette import NEUTRAL, POSITIVE, faded

TICKS = {1e-7: "10⁻⁷", 1e-5: "10⁻⁵", 1e-3: "0.001", 0.1: "0.1", 10.0: "10"}
ROOM = 0.15  # of what the loss fell, above and below it


@dataclass(frozen=True, slots=True)
class RangeCurve:
    """Losses of the steps of a test, the suggested rate on it, and the rate that is set now, if it is one.

    ``losses`` are those of single batches, ``smoothed`` their moving average; both finite, cut off where
    the numbers left all bounds. ``suggested`` is (rate, smoothed loss);
    None where the loss fell nowhere, or before the test is over. ``low`` and ``high`` bound the losses that
    are worth looking at: beyond them the network is thrown back.
    """

    rates: tuple[float, ...]
    losses: tuple[float, ...]
    smoothed: tuple[float, ...]
    suggested: tuple[float, float] | None
    chosen: float | None
    low: float
    high: float


def range_curve(
    rates: Sequence[float],
    losses: Sequence[float],
    smoothed: Sequence[float],
    suggested: float,
    chosen: float | None,
) -> RangeCurve:
    """From the test's own numbers; ``suggested`` is NaN where there is no suggestion."""
    sound = [
        step
        for step in zip(rates, losses, smoothed, strict=True)
        if all(math.isfinite(value) for value in step)
    ]
    averages = [average for _, _, average in sound] or [0.0]
    least = averages.index(min(averages))
    low, high = averages[least], max(averages[: least + 1])
    room = ROOM * ((high - low) or 1.0)
    return RangeCurve(
        rates=tuple(rate for rate, _, _ in sound),
        losses=tuple(loss for _, loss, _ in sound),
        smoothed=tuple(average for _, _, average in sound),
        suggested=_on_the_curve(sound, suggested),
        chosen=chosen,
        low=low - room,
        high=high + room,
    )


def _on_the_curve(
    sound: Sequence[tuple[float, float, float]], suggested: float
) -> tuple[float, float] | None:
    if not (sound and math.isfinite(suggested)):
        return None
    rate, _, average = min(sound, key=lambda step: abs(math.log(step[0] / suggested)))
    return rate, average


def draw_range_test(curve: RangeCurve) -> go.Figure:
    """Smoothed loss over the rate, single batches behind it; lines at the suggestion and at the rate now."""
    figure = go.Figure()
    figure.add_scatter(
        x=curve.rates,
        y=curve.smoothed,
        mode="lines",
        line={"width": 2.5},
        name="smoothed",
        zorder=1,
        hovertemplate="rate %{x:.3g}<br>smoothed loss %{y:.4f}<extra></extra>",
    )
    figure.add_scatter(
        x=curve.rates,
        y=curve.losses,
        mode="markers",
        marker={"size": 3, "color": faded(NEUTRAL, 0.55)},
        name="single batches",
        hovertemplate="rate %{x:.3g}<br>this batch %{y:.4f}<extra></extra>",
    )
    suggested = None if curve.suggested is None else curve.suggested[0]
    is_right = curve.chosen is not None and suggested is not None and suggested < curve.chosen
    if curve.chosen is not None:
        _mark(figure, curve.chosen, f"now {curve.chosen:g}", NEUTRAL, dash="dot", is_right=is_right)
    if curve.suggested is not None:
        rate, average = curve.suggested
        _mark(figure, rate, f"steepest {rate:.2g}", POSITIVE, dash="dash", is_right=not is_right)
        figure.add_scatter(
            x=[rate],
            y=[average],
            mode="markers",
            marker={"size": 10, "color": faded(POSITIVE, 1)},
            name="steepest fall",
            zorder=2,
            hovertemplate="steepest fall<br>rate %{x:.3g}<br>smoothed loss %{y:.4f}<extra></extra>",
        )
    figure.update_xaxes(
        title="learning rate", type="log", tickvals=list(TICKS), ticktext=list(TICKS.values())
    )
    figure.update_yaxes(title="training loss", range=[curve.low, curve.high])
    figure.update_layout(
        height=240, margin={"l": 10, "r": 10, "t": 24, "b": 10}, showlegend=False, hovermode="closest"
    )
    return figure


def _mark(
    figure: go.Figure, rate: float, text: str, color: tuple[int, int, int], *, dash: str, is_right: bool
) -> None:
    """A line at a rate, with a note at its head, to its right or to its left."""
    figure.add_shape(
        type="line", x0=rate, x1=rate, y0=0, y1=1, yref="paper",
        line={"dash": dash, "width": 2, "color": faded(color, 0.9)},
    )  # fmt: skip
    figure.add_annotation(
        x=math.log10(rate),  # annotations, unlike shapes, take a logarithmic axis at its word
        y=1,
        yref="paper",
        yanchor="bottom",
        xanchor="left" if is_right else "right",
        text=text,
        showarrow=False,
        font={"size": 12},
    )
