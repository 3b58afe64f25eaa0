"""The curves of several runs on top of one another."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Literal

import numpy as np
import plotly.graph_objects as go

from explorer.plots.palette import dash
from explorer.plots.sampling import keep_extremes
from explorer.records import EpochMetrics

Measure = Literal["train_loss", "validation_loss", "train_accuracy", "validation_accuracy"]
Axis = Literal["epoch", "seconds"]

TITLES: dict[Measure, str] = {
    "train_loss": "training loss",
    "validation_loss": "validation loss",
    "train_accuracy": "training accuracy",
    "validation_accuracy": "validation accuracy",
}


@dataclass(frozen=True, slots=True)
class RunCurve:
    """One run's values at the ends of its epochs; ``places`` are epochs or seconds of training."""

    name: str
    places: tuple[float, ...]
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Overlay:
    """Several runs' curves of one measure over one axis, in the order of the runs."""

    measure: Measure
    axis: Axis
    curves: tuple[RunCurve, ...]


def overlay(histories: Sequence[tuple[str, Sequence[EpochMetrics]]], measure: Measure, axis: Axis) -> Overlay:
    """The curves of named histories, at most 500 points each; epochs without the measure are left out.

    A run that has none of it keeps an empty curve, so that a run has one colour in every figure.
    """
    return Overlay(measure, axis, tuple(_curve(name, epochs, measure, axis) for name, epochs in histories))


def draw_overlay(drawn: Overlay) -> go.Figure:
    """One line a run; hover compares the runs at one place."""
    is_share = drawn.measure.endswith("accuracy")
    figure = go.Figure()
    for index, curve in enumerate(drawn.curves):
        figure.add_scatter(
            x=curve.places,
            y=[100 * value for value in curve.values] if is_share else curve.values,
            name=curve.name,
            mode="lines+markers" if len(curve.places) <= 40 else "lines",
            marker={"size": 5},
            line={"dash": dash(index), "width": 2},
            hovertemplate="%{y:.2f} %" if is_share else "%{y:.4f}",
        )
    seconds = drawn.axis == "seconds"
    figure.update_xaxes(
        title="time spent training (s)" if seconds else "epoch",
        rangemode="tozero",
        hoverformat=".2f" if seconds else "d",
    )
    figure.update_yaxes(title=f"{TITLES[drawn.measure]}{' (%)' if is_share else ''}")
    figure.update_layout(
        height=360,
        margin={"l": 10, "r": 10, "t": 10, "b": 10},
        hovermode="closest" if seconds else "x unified",
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
        showlegend=True,
    )
    return figure


def _curve(name: str, epochs: Sequence[EpochMetrics], measure: Measure, axis: Axis) -> RunCurve:
    seconds = list(accumulate(epoch.seconds for epoch in epochs))
    points = [
        (float(epoch.epoch) if axis == "epoch" else passed, float(value))
        for epoch, passed in zip(epochs, seconds, strict=True)
        if (value := getattr(epoch, measure)) is not None
    ]
    kept = keep_extremes(np.array([value for _, value in points]))
    return RunCurve(
        name, tuple(points[index][0] for index in kept), tuple(points[index][1] for index in kept)
    )
