"""What a network loses without one of its units, class by class, and which units it would miss most."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from explorer.plots.palette import DIVERGING, GROUND, NEUTRAL, POSITIVE, TEXT, faded

MOST_RANKED = 40
HEIGHT = 240
HOVER = {"bgcolor": GROUND, "font": {"color": TEXT}}


@dataclass(frozen=True, slots=True, eq=False)
class UnitLoss:
    """Accuracies in [0, 1] with all units and without one; ``by_class`` NaN for a class without images."""

    intact: float
    without: float
    intact_by_class: NDArray[np.float64]
    without_by_class: NDArray[np.float64]

    @property
    def sentence(self) -> str:
        """The loss in words."""
        points = 100 * (self.intact - self.without)
        change = "nothing changes" if abs(points) < 0.005 else (
            f"{points:.2f} points are lost" if points > 0 else f"{-points:.2f} points are gained"
        )  # fmt: skip
        return f"{100 * self.intact:.2f} % right with it, {100 * self.without:.2f} % without it: {change}."


@dataclass(frozen=True, slots=True, eq=False)
class Ranking:
    """Units of a layer, the most missed first, with the share of images lost without each."""

    units: tuple[int, ...]
    losses: tuple[float, ...]
    left_out: int


def unit_loss(
    images: NDArray[np.integer], intact: NDArray[np.integer], without: NDArray[np.integer]
) -> UnitLoss:
    """From counts by class (10,): images, right answers with all units, right answers without the unit."""
    total = max(1, int(images.sum()))
    counted = np.where(images > 0, images, 1)
    return UnitLoss(
        intact=int(intact.sum()) / total,
        without=int(without.sum()) / total,
        intact_by_class=np.where(images > 0, intact / counted, np.nan),
        without_by_class=np.where(images > 0, without / counted, np.nan),
    )


def ranking(
    images: NDArray[np.integer],
    intact: NDArray[np.integer],
    without: NDArray[np.integer],
    most: int = MOST_RANKED,
) -> Ranking:
    """From counts as in ``unit_loss``, but right answers without each unit (units, 10)."""
    losses = (int(intact.sum()) - without.sum(axis=1)) / max(1, int(images.sum()))
    order = np.argsort(-losses, kind="stable")[:most]
    return Ranking(
        tuple(int(unit) for unit in order),
        tuple(float(losses[unit]) for unit in order),
        len(losses) - len(order),
    )


def draw_unit_loss(loss: UnitLoss, names: Sequence[str]) -> go.Figure:
    """One bar a class: how many points of its accuracy are lost without the unit; hover gives both."""
    intact, without = 100 * loss.intact_by_class, 100 * loss.without_by_class
    lost = [None if np.isnan(each) else float(each) for each in intact - without]
    limit = max((abs(each) for each in lost if each is not None), default=0.0) or 1.0
    figure = go.Figure()
    figure.add_bar(
        x=list(names),
        y=lost,
        customdata=np.stack([intact, without], axis=1).tolist(),
        marker={
            "color": [each or 0.0 for each in lost],
            "cmin": -limit,
            "cmax": limit,
            "colorscale": DIVERGING,
            "line": {"color": faded(NEUTRAL, 0.5), "width": 0.5},
        },
        hovertemplate="class %{x}: %{customdata[0]:.2f} % right with it, %{customdata[1]:.2f} % without it"
        "<extra></extra>",
        hoverlabel=HOVER,
    )
    figure.update_xaxes(title="class", type="category", fixedrange=True)
    figure.update_yaxes(title="points lost", fixedrange=True)
    figure.update_layout(
        height=HEIGHT, margin={"l": 0, "r": 0, "t": 5, "b": 0}, bargap=0.25, dragmode=False, showlegend=False
    )
    return figure


def draw_ranking(ranked: Ranking, chosen: int) -> go.Figure:
    """One bar a unit, the chosen one in full colour; each is a point whose ``customdata`` is its unit."""
    own = [unit == chosen for unit in ranked.units]
    figure = go.Figure()
    figure.add_bar(
        x=[str(unit) for unit in ranked.units],
        y=[100 * loss for loss in ranked.losses],
        customdata=[[unit] for unit in ranked.units],
        marker={"color": [faded(POSITIVE, 1) if is_own else faded(NEUTRAL, 0.6) for is_own in own]},
        selected={"marker": {"opacity": 1}},
        unselected={"marker": {"opacity": 1}},
        hovertemplate="without unit %{x}: %{y:.2f} points lost<extra></extra>",
        hoverlabel=HOVER,
    )
    figure.update_xaxes(title="unit", type="category", fixedrange=True)
    figure.update_yaxes(title="points lost", fixedrange=True)
    figure.update_layout(
        height=HEIGHT, margin={"l": 0, "r": 0, "t": 5, "b": 0}, bargap=0.2, dragmode=False, showlegend=False
    )
    return figure
