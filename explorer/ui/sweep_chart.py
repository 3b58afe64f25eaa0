"""The figures of a sweep, drawn in the browser so that new data come without a flicker and a zoom stays."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import streamlit as st

from explorer.plots.responses import HeatMap, Response
from explorer.plots.searches import Parallel, Trials
from explorer.plots.swept_curves import SweptCurves
from explorer.ui.browser_source import chart_source, source
from explorer.ui.live_curve import encode

STYLE = source("sweep_chart.css")
SCRIPT = chart_source("chart_shades.js", "sweep_drawing.js", "sweep_chart.js")
KEYS = "Arrow keys read values, Escape ends it."

_mount = st.components.v2.component(
    "explorer.sweep_chart",
    html='<div class="sweep"></div>',
    css=STYLE,
    js=SCRIPT,
)

Panel = Response | HeatMap | SweptCurves | Trials | Parallel


def sweep_chart(panels: Sequence[Mapping[str, Any]], *, key: str) -> None:
    """Draw the figures (of ``as_data``) side by side; under one key new data redraw in place.

    Hover for values, drag over the curves to zoom, double-click to see all; the arrow keys read values.
    """
    _mount(key=key, data={"panels": panels}, width="stretch", height="content")


def as_data(panels: Sequence[Panel]) -> list[dict[str, Any]]:
    """What the browser gets: plain values, and curves as base64 of little-endian float32."""
    return [_panel(panel) for panel in panels]


def _panel(panel: Panel) -> dict[str, Any]:
    match panel:
        case Response():
            return _response(panel)
        case HeatMap():
            return _map(panel)
        case SweptCurves():
            return _curves(panel)
        case Trials():
            return _trials(panel)
        case Parallel():
            return _parallel(panel)


def _framed(kind: str, title: str, summary: str, empty: str = "", **more: Any) -> dict[str, Any]:
    """What every panel has, and what this kind has besides; ``empty`` is shown where nothing is drawn yet."""
    return {"kind": kind, "title": title, "summary": f"{summary} {KEYS}", "empty": empty, **more}


def _response(drawn: Response) -> dict[str, Any]:
    has_points = any(point.mean is not None for point in drawn.points)
    return _framed(
        "response",
        drawn.title,
        drawn.summary,
        "" if has_points else "The first epoch is not over",
        axis=drawn.axis,
        ticks=drawn.ticks,
        joined=drawn.is_joined,
        points=[asdict(point) for point in drawn.points],
    )


def _curves(drawn: SweptCurves) -> dict[str, Any]:
    has_begun = any(line.places for line in drawn.lines)
    lines = [
        {
            "name": line.name,
            "shade": line.shade,
            "failed": line.is_failed,
            "x": encode(line.places),
            "y": encode(line.values),
        }
        for line in drawn.lines
    ]
    return _framed(
        "curves",
        drawn.title,
        drawn.summary,
        "" if has_begun else "The curves begin when an epoch ends",
        axis=drawn.axis,
        ticks=drawn.ticks,
        is_share=drawn.measure.endswith("accuracy"),
        has_outliers=drawn.has_outliers,
        last_epoch=drawn.last_epoch,
        lines=lines,
    )


def _map(drawn: HeatMap) -> dict[str, Any]:
    names = ("column_title", "row_title", "columns", "rows")
    cells = [asdict(cell) for cell in drawn.cells]
    facts = {name: getattr(drawn, name) for name in names}
    return _framed("map", f"{drawn.title} (%)", drawn.summary, cells=cells, **facts)


def _trials(drawn: Trials) -> dict[str, Any]:
    has_ended = any(point.score is not None for point in drawn.points)
    return _framed(
        "trials",
        f"{drawn.title}, and the best so far",
        drawn.summary,
        "" if has_ended else "No run has ended yet",
        is_share=drawn.is_share,
        budget=drawn.budget,
        points=[asdict(point) for point in drawn.points],
    )


def _parallel(drawn: Parallel) -> dict[str, Any]:
    axes = [{"title": axis.title, "ticks": axis.ticks} for axis in drawn.axes]
    lines = [asdict(line) for line in drawn.lines]
    return _framed("parallel", "Which values led there", drawn.summary, axes=axes, lines=lines)
