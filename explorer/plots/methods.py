"""Every way to classify at its best: how often it is right against how long it takes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import plotly.graph_objects as go

from explorer.config.baseline import BaselineConfig
from explorer.plots.hog import hover_label
from explorer.plots.layers import log_ticks
from explorer.plots.palette import TEXT
from explorer.records import BaselineResult, Run, RunResult

BYTES_A_PARAMETER = 4  # float32
LEAST_SECONDS = 1e-4  # a log axis has no place for zero

Clock = Literal["training", "prediction"]


@dataclass(frozen=True, slots=True)
class Best:
    """The best run of one method on one kind of features. Accuracies are shares, times seconds.

    ``prediction_seconds`` is the time for all test images, None where it was not measured; ``parameters``
    is None for a method that has none to count.
    """

    run: Run
    method: str
    features: str
    accuracy: float
    validation: float | None
    training_seconds: float
    prediction_seconds: float | None
    size_bytes: int
    parameters: int | None


def best_of_each(runs: Sequence[Run]) -> tuple[Best, ...]:
    """The best run of each method and kind of features, most accurate on the test images first.

    Which of a method's runs is best is decided by the validation images, so that the test images have no
    say; runs without validation images come last, the newest of equals first. Runs without a result are
    left out.
    """
    chosen: dict[tuple[str, str], Best] = {}
    for run in sorted(runs, key=lambda run: -run.id):
        found = _as_best(run)
        if found is None:
            continue
        rival = chosen.get((found.method, found.features))
        if rival is None or _merit(found) > _merit(rival):
            chosen[found.method, found.features] = found
    return tuple(sorted(chosen.values(), key=lambda best: (-best.accuracy, best.method, best.features)))


def method_of(run: Run) -> str:
    """What a run is: the baseline's method, or the network's kind."""
    return run.config.baseline.model if isinstance(run.config, BaselineConfig) else run.config.network.kind


def draw_methods(bests: Sequence[Best], names: Sequence[str], clock: Clock) -> go.Figure:
    """One point a method, named; the upper left is where one wants to be."""
    points = [
        (best, name, seconds)
        for best, name in zip(bests, names, strict=True)
        if (seconds := best.training_seconds if clock == "training" else best.prediction_seconds) is not None
    ]
    by_time = sorted(points, key=lambda point: point[2])
    above = {
        best.run.id: place % 2 == 0 for place, (best, _, _) in enumerate(by_time)
    }  # fewer labels collide
    figure = go.Figure()
    for place, features in enumerate(dict.fromkeys(best.features for best, _, _ in points)):
        group = [point for point in points if point[0].features == features]
        figure.add_scatter(
            x=[max(seconds, LEAST_SECONDS) for _, _, seconds in group],
            y=[100 * best.accuracy for best, _, _ in group],
            text=[name for _, name, _ in group],
            name="HOG" if features == "hog" else features,
            mode="markers+text",
            textposition=["top center" if above[best.run.id] else "bottom center" for best, _, _ in group],
            textfont={"color": TEXT},
            marker={"size": 12, "symbol": ("circle", "diamond")[place % 2]},
            hovertemplate="%{text}: %{y:.2f} % in %{x:.3g} s<extra></extra>",
            hoverlabel=hover_label(),
            cliponaxis=False,
        )
    ticks = log_ticks([max(seconds, LEAST_SECONDS) for _, _, seconds in points])
    what = "to train (s)" if clock == "training" else "to answer all test images (s)"
    figure.update_xaxes(
        title=f"time {what}", type="log", tickvals=ticks, ticktext=[f"{tick:g}" for tick in ticks]
    )
    figure.update_yaxes(title="test accuracy (%)")
    figure.update_layout(
        height=380,
        margin={"l": 10, "r": 30, "t": 10, "b": 10},
        legend={"orientation": "h", "y": 1.04, "yanchor": "bottom", "x": 0},
        showlegend=True,
    )
    return figure


def _merit(best: Best) -> tuple[bool, float]:
    return (best.validation is not None, best.validation if best.validation is not None else best.accuracy)


def _as_best(run: Run) -> Best | None:
    result = run.result
    if result is None:
        return None
    seconds, size, parameters = _costs(result)
    return Best(
        run=run,
        method=method_of(run),
        features=run.config.data.features,
        accuracy=result.test.accuracy,
        validation=None if result.validation is None else result.validation.accuracy,
        training_seconds=seconds,
        prediction_seconds=result.predict_seconds,
        size_bytes=size,
        parameters=parameters,
    )


def _costs(result: RunResult | BaselineResult) -> tuple[float, int, int | None]:
    """Seconds to train, bytes to keep, and the parameters of a network."""
    if isinstance(result, BaselineResult):
        return result.fit_seconds, result.model_bytes, None
    return result.duration_seconds, BYTES_A_PARAMETER * result.parameters, result.parameters
