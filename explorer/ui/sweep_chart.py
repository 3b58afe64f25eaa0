"""The figures of a sweep, drawn in the browser so that new data come without a flicker and a zoom stays."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from explorer.plots.responses import HeatMap, Response
from explorer.plots.searches import Parallel, Trials
from explorer.plots.swept_curves import SweptCurves
from explorer.ui.chart_script import chart_script, chart_style
from explorer.ui.live_curve import encode

STYLE = chart_style("sweep_chart.css")
SCRIPT = chart_script("chart_shades.js", "sweep_drawing.js", "sweep_chart.js")
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


def _response(drawn: Response) -> dict[str, Any]:
    return {
        "kind": "response",
        "title": drawn.title,
        "axis": drawn.axis,
        "ticks": drawn.ticks,
        "joined": drawn.is_joined,
        "summary": f"{drawn.summary} {KEYS}",
        "empty": ""
        if any(point.mean is not None for point in drawn.points)
        else "The first epoch is not over",
        "points": [
            {
                "place": point.place,
                "mean": point.mean,
                "low": point.low,
                "high": point.high,
                "failed": point.failed,
                "words": point.words,
                "is_best": point.is_best,
            }
            for point in drawn.points
        ],
    }


def _curves(drawn: SweptCurves) -> dict[str, Any]:
    begun = any(line.places for line in drawn.lines)
    return {
        "kind": "curves",
        "title": drawn.title,
        "axis": drawn.axis,
        "ticks": drawn.ticks,
        "is_share": drawn.measure.endswith("accuracy"),
        "last_epoch": drawn.last_epoch,
        "summary": f"{drawn.summary} {KEYS}",
        "empty": "" if begun else "The curves begin when an epoch ends",
        "lines": [
            {
                "name": line.name,
                "shade": line.shade,
                "failed": line.is_failed,
                "x": encode(line.places),
                "y": encode(line.values),
            }
            for line in drawn.lines
        ],
    }


def _map(drawn: HeatMap) -> dict[str, Any]:
    return {
        "kind": "map",
        "title": f"{drawn.title} (%)",
        "column_title": drawn.column_title,
        "row_title": drawn.row_title,
        "columns": drawn.columns,
        "rows": drawn.rows,
        "summary": f"{drawn.summary} {KEYS}",
        "empty": "",
        "cells": [
            {
                "row": cell.row,
                "column": cell.column,
                "shade": cell.shade,
                "label": cell.label,
                "words": cell.words,
                "is_best": cell.is_best,
            }
            for cell in drawn.cells
        ],
    }


def _trials(drawn: Trials) -> dict[str, Any]:
    return {
        "kind": "trials",
        "title": f"{drawn.title}, and the best so far",
        "is_share": drawn.is_share,
        "budget": drawn.budget,
        "summary": f"{drawn.summary} {KEYS}",
        "empty": "" if any(point.score is not None for point in drawn.points) else "No run has ended yet",
        "points": [
            {
                "number": point.number,
                "score": point.score,
                "best_so_far": point.best_so_far,
                "failed": point.is_failed,
                "is_best": point.is_best,
                "words": point.words,
            }
            for point in drawn.points
        ],
    }


def _parallel(drawn: Parallel) -> dict[str, Any]:
    return {
        "kind": "parallel",
        "title": "Which values led there",
        "summary": f"{drawn.summary} {KEYS}",
        "empty": "",
        "axes": [{"title": axis.title, "ticks": axis.ticks} for axis in drawn.axes],
        "lines": [
            {"places": line.places, "shade": line.shade, "words": line.words, "is_best": line.is_best}
            for line in drawn.lines
        ],
    }
