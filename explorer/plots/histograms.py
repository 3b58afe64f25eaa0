"""How values of a layer are spread, epoch by epoch: a heat map, and the histogram of one epoch."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from explorer.plots.palette import GROUND, NEUTRAL, POSITIVE, TEXT, ColorScale, faded

BINS, FINE_BINS = 50, 500
MOST_SAMPLED = 50_000
HEIGHT = 210
HOVER = {"bgcolor": GROUND, "font": {"color": TEXT}}
DENSITY: ColorScale = [(0.0, faded(POSITIVE, 0)), (1.0, faded(POSITIVE, 1))]


@dataclass(frozen=True, slots=True, eq=False)
class Spread:
    """How the values of one array are spread: ``counts`` (fine bins,) over equal steps from low to high."""

    counts: NDArray[np.int64]
    low: float
    high: float


@dataclass(frozen=True, slots=True, eq=False)
class History:
    """Shares of the values (epochs, bins) in [0, 1], each row's sum 1, over ``edges`` (bins + 1,)."""

    epochs: tuple[int, ...]
    edges: NDArray[np.float64]
    shares: NDArray[np.float64]


def spread(values: NDArray[np.floating]) -> Spread:
    """A fine histogram of any array; of a large one at most 50,000 values, evenly taken."""
    flat = np.asarray(values).ravel()
    flat = flat[:: max(1, len(flat) // MOST_SAMPLED)]
    flat = flat[np.isfinite(flat)].astype(np.float64)
    if not len(flat):
        return Spread(np.zeros(FINE_BINS, np.int64), 0.0, 1.0)
    low, high = float(flat.min()), float(flat.max())
    if low == high:
        low, high = low - 1e-6, high + 1e-6
    return Spread(np.histogram(flat, FINE_BINS, (low, high))[0], low, high)


def history_of_spreads(epochs: Sequence[int], spreads: Sequence[Spread], bins: int = BINS) -> History:
    """All epochs on the same edges; a fine bin that lies across an edge is divided between both sides.

    Raises:
        ValueError: there are no epochs, or not one spread for each.
    """
    if not spreads or len(spreads) != len(epochs):
        raise ValueError(f"{len(epochs)} epochs need as many spreads, not {len(spreads)}")
    edges = np.linspace(min(each.low for each in spreads), max(each.high for each in spreads), bins + 1)
    rows = []
    for each in spreads:
        fine = np.linspace(each.low, each.high, len(each.counts) + 1)
        below = np.interp(edges, fine, np.concatenate([[0.0], np.cumsum(each.counts)]))
        rows.append(np.diff(below) / max(1, int(each.counts.sum())))
    return History(tuple(epochs), edges, np.array(rows))


def history_of_counts(
    epochs: Sequence[int], counts: NDArray[np.integer], edges: NDArray[np.floating]
) -> History:
    """From counts (epochs so far, bins) over common edges; later epochs are still to come."""
    shares = counts / np.maximum(1, counts.sum(axis=1, keepdims=True))
    return History(tuple(epochs[: len(counts)]), np.asarray(edges, dtype=np.float64), shares)


def draw_history(history: History, title: str, epoch: int | None) -> go.Figure:
    """Epochs to the right, values upwards; the more of the values lie there, the fuller the colour.

    Colours grow with the root of the share, so that thin tails are seen; hover gives the share itself.
    """
    shares = history.shares.T
    middles = (history.edges[:-1] + history.edges[1:]) / 2
    half = (history.edges[1] - history.edges[0]) / 2
    figure = go.Figure()
    figure.add_heatmap(
        x=[str(number) for number in history.epochs],
        y=middles,
        z=np.sqrt(shares),
        customdata=100 * shares,
        colorscale=DENSITY,
        zmin=0,
        zmax=float(np.sqrt(shares.max(initial=0.0))) or 1.0,
        showscale=False,
        hovertemplate=f"epoch %{{x}}, %{{y:.3g}} ± {half:.2g}: %{{customdata:.2f}} %<extra></extra>",
        hoverlabel=HOVER,
    )
    if epoch is not None and epoch in history.epochs:
        place = history.epochs.index(epoch)
        figure.add_shape(
            type="rect", x0=place - 0.5, x1=place + 0.5, y0=float(history.edges[0]),
            y1=float(history.edges[-1]), line={"color": faded(NEUTRAL, 0.9), "width": 1.5, "dash": "dot"},
        )  # fmt: skip
    figure.update_xaxes(title="epoch", type="category", fixedrange=True, showgrid=False)
    figure.update_yaxes(title=title, fixedrange=True, showgrid=False, zeroline=True)
    return _framed(figure)


def draw_histogram(edges: NDArray[np.floating], shares: NDArray[np.floating], title: str) -> go.Figure:
    """One epoch alone: bars in percent of the values."""
    lows, highs = [float(edge) for edge in edges[:-1]], [float(edge) for edge in edges[1:]]
    figure = go.Figure()
    figure.add_bar(
        x=[(low + high) / 2 for low, high in zip(lows, highs, strict=True)],
        y=[100 * float(share) for share in shares],
        width=[high - low for low, high in zip(lows, highs, strict=True)],
        customdata=[[low, high] for low, high in zip(lows, highs, strict=True)],
        marker={"color": faded(POSITIVE, 0.8), "line": {"width": 0}},
        hovertemplate="%{customdata[0]:.3g} to %{customdata[1]:.3g}: %{y:.2f} %<extra></extra>",
        hoverlabel=HOVER,
    )
    figure.update_xaxes(title=title, fixedrange=True)
    figure.update_yaxes(title="share (%)", fixedrange=True)
    return _framed(figure)


def _framed(figure: go.Figure) -> go.Figure:
    figure.update_layout(
        height=HEIGHT, margin={"l": 0, "r": 0, "t": 5, "b": 0}, dragmode=False, showlegend=False, bargap=0
    )
    return figure
