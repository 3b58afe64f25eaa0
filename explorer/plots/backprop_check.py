"""Two gradients of the same numbers, one over the other: where they agree, all points lie on a line."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from explorer.plots.palette import NEUTRAL, faded

MOST_POINTS = 500


@dataclass(frozen=True, slots=True, eq=False)
class Cloud:
    """One parameter's numbers, at most 500 of them."""

    name: str
    analytic: NDArray[np.floating]
    numeric: NDArray[np.floating]


@dataclass(frozen=True, slots=True, eq=False)
class Agreement:
    """All parameters' numbers; ``limit`` is the greatest slope of either kind."""

    clouds: tuple[Cloud, ...]
    limit: float


def agreement(
    gradients: Sequence[tuple[str, NDArray[np.floating], NDArray[np.floating]]],
) -> Agreement:
    """The gradients (n,) of named parameters, analytic and numeric; of many numbers an even choice."""
    clouds = []
    for name, analytic, numeric in gradients:
        kept = np.linspace(0, len(analytic) - 1, min(len(analytic), MOST_POINTS)).astype(int)
        clouds.append(Cloud(name, analytic[kept], numeric[kept]))
    greatest = max((float(np.abs(own).max()) for c in clouds for own in (c.analytic, c.numeric)), default=0.0)
    return Agreement(tuple(clouds), greatest or 1.0)


def draw_agreement(drawn: Agreement) -> go.Figure:
    """Numeric over analytic, with the line on which both are equal."""
    limit = 1.08 * drawn.limit
    figure = go.Figure()
    figure.add_scatter(
        x=[-limit, limit], y=[-limit, limit], mode="lines", hoverinfo="skip", showlegend=False,
        line={"color": faded(NEUTRAL, 0.8), "width": 1, "dash": "dot"},
    )  # fmt: skip
    for number, cloud in enumerate(drawn.clouds):
        figure.add_scatter(
            x=cloud.analytic,
            y=cloud.numeric,
            name=cloud.name,
            mode="markers",
            marker={"size": 6, "opacity": 0.75, "symbol": number % 8},
            hovertemplate=f"{cloud.name}<br>backprop %{{x:.9f}}<br>nudged %{{y:.9f}}<extra></extra>",
        )
    figure.update_xaxes(title="backprop", range=[-limit, limit], zeroline=False)
    figure.update_yaxes(title="nudged", range=[-limit, limit], zeroline=False)
    figure.update_layout(
        height=320,
        margin={"l": 4, "r": 4, "t": 10, "b": 4},
        dragmode=False,
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
    )
    return figure
