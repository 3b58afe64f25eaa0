"""A lab's figures over the values of a setting, on a logarithmic axis, with what the report says of them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from explorer.plots.palette import NEUTRAL, dash, faded

HEIGHT = 340
GUESSING = 0.1  # with ten classes
GUESSING_LOSS = math.log(10)  # cross-entropy of ten equal answers


@dataclass(frozen=True, slots=True)
class ResponsePoint:
    """At one value: what was measured (a share in [0, 1], or a loss) and reported, where there is such."""

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
    """Lines over an axis; ``without`` is the value where the setting is left out; in words a ``summary``.

    Accuracies where ``is_share``, else losses.
    """

    axis: str
    lines: tuple[ResponseLine, ...]
    without: float | None
    is_share: bool
    summary: str

    def in_words(self, value: float) -> str:
        """A value with its unit."""
        return _in_words(value, is_share=self.is_share)


def lab_response(
    lines: Sequence[ResponseLine], axis: str, without: float | None, *, is_share: bool = True
) -> LabResponse:
    """What was measured so far."""
    parts = []
    for line in lines:
        told = ", ".join(_told(point, is_share=is_share) for point in line.points if _is_known(point))
        parts.append(f"{line.name}: {told or 'not measured yet'}")
    if without is not None:
        parts.append(f"without: {_in_words(without, is_share=is_share)}")
    what = "Accuracy" if is_share else "Loss"
    return LabResponse(axis, tuple(lines), without, is_share, f"{what} over {axis}. {'; '.join(parts)}.")


def _is_known(point: ResponsePoint) -> bool:
    return point.measured is not None or point.is_diverged


def _told(point: ResponsePoint, *, is_share: bool) -> str:
    value = "diverged" if point.measured is None else _in_words(point.measured, is_share=is_share)
    return f"{value} at {point.value:g}"


def _in_words(value: float, *, is_share: bool) -> str:
    return f"{100 * value:.1f} %" if is_share else f"{value:.3g}"


def draw_lab_response(drawn: LabResponse) -> go.Figure:
    """A line each with its points; crosses are runs that diverged, diamonds reported values.

    Accuracies stand on 0 to 100 %, with the crosses at the bottom; losses on a logarithmic axis, with the
    crosses at the top.
    """
    figure, scale = go.Figure(), 100 if drawn.is_share else 1
    unit = " %" if drawn.is_share else ""
    known = [point.measured for point in _points(drawn) if point.measured is not None]
    worst = 0.0 if drawn.is_share else max([GUESSING_LOSS, *known])
    for index, line in enumerate(drawn.lines):
        measured = [point for point in line.points if point.measured is not None]
        figure.add_scatter(
            x=tuple(point.value for point in measured) or (None,),  # without any it keeps its colour
            y=tuple(scale * (point.measured or 0.0) for point in measured) or (None,),
            name=line.name,
            mode="lines+markers",
            line={"dash": dash(index), "width": 2},
            marker={"size": 8},
            hovertemplate=f"{line.name}, {drawn.axis} %{{x:g}}: %{{y:.4g}}{unit}<extra></extra>",
        )
    diverged = [(point.value, worst) for point in _points(drawn) if point.is_diverged]
    _marks(figure, "diverged", "x", diverged, drawn)
    reported = [(point.value, point.reported) for point in _points(drawn) if point.reported is not None]
    _marks(figure, "reported", "diamond-open", reported, drawn)
    if drawn.without is not None:
        words = f"without: {drawn.in_words(drawn.without)}"
        _level(figure, scale * drawn.without, words, is_log=not drawn.is_share)
    guessing = scale * (GUESSING if drawn.is_share else GUESSING_LOSS)
    _level(figure, guessing, "guessing", is_log=not drawn.is_share)
    values = sorted({point.value for point in _points(drawn)})
    figure.update_xaxes(
        type="log", title=drawn.axis, tickvals=values, ticktext=[f"{value:g}" for value in values]
    )
    if drawn.is_share:
        figure.update_yaxes(title="accuracy (%)", range=[-3, 103])
    else:
        figure.update_yaxes(title="loss", type="log")
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
    told = "" if name == "diverged" else ": %{y:.4g}" + (" %" if drawn.is_share else "")
    figure.add_scatter(
        x=[value for value, _ in places],
        y=[(100 if drawn.is_share else 1) * value for _, value in places],
        name=name,
        mode="markers",
        marker={"symbol": symbol, "size": 12, "line": {"width": 2}},
        hovertemplate=f"{name}, {drawn.axis} %{{x:g}}{told}<extra></extra>",
    )


def _level(figure: go.Figure, height: float, words: str, *, is_log: bool) -> None:
    figure.add_hline(y=height, line={"color": faded(NEUTRAL, 0.9), "width": 1, "dash": "dot"})
    figure.add_annotation(
        x=0, xref="x domain", xanchor="left", y=math.log10(height) if is_log else height, yanchor="bottom",
        text=words, showarrow=False, font_size=11,
    )  # fmt: skip
