"""The learning rate over the epochs of a run that is still to come."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go

MOST_POINTS = 500


@dataclass(frozen=True, slots=True)
class ScheduleCurve:
    """The rates of steps, counted from 0; a rate holds from its own step on until the next.

    ``greatest`` is the step with the greatest rate (the first of several), as its place among the points.
    """

    steps: tuple[int, ...]
    rates: tuple[float, ...]
    steps_per_epoch: int
    epochs: int
    greatest: int

    @property
    def is_constant(self) -> bool:
        """Whether every step has the same rate."""
        return min(self.rates) == max(self.rates)


def schedule_curve(
    rate_at: Callable[[int], float], epochs: int, steps_per_epoch: int, most: int = MOST_POINTS
) -> ScheduleCurve:
    """From the function that tells each step its rate.

    Every step of a run of few; of longer ones the first and the last step of each epoch, if there are few
    epochs, and steps evenly spread.
    """
    total = epochs * steps_per_epoch
    chosen = {int(step) for step in np.linspace(0, total - 1, min(most, total)).round()}
    if 2 * epochs <= most:
        for start in range(0, total, steps_per_epoch):
            chosen |= {start, start + steps_per_epoch - 1}
    steps = tuple(sorted(chosen))
    rates = tuple(rate_at(step) for step in steps)
    return ScheduleCurve(steps, rates, steps_per_epoch, epochs, rates.index(max(rates)))


def draw_schedule(curve: ScheduleCurve) -> go.Figure:
    """The rate over the epochs, as stairs whose treads are steps."""
    steps = [*curve.steps, curve.epochs * curve.steps_per_epoch]  # so that the last rate is seen to hold
    rates = [*curve.rates, curve.rates[-1]]
    figure = go.Figure()
    figure.add_scatter(
        x=[step / curve.steps_per_epoch for step in steps],
        y=rates,
        customdata=[min(step, steps[-1] - 1) + 1 for step in steps],
        mode="lines",
        line={"width": 2.5, "shape": "hv"},
        hovertemplate="after %{x:.4g} epochs, step %{customdata:,}<br>rate %{y:.4g}<extra></extra>",
    )
    figure.update_xaxes(title="epochs", range=[0, curve.epochs])
    figure.update_yaxes(
        title="learning rate", range=[0, 1.08 * max(rates)], tickformat="~g", exponentformat="power", nticks=5
    )
    figure.update_layout(height=180, margin={"l": 10, "r": 10, "t": 8, "b": 10}, showlegend=False)
    return figure
