"""The live curve: loss and accuracy of one run, drawn in the browser so that a zoom outlives new data."""

import base64
from collections.abc import Sequence
from typing import Any

import numpy as np
import streamlit as st

from explorer.plots.training import Panel, Trace, TrainingCurves
from explorer.ui.browser_source import chart_source, source

STYLE = source("live_curve.css")
SCRIPT = chart_source("live_curve_drawing.js", "live_curve.js")

_mount = st.components.v2.component(
    "explorer.live_curve",
    html='<div class="curves"></div>',
    css=STYLE,
    js=SCRIPT,
)


def live_curve(curves: TrainingCurves, *, key: str) -> None:
    """Draw the curves; under one key new data redraw in place, and zoom, scale and hidden lines stay.

    Drag to zoom, double-click to see all, hover for values; the arrow keys, + and - do the same.
    """
    _mount(key=key, data=as_data(curves), width="stretch", height="content")


def as_data(curves: TrainingCurves) -> dict[str, Any]:
    """What the browser gets: plain values, and numbers as base64 of little-endian float32."""
    return {
        "last_step": curves.last_step,
        "steps_per_epoch": curves.steps_per_epoch,
        "panels": [_panel(panel) for panel in curves.panels],
        "marks": [{"place": mark.place, "text": mark.text} for mark in curves.marks],
    }


def _panel(panel: Panel) -> dict[str, Any]:
    return {
        "title": panel.title,
        "is_share": panel.is_share,
        "summary": f"{panel.summary} Arrow keys read values, plus and minus zoom, Escape shows all.",
        "empty": panel.empty,
        "traces": [_trace(trace) for trace in panel.traces],
    }


def _trace(trace: Trace) -> dict[str, Any]:
    return {
        "name": trace.name,
        "color": trace.color,
        "is_dotted": trace.is_dotted,
        "of": trace.of,
        "x": encode(trace.places),
        "y": encode(trace.values),
        "low": encode(trace.low),
        "high": encode(trace.high),
    }


def encode(values: Sequence[float]) -> str:
    """Base64 of the values as little-endian float32; exact for whole numbers up to 16,777,216."""
    return base64.b64encode(np.asarray(values, dtype="<f4").tobytes()).decode("ascii")
