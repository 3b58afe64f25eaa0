"""Reported figures beside measured ones: a row a figure, with what was allowed stated before the runs."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

import plotly.graph_objects as go

from explorer.plots.palette import NEUTRAL, faded

ROW_HEIGHT, FRAME = 66, 78  # pixels
MIDDLE = 0.22  # of a row, below its place: there lie its points
ROOM = 0.08  # of the axis on either side


@dataclass(frozen=True, slots=True)
class BesideRow:
    """One figure, in its own unit (shares in [0, 1]).

    ``allowed`` is the range that counts as reported: the reported value ± the tolerance, or what the report
    describes in words. ``deviation`` is over the repeats; ``words`` tell both figures.
    """

    name: str
    reported: float | None
    reported_deviation: float | None
    allowed: tuple[float, float] | None
    measured: float | None
    deviation: float | None
    words: str


@dataclass(frozen=True, slots=True)
class Beside:
    """Rows from top to bottom; ``ends`` of the axis hold all of them; ``summary`` tells them in words."""

    rows: tuple[BesideRow, ...]
    is_share: bool
    ends: tuple[float, float]
    summary: str


def beside(rows: Sequence[BesideRow], *, is_share: bool) -> Beside:
    """The rows on one axis, which reaches no further than they do (and for shares not beyond 0 and 1)."""
    values = list(chain.from_iterable(_places(row) for row in rows))
    low, high = (min(values), max(values)) if values else (0.0, 1.0)
    room = ROOM * ((high - low) or abs(high) or 1.0)
    low, high = low - room, high + room
    if is_share:
        low, high = max(low, -0.01), min(high, 1.01)
    told = "; ".join(f"{row.name}: {row.words}" for row in rows)
    return Beside(tuple(rows), is_share, (low, high), f"{told}.")


def _places(row: BesideRow) -> list[float]:
    found: list[float] = []
    for value, spread in ((row.reported, row.reported_deviation), (row.measured, row.deviation)):
        if value is not None:
            found += [value - (spread or 0.0), value + (spread or 0.0)]
    return found + list(row.allowed or ())


def draw_beside(drawn: Beside) -> go.Figure:
    """Measured as dots, reported as hollow diamonds, both with their deviation; what is allowed as a band.

    Names stand above their rows, so that a narrow screen has room for both.
    """
    factor = 100 if drawn.is_share else 1
    figure = go.Figure()
    for place, row in enumerate(drawn.rows):
        if row.allowed is not None:
            low, high = (factor * min(max(end, drawn.ends[0]), drawn.ends[1]) for end in row.allowed)
            figure.add_shape(
                type="rect", x0=low, x1=high, y0=place + 0.04, y1=place + 0.4, layer="below",
                line={"width": 0}, fillcolor=faded(NEUTRAL, 0.22),
            )  # fmt: skip
        figure.add_annotation(
            x=0, xref="paper", xanchor="left", y=place + 0.02, yanchor="bottom", align="left",
            showarrow=False, text=f"<b>{row.name}</b><br>{row.words}", font={"size": 12},
        )  # fmt: skip
    _points(figure, drawn, "measured", factor)
    _points(figure, drawn, "reported", factor)
    figure.update_yaxes(visible=False, range=[len(drawn.rows) - 0.5, -0.55], fixedrange=True)
    low, high = drawn.ends
    figure.update_xaxes(range=[factor * low, factor * high], ticksuffix=" %" if drawn.is_share else "")
    figure.update_layout(
        height=FRAME + ROW_HEIGHT * len(drawn.rows),
        margin={"l": 10, "r": 10, "t": 10, "b": 10},
        legend={"orientation": "h", "y": 1.0, "yanchor": "bottom", "x": 0},
        hovermode="closest",
    )
    return figure


def _points(figure: go.Figure, drawn: Beside, which: str, factor: int) -> None:
    is_measured = which == "measured"
    shown = [
        (place, row, value)
        for place, row in enumerate(drawn.rows)
        if (value := row.measured if is_measured else row.reported) is not None
    ]
    spreads = [(row.deviation if is_measured else row.reported_deviation) or 0.0 for _, row, _ in shown]
    looks = {"size": 10} if is_measured else {"size": 13, "symbol": "diamond-open", "line": {"width": 2}}
    figure.add_scatter(
        x=[factor * value for _, _, value in shown],
        y=[place + MIDDLE for place, _, _ in shown],
        name=which,
        mode="markers",
        marker=looks,
        error_x={"type": "data", "array": [factor * spread for spread in spreads], "thickness": 2},
        text=[f"{row.name}<br>{row.words}" for _, row, _ in shown],
        hovertemplate="%{text}<extra></extra>",
        showlegend=True,
    )
