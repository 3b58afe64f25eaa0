"""One unit: its weights as a picture or as bars, how often it answers how strongly, and to which class."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isqrt

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from explorer.plots.palette import DIVERGING, GROUND, NEUTRAL, POSITIVE, TEXT, faded

PICTURE_HEIGHT, BARS_HEIGHT = 290, 230
MOST_BARS = 40
HOVER = {"bgcolor": GROUND, "font": {"color": TEXT}}


@dataclass(frozen=True, slots=True, eq=False)
class WeightBars:
    """Weights with a name each; of many only those of the greatest size, in the order they came in.

    ``left_out`` counts the others, none of which is greater.
    """

    names: tuple[str, ...]
    values: tuple[float, ...]
    left_out: int


def draw_unit_picture(weights: NDArray[np.floating]) -> go.Figure:
    """One unit's weights (side², in any shape) as an image on a scale of its own; hover gives each weight.

    Raises:
        ValueError: they make no square picture.
    """
    flat = np.asarray(weights, dtype=np.float64).ravel()
    side = isqrt(flat.size)
    if side * side != flat.size or not side:
        raise ValueError(f"weights of shape {np.shape(weights)} are no square picture")
    limit = float(np.abs(flat).max()) or 1.0
    figure = go.Figure()
    figure.add_heatmap(
        z=flat.reshape(side, side).tolist(),
        colorscale=DIVERGING,
        zmin=-limit,
        zmax=limit,
        colorbar={"thickness": 10, "len": 0.9, "tickvals": [-limit, 0, limit],
                  "ticktext": [f"−{limit:.2g}", "0", f"{limit:.2g}"]},
        hovertemplate="row %{y}, column %{x}: %{z:.4g}<extra></extra>",
        hoverlabel=HOVER,
    )  # fmt: skip
    # fmt: off
    axis = {"showgrid": False, "zeroline": False, "showticklabels": False, "fixedrange": True,
            "ticks": "", "constrain": "domain", "showline": True, "mirror": True,
            "linecolor": faded(NEUTRAL, 0.6)}
    # fmt: on
    figure.update_xaxes(range=[-0.5, side - 0.5], constraintoward="left", **axis)
    figure.update_yaxes(range=[side - 0.5, -0.5], scaleanchor="x", constraintoward="top", **axis)
    figure.update_layout(height=PICTURE_HEIGHT, margin={"l": 2, "r": 2, "t": 2, "b": 2}, dragmode=False)
    return figure


def weight_bars(values: NDArray[np.floating], names: Sequence[str], most: int = MOST_BARS) -> WeightBars:
    """Bars of weights (count,); where there are more than ``most``, of the greatest of either sign.

    Raises:
        ValueError: there is not one name for each.
    """
    if len(values) != len(names):
        raise ValueError(f"{len(values)} weights need as many names, not {len(names)}")
    numbers = np.asarray(values, dtype=np.float64)
    shown = np.sort(np.argsort(-np.abs(numbers), kind="stable")[:most])
    return WeightBars(
        tuple(names[number] for number in shown),
        tuple(float(numbers[number]) for number in shown),
        len(numbers) - len(shown),
    )


def draw_weight_bars(bars: WeightBars, title: str, axis: str) -> go.Figure:
    """Orange bars above zero, blue ones below; ``title`` is what they measure, ``axis`` who has them."""
    limit = max((abs(value) for value in bars.values), default=0.0) or 1.0
    figure = go.Figure()
    figure.add_bar(
        x=list(bars.names),
        y=list(bars.values),
        marker={"color": list(bars.values), "cmin": -limit, "cmax": limit, "colorscale": DIVERGING,
                "line": {"color": faded(NEUTRAL, 0.5), "width": 0.5}},
        hovertemplate=f"{axis} %{{x}}: %{{y:.4g}}<extra></extra>",
        hoverlabel=HOVER,
    )  # fmt: skip
    return _bars(figure, title, axis)


def draw_activation_histogram(counts: NDArray[np.integer], edges: NDArray[np.floating]) -> go.Figure:
    """How many images make the unit answer how strongly; counts (bins,) over edges (bins + 1,)."""
    lows, highs = [float(edge) for edge in edges[:-1]], [float(edge) for edge in edges[1:]]
    figure = go.Figure()
    figure.add_bar(
        x=[(low + high) / 2 for low, high in zip(lows, highs, strict=True)],
        y=[int(count) for count in counts],
        width=[high - low for low, high in zip(lows, highs, strict=True)],
        customdata=[[low, high] for low, high in zip(lows, highs, strict=True)],
        marker={"color": faded(POSITIVE, 0.8), "line": {"color": faded(POSITIVE, 1), "width": 0.5}},
        hovertemplate="%{customdata[0]:.3g} to %{customdata[1]:.3g}: %{y:,} images<extra></extra>",
        hoverlabel=HOVER,
    )
    figure.update_xaxes(title="activation", fixedrange=True)
    figure.update_yaxes(title="images", fixedrange=True)
    return _compact(figure)


def draw_class_means(means: NDArray[np.floating], names: Sequence[str]) -> go.Figure:
    """The mean activation for each class; a class without images has no bar."""
    figure = go.Figure()
    figure.add_bar(
        x=list(names),
        y=[None if np.isnan(mean) else float(mean) for mean in means],
        marker={"color": faded(POSITIVE, 0.8), "line": {"color": faded(POSITIVE, 1), "width": 0.5}},
        hovertemplate="class %{x}: %{y:.4g}<extra></extra>",
        hoverlabel=HOVER,
    )
    return _bars(figure, "mean activation", "class")


def _bars(figure: go.Figure, title: str, axis: str) -> go.Figure:
    figure.update_xaxes(title=axis, type="category", fixedrange=True)
    figure.update_yaxes(title=title, fixedrange=True)
    return _compact(figure)


def _compact(figure: go.Figure) -> go.Figure:
    figure.update_layout(
        height=BARS_HEIGHT, margin={"l": 0, "r": 0, "t": 5, "b": 0}, bargap=0.15, dragmode=False,
        showlegend=False,
    )  # fmt: skip
    return figure
