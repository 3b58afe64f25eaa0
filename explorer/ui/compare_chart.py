"""The figures of a comparison, drawn in the browser: new data come without a flicker, and a zoom stays."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import streamlit as st

from explorer.plots.comparison import AXES, Axis, Overlay
from explorer.plots.curves import TITLES
from explorer.plots.palette import LIGHT, dash
from explorer.plots.relations import Scatter, ScatterAxis
from explorer.ui.browser_source import chart_source, source
from explorer.ui.live_curve import encode

STYLE = source("compare_chart.css")
SCRIPT = chart_source("chart_shades.js", "compare_drawing.js", "compare_chart.js")
KEYS = "Arrow keys read values, Escape ends it."

_mount = st.components.v2.component(
    "explorer.compare_chart",
    html='<div class="compare"></div>',
    css=STYLE,
    js=SCRIPT,
)


def curves_chart(overlays: Sequence[Overlay], axis: Axis, *, key: str) -> None:
    """Draw the measures side by side, one legend for all; under one key new data redraw in place.

    Drag to zoom, double-click to see all, hover for the values of every line; keys do the same.
    """
    _mount(key=key, data=curves_data(overlays, axis), width="stretch", height="content")


def scatter_chart(drawn: Scatter, *, key: str) -> None:
    """Draw the runs as points; hover for their values, the arrow keys read them from left to right."""
    _mount(key=key, data=scatter_data(drawn), width="stretch", height="content")


def curves_data(overlays: Sequence[Overlay], axis: Axis) -> dict[str, Any]:
    """What the browser gets: plain values, and numbers as base64 of little-endian float32."""
    names = [line.name for line in overlays[0].lines] if overlays else []
    return {
        "axis": axis,
        "axis_title": AXES[axis],
        "lines": [
            {"name": name, "color": place % len(LIGHT), "dash": dash(place)}
            for place, name in enumerate(names)
        ],
        "panels": [_panel(drawn) for drawn in overlays],
    }


def scatter_data(drawn: Scatter) -> dict[str, Any]:
    """What the browser gets of a scatter."""
    return {
        "axis": "",
        "axis_title": "",
        "lines": [],
        "panels": [
            {
                "kind": "scatter",
                "id": "scatter",
                "title": f"{drawn.y.title.capitalize()} over {drawn.x.title}",
                "summary": f"{drawn.summary} {KEYS}",
                "empty": "" if drawn.points else "No run has both of these yet",
                "x": _axis(drawn.x),
                "y": _axis(drawn.y),
                "ends": drawn.ends,
                "points": [asdict(point) for point in drawn.points],
            }
        ],
    }


def _axis(axis: ScatterAxis) -> dict[str, Any]:
    return {"title": axis.title, "share": axis.is_share, "log": axis.is_log}


def _panel(drawn: Overlay) -> dict[str, Any]:
    has_values = any(line.values for line in drawn.lines)
    return {
        "kind": "curves",
        "id": drawn.measure,
        "title": TITLES[drawn.measure].capitalize(),
        "is_share": drawn.is_share,
        "summary": f"{drawn.summary} {KEYS} Plus and minus zoom.",
        "empty": "" if has_values else "No run has a value of this yet",
        "lines": [
            {
                "x": encode(line.places),
                "y": encode(line.values),
                "raw": encode(line.raw),
                "low": encode(line.low),
                "high": encode(line.high),
                "runs": encode(line.runs),
            }
            for line in drawn.lines
        ],
    }
