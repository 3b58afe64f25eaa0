"""How a walk through the batches goes: loss and accuracy, batch by batch and epoch by epoch."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from explorer.plots.backprop_flow import ACCENT
from explorer.plots.palette import NEUTRAL, faded
from explorer.plots.sampling import keep_extremes


@dataclass(frozen=True, slots=True)
class Line:
    """Points of one line; places count steps taken."""

    places: tuple[int, ...]
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class WalkCurves:
    """Of each batch before its update (at its number), and of all images at the ends of epochs."""

    batch_loss: Line
    batch_accuracy: Line
    epoch_loss: Line
    epoch_accuracy: Line


def walk_curves(
    batches: Sequence[tuple[float, float]], epochs: Sequence[tuple[float, float]], steps_per_epoch: int
) -> WalkCurves:
    """Curves of (loss, accuracy) pairs, batch 1 first, epoch 0 (before any step) first; 500 points at most.

    What is infinite or no number is left out.
    """
    ends = range(0, len(epochs) * steps_per_epoch, steps_per_epoch)
    return WalkCurves(
        batch_loss=_line(range(1, len(batches) + 1), [loss for loss, _ in batches]),
        batch_accuracy=_line(range(1, len(batches) + 1), [accuracy for _, accuracy in batches]),
        epoch_loss=_line(ends, [loss for loss, _ in epochs]),
        epoch_accuracy=_line(ends, [accuracy for _, accuracy in epochs]),
    )


def draw_walk(curves: WalkCurves) -> go.Figure:
    """Loss above, accuracy below."""
    figure = make_subplots(rows=2, cols=1, shared_xaxes=True, vertical_spacing=0.12)
    for row, (batch, epoch, is_share) in enumerate(
        ((curves.batch_loss, curves.epoch_loss, False), (curves.batch_accuracy, curves.epoch_accuracy, True)),
        1,
    ):
        factor = 100 if is_share else 1
        value = "%{y:.0f} %" if is_share else "%{y:.3f}"
        figure.add_scatter(
            x=batch.places, y=[factor * value for value in batch.values], name="this batch",
            mode="lines+markers" if len(batch.places) <= 12 else "lines",
            line={"color": faded(NEUTRAL, 0.9), "width": 1.2}, marker={"size": 4},
            hovertemplate=f"batch %{{x}}: {value}<extra></extra>", showlegend=row == 1, legendgroup="batch",
            row=row, col=1,
        )  # fmt: skip
        figure.add_scatter(
            x=epoch.places, y=[factor * value for value in epoch.values], name="all images",
            mode="lines+markers", marker={"size": 7}, line={"color": faded(ACCENT, 1), "width": 2},
            cliponaxis=False,
            hovertemplate=f"after %{{x}} batches: {value}<extra></extra>", showlegend=row == 1,
            legendgroup="epoch", row=row, col=1,
        )  # fmt: skip
    figure.update_yaxes(title="loss", rangemode="tozero", row=1, col=1)
    figure.update_yaxes(title="accuracy (%)", range=[-4, 104], tickvals=[0, 50, 100], row=2, col=1)
    few = max((*curves.batch_loss.places, *curves.epoch_loss.places), default=0) <= 12
    figure.update_xaxes(rangemode="tozero", dtick=1 if few else None)
    figure.update_xaxes(title="batches seen", row=2, col=1)
    figure.update_xaxes(fixedrange=True)
    figure.update_yaxes(fixedrange=True)
    figure.update_layout(
        height=360, margin={"l": 4, "r": 4, "t": 10, "b": 4}, dragmode=False,
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
    )  # fmt: skip
    return figure


def _line(places: Sequence[int], values: Sequence[float]) -> Line:
    sound = [(place, value) for place, value in zip(places, values, strict=False) if np.isfinite(value)]
    kept = keep_extremes(np.array([value for _, value in sound], dtype=np.float64))
    return Line(tuple(sound[i][0] for i in kept), tuple(sound[i][1] for i in kept))
