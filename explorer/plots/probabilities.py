"""How sure a network is of each class."""

from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from explorer.plots.palette import NEUTRAL, POSITIVE, faded

LONG = 0.5  # a bar that has room for its number inside, and may have none beside it


@dataclass(frozen=True, slots=True)
class ProbabilityBars:
    """One bar a class, in [0, 1]; ``answer`` is the class of the longest, ``truth`` the right one or None."""

    names: tuple[str, ...]
    values: tuple[float, ...]
    answer: int
    truth: int | None

    @property
    def is_right(self) -> bool:
        """Whether the answer is the truth."""
        return self.answer == self.truth


def probability_bars(
    values: Sequence[float], names: Sequence[str], truth: int | None = None
) -> ProbabilityBars:
    """From one probability a class."""
    numbers = tuple(float(value) for value in values)
    return ProbabilityBars(tuple(names), numbers, max(range(len(numbers)), key=numbers.__getitem__), truth)


def draw_probabilities(bars: ProbabilityBars, height: int = 300) -> go.Figure:
    """The longest bar in full colour; the right class is marked beside its name."""
    labels = [f"{name} ✓" if number == bars.truth else name for number, name in enumerate(bars.names)]
    colors = [
        faded(POSITIVE, 1) if number == bars.answer else faded(NEUTRAL, 0.6)
        for number in range(len(bars.values))
    ]
    figure = go.Figure()
    figure.add_bar(
        x=[100 * value for value in bars.values],
        y=labels,
        orientation="h",
        marker={"color": colors},
        text=[f"{100 * value:.1f} %" if value >= 0.0005 else "" for value in bars.values],
        # Whether a text fits into a bar is not left to plotly: it cuts off what all but fits.
        textposition=["inside" if value > LONG else "outside" for value in bars.values],
        constraintext="none",
        hovertemplate="%{y}: %{x:.4g} %<extra></extra>",
    )
    figure.update_xaxes(range=[0, 100], title="probability (%)", fixedrange=True)
    figure.update_yaxes(autorange="reversed", type="category", fixedrange=True)
    figure.update_layout(height=height, margin={"l": 0, "r": 10, "t": 0, "b": 0}, bargap=0.25, dragmode=False)
    return figure
