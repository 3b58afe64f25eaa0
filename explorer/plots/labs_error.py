"""The mean squared error of a network's answers over the epochs."""

from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from explorer.plots.palette import NEUTRAL, faded

UNDECIDED = 0.09  # with ten classes: (0.9² + 9 · 0.1²) / 10, where each is given 10 %
FEW_EPOCHS = 60


@dataclass(frozen=True, slots=True)
class ErrorCurve:
    """Errors at the ends of epochs; ``summary`` tells them in words."""

    epochs: tuple[int, ...]
    errors: tuple[float, ...]
    summary: str


def error_curve(epochs: Sequence[int], errors: Sequence[float]) -> ErrorCurve:
    """The curve; raises ValueError where there are not as many errors as epochs."""
    if len(epochs) != len(errors):
        raise ValueError(f"{len(epochs)} epochs need as many errors, got {len(errors)}")
    summary = "Mean squared error: no value yet."
    if errors:
        summary = f"Mean squared error from {errors[0]:.4f} to {errors[-1]:.4f}, least {min(errors):.4f}."
    return ErrorCurve(tuple(map(int, epochs)), tuple(map(float, errors)), summary)


def draw_error_curve(drawn: ErrorCurve) -> go.Figure:
    """The curve from zero up, with a line where a network is that gives every class ten percent."""
    figure = go.Figure()
    figure.add_scatter(
        x=drawn.epochs,
        y=drawn.errors,
        mode="lines+markers" if len(drawn.epochs) <= FEW_EPOCHS else "lines",
        hovertemplate="epoch %{x}: %{y:.4f}<extra></extra>",
        showlegend=False,
    )
    figure.add_hline(
        y=UNDECIDED, line={"color": faded(NEUTRAL, 0.9), "width": 1, "dash": "dot"},
        annotation_text="10 % for every class", annotation_position="top right", annotation_font_size=11,
    )  # fmt: skip
    figure.update_xaxes(title="epoch", tickformat="d", rangemode="tozero")
    figure.update_yaxes(title="mean squared error", range=[0, 1.1 * max(UNDECIDED, *drawn.errors, 0.1)])
    figure.update_layout(height=320, margin={"l": 10, "r": 10, "t": 10, "b": 10})
    return figure
