"""The outcome of a run over the whole range around one of its settings."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go

from explorer.config.sweeping import within_a_sentence
from explorer.plots.palette import NEUTRAL, faded


@dataclass(frozen=True, slots=True)
class Preview:
    """Validation accuracies in [0, 1] over the values that were tried, after so many epochs.

    ``diverged`` are the values whose loss became infinite or not a number; they have no accuracy.
    ``best`` is the value with the greatest accuracy (the first of several), None where all diverged.
    """

    title: str
    values: tuple[float, ...]
    accuracies: tuple[float, ...]
    diverged: tuple[float, ...]
    chosen: float
    epochs: int
    best: float | None
    best_accuracy: float | None
    is_logarithmic: bool


def preview(
    title: str, values: Sequence[float], accuracies: Sequence[float], chosen: float, epochs: int
) -> Preview:
    """From one accuracy a value; NaN for a network that diverged."""
    pairs = list(zip(values, accuracies, strict=True))
    sound = [(value, accuracy) for value, accuracy in pairs if np.isfinite(accuracy)]
    best = max(sound, key=lambda pair: pair[1], default=(None, None))
    positive = [value for value in values if value > 0]
    return Preview(
        title=title,
        values=tuple(value for value, _ in sound),
        accuracies=tuple(accuracy for _, accuracy in sound),
        diverged=tuple(value for value, accuracy in pairs if not np.isfinite(accuracy)),
        chosen=chosen,
        epochs=epochs,
        best=best[0],
        best_accuracy=best[1],
        is_logarithmic=bool(positive) and max(positive) > 50 * min(positive),
    )


def draw_preview(drawn: Preview) -> go.Figure:
    """Accuracy over the setting, with a line at the chosen value and a cross where a network diverged."""
    places = _places(drawn)
    figure = go.Figure()
    figure.add_scatter(
        x=[places[value] for value in drawn.values],
        y=[100 * accuracy for accuracy in drawn.accuracies],
        customdata=[f"{value:g}" for value in drawn.values],
        mode="lines+markers",
        marker={"size": 6},
        name="validation accuracy",
        hovertemplate=f"{drawn.title} %{{customdata}}<br>%{{y:.2f}} %<extra></extra>",
    )
    figure.add_scatter(
        x=[places[value] for value in drawn.diverged],
        y=[0.0] * len(drawn.diverged),
        customdata=[f"{value:g}" for value in drawn.diverged],
        mode="markers",
        marker={"symbol": "x", "size": 9},
        name="diverged",
        hovertemplate=f"{drawn.title} %{{customdata}}<br>diverged<extra></extra>",
        showlegend=False,
    )
    if places:
        figure.add_vline(
            x=places[drawn.chosen],
            line={"dash": "dash", "width": 2, "color": faded(NEUTRAL, 0.9)},
            annotation={"text": f"{drawn.chosen:g}", "font": {"size": 12}},
            annotation_position="top",
        )
    ticks = _ticks(drawn, places)
    figure.update_xaxes(
        title=within_a_sentence(drawn.title),
        tickmode="array",
        tickvals=list(ticks),
        ticktext=list(ticks.values()),
    )
    figure.update_yaxes(title="validation (%)", range=[-3, 103])
    figure.update_layout(
        height=230, margin={"l": 10, "r": 10, "t": 24, "b": 10}, showlegend=False, hovermode="closest"
    )
    return figure


def _places(drawn: Preview) -> dict[float, float]:
    """Where each value stands: by its logarithm if the range is wide, 0 one power of ten below the rest."""
    tried = {*drawn.values, *drawn.diverged}
    every = sorted({*tried, drawn.chosen}) if tried else []
    if not drawn.is_logarithmic:
        return {value: value for value in every}
    least = min(value for value in every if value > 0)
    return {value: float(np.log10(value if value > 0 else least / 3)) for value in every}


def _ticks(drawn: Preview, places: dict[float, float]) -> dict[float, str]:
    if not drawn.is_logarithmic:
        return {
            place: f"{value:g}" for value, place in places.items() if value in (0, 0.25, 0.5, 0.8, 0.9, 0.99)
        }
    positive = [place for value, place in places.items() if value > 0]
    powers = range(int(np.ceil(min(positive) - 1e-9)), int(np.floor(max(positive) + 1e-9)) + 1)
    ticks = {float(power): f"{10.0**power:g}" for power in powers}
    return ({places[0.0]: "0"} if 0.0 in places else {}) | ticks
