"""A lab's figures over the values of a setting, on a logarithmic axis, with what the report says of them."""

from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from explorer.plots.palette import NEUTRAL, dash, faded

HEIGHT = 340
GUESSING = 0.1  # with ten classes


@dataclass(frozen=True, slots=True)
class ResponsePoint:
    """At one value: the measured share in [0, 1] and the reported one, where there are such."""

    value: float
    measured: float | None
    is_diverged: bool
    reported: float | None


@dataclass(frozen=True, slots=True)
class ResponseLine:
    """One way of varying the setting."""

    name: str
    points: tuple[ResponsePoint, ...]


@dataclass(frozen=True, slots=True)
class LabResponse:
    """Lines over an axis; ``without`` is the share where the setting is left out; in words a ``summary``."""

    axis: str
    lines: tuple[ResponseLine, ...]
    without: float | None
    summary: str


def lab_response(lines: Sequence[ResponseLine], axis: str, without: float | None) -> LabResponse:
    """What was measured so far."""
    parts = []
    for line in lines:
        told = ", ".join(_told(point) for point in line.points if _is_known(point))
        parts.append(f"{line.name}: {told or 'not measured yet'}")
    if without is not None:
        parts.append(f"without: {100 * without:.1f} %")
    return LabResponse(axis, tuple(lines), without, f"Accuracy over {axis}. {'; '.join(parts)}.")


def _is_known(point: ResponsePoint) -> bool:
    return point.measured is not None or point.is_diverged


def _told(point: ResponsePoint) -> str:
    value = "diverged" if point.measured is None else f"{100 * point.measured:.1f} %"
    return f"{value} at {point.value:g}"


def draw_lab_response(drawn: LabResponse) -> go.Figure:
    """A line each with its points; crosses at the bottom are runs that diverged, diamonds reported values."""
    figure = go.Figure()
    for index, line in enumerate(drawn.lines):
        measured = [point for point in line.points if point.measured is not None]
        figure.add_scatter(
            x=tuple(point.value for point in measured) or (None,),  # without any it keeps its colour
            y=tuple(100 * (point.measured or 0.0) for point in measured) or (None,),
            name=line.name,
            mode="lines+markers",
            line={"dash": dash(index), "width": 2},
            marker={"size": 8},
            hovertemplate=f"{line.name}, {drawn.axis} %{{x:g}}: %{{y:.2f}} %<extra></extra>",
        )
    _marks(
        figure, "diverged", "x", [(point.value, 0.0) for point in _points(drawn) if point.is_diverged], drawn
    )
    reported = [(point.value, point.reported) for point in _points(drawn) if point.reported is not None]
    _marks(figure, "reported", "diamond-open", reported, drawn)
    if drawn.without is not None:
        _level(figure, drawn.without, f"without: {100 * drawn.without:.1f} %")
    _level(figure, GUESSING, "guessing")
    values = sorted({point.value for point in _points(drawn)})
    figure.update_xaxes(
        type="log", title=drawn.axis, tickvals=values, ticktext=[f"{value:g}" for value in values]
    )
    figure.update_yaxes(title="accuracy (%)", range=[-3, 103])
    figure.update_layout(
        height=HEIGHT,
        margin={"l": 10, "r": 10, "t": 10, "b": 10},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
        showlegend=True,
    )
    return figure


def _points(drawn: LabResponse) -> list[ResponsePoint]:
    return [point for line in drawn.lines for point in line.points]


def _marks(
    figure: go.Figure, name: str, symbol: str, places: Sequence[tuple[float, float]], drawn: LabResponse
) -> None:
    if not places:
        return
    told = "" if name == "diverged" else ": %{y:.1f} %"
    figure.add_scatter(
        x=[value for value, _ in places],
        y=[100 * share for _, share in places],
        name=name,
        mode="markers",
        marker={"symbol": symbol, "size": 12, "line": {"width": 2}},
        hovertemplate=f"{name}, {drawn.axis} %{{x:g}}{told}<extra></extra>",
    )


def _level(figure: go.Figure, share: float, words: str) -> None:
    figure.add_hline(
        y=100 * share, line={"color": faded(NEUTRAL, 0.9), "width": 1, "dash": "dot"}, annotation_text=words,
        annotation_position="top left", annotation_font_size=11,
    )  # fmt: skip
