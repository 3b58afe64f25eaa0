"""What was measured of each layer, epoch by epoch."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, isfinite, log10
from typing import Literal

import plotly.graph_objects as go

from explorer.plots.palette import NEUTRAL, dash, faded
from explorer.records import EpochMetrics

LayerMeasure = Literal["dead_share", "inactive_share", "weight_norm", "gradient_norm", "update_ratio"]

TITLES: dict[LayerMeasure, str] = {
    "dead_share": "dead units",
    "inactive_share": "inactive (unit, image) pairs",
    "weight_norm": "weight norm ‖W‖",
    "gradient_norm": "gradient norm ‖∂L/∂W‖",
    "update_ratio": "update ratio ‖ΔW‖ / ‖W‖",
}
FEW_EPOCHS = 12
VANISHED = 30  # times less gradient than at the output
SHARES = ("dead_share", "inactive_share")


@dataclass(frozen=True, slots=True)
class LayerSeries:
    """One layer's values over the epochs at which they were measured."""

    name: str
    units: int
    epochs: tuple[int, ...]
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class LayerHistory:
    """One measure of all layers that have it, first layer first."""

    measure: LayerMeasure
    layers: tuple[LayerSeries, ...]


def layer_history(epochs: Sequence[EpochMetrics], measure: LayerMeasure) -> LayerHistory:
    """The history of a measure; epochs without it are left out, and so are layers that never have it."""
    found: dict[str, tuple[int, list[int], list[float]]] = {}
    for epoch in epochs:
        for layer in epoch.layers:
            _, numbers, values = found.setdefault(layer.name, (layer.units, [], []))
            value = getattr(layer, measure)
            if value is not None:
                numbers.append(epoch.epoch)
                values.append(value)
    return LayerHistory(
        measure,
        tuple(
            LayerSeries(name, units, tuple(numbers), tuple(values))
            for name, (units, numbers, values) in found.items()
            if values
        ),
    )


def gradient_sentence(epoch: EpochMetrics) -> str:
    """Whether the gradient reaches the first layer, in words; empty where none was measured."""
    norms = [
        (layer.name, layer.gradient_norm)
        for layer in epoch.layers
        if layer.gradient_norm is not None and isfinite(layer.gradient_norm)
    ]
    if len(norms) < 2:
        return ""
    (first, reaching), (last, leaving) = norms[0], norms[-1]
    if not reaching or not leaving:
        none = first if not reaching else last
        return f"No gradient reaches **{none}** at all: it learns nothing."
    if leaving > VANISHED * reaching:
        return (
            f"The gradient reaching **{first}** is 1/{_round(leaving / reaching)} of that at the {last}: "
            "it **vanishes** on the way, and the first layers hardly learn."
        )
    if reaching > VANISHED * leaving:
        return (
            f"The gradient reaching **{first}** is {_round(reaching / leaving)} times that at the {last}: "
            "it **explodes** on the way back."
        )
    return (
        f"The gradient reaches **{first}**: its norm there is {reaching / leaving:.2g} times that at "
        f"the {last}. It neither vanishes nor explodes."
    )


def update_sentence(epoch: EpochMetrics) -> str:
    """Which layer moves least in a step, in words; empty where that was not measured."""
    ratios = [
        (layer.update_ratio, layer.name)
        for layer in epoch.layers
        if layer.update_ratio is not None and isfinite(layer.update_ratio)
    ]
    if not ratios:
        return ""
    slowest, fastest = min(ratios), max(ratios)
    if slowest[1] == fastest[1]:
        return f"One step moves **{slowest[1]}** by {_percent(slowest[0])} of its size."
    return (
        f"One step moves **{slowest[1]}** by {_percent(slowest[0])} of its size, the least of all layers, "
        f"and **{fastest[1]}** by {_percent(fastest[0])}, the most."
    )


def _percent(share: float) -> str:
    return "less than 0.001 %" if 100 * share < 0.00095 else f"{100 * share:.2g} %"


def _round(factor: float) -> str:
    """A factor to two digits, with commas: 401.3 is 400."""
    places = floor(log10(factor)) - 1
    return f"{round(factor, -places):,.0f}"


def draw_layer_history(history: LayerHistory) -> go.Figure:
    """One line a layer; shares in percent, norms and ratios on a log axis."""
    is_share = history.measure in SHARES
    figure = go.Figure()
    for index, layer in enumerate(history.layers):
        shown = (
            [100 * value for value in layer.values] if is_share else [value or None for value in layer.values]
        )
        point = "epoch %{x}: %{y:.2f} %" if is_share else "epoch %{x}: %{y:.4g}"
        figure.add_scatter(
            x=layer.epochs,
            y=shown,
            name=layer.name,
            mode="lines+markers" if len(layer.epochs) <= 60 else "lines",
            line={"dash": dash(index), "width": 2},
            hovertemplate=f"{layer.name} ({layer.units:,} units), {point}<extra></extra>",
        )
    title = TITLES[history.measure]
    last = max((layer.epochs[-1] for layer in history.layers), default=1)
    # Of few epochs each is marked; left to itself the axis would mark halves, rounded.
    every = {"tick0": 0, "dtick": 1} if last <= FEW_EPOCHS else {}
    figure.update_xaxes(title="epoch", tickformat="d", rangemode="tozero", **every)
    if is_share:
        figure.update_yaxes(title=f"{title} (%)", range=[-2, 102])
    else:
        ticks = log_ticks([value for layer in history.layers for value in layer.values])
        texts = [f"{tick:g}" for tick in ticks]
        figure.update_yaxes(title=title, type="log", tickvals=ticks, ticktext=texts)
    figure.update_layout(
        height=300,
        margin={"l": 10, "r": 10, "t": 10, "b": 10},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
        showlegend=True,
    )
    return figure


def mark_epoch(figure: go.Figure, epoch: int | None) -> go.Figure:
    """The figure with a line at the epoch that the rest of the page shows; None draws no line."""
    if epoch is not None:
        figure.add_vline(x=epoch, line={"color": faded(NEUTRAL, 0.8), "width": 1.5, "dash": "dot"})
    return figure


def log_ticks(values: Sequence[float]) -> tuple[float, ...]:
    """Where a log axis over these values is marked; values of zero or below have no place on it.

    At 1, 2 and 5 of each power of ten; where the values span more than two, at the powers alone.
    """
    placed = [value for value in values if value > 0 and isfinite(value)]
    if not placed:
        return ()
    low, high = floor(log10(min(placed))), ceil(log10(max(placed)))
    marks = (1, 2, 5) if log10(max(placed) / min(placed)) <= 2 else (1,)
    ticks = [float(f"{mark}e{power}") for power in range(low, high) for mark in marks]
    return (*ticks, float(f"1e{high}"))
