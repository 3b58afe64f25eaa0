"""The accuracy that the values of one parameter gave, all else being equal."""

from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from explorer.plots.hog import hover_label
from explorer.plots.layers import log_ticks
from explorer.plots.palette import NEUTRAL, dash, faded


@dataclass(frozen=True, slots=True)
class Trial:
    """What one value gave, as a share in [0, 1], and the run that says so."""

    value: float
    accuracy: float
    run_id: int


@dataclass(frozen=True, slots=True)
class Trials:
    """One line: what is equal in all its runs, as its name, and its trials by value."""

    name: str
    trials: tuple[Trial, ...]

    @property
    def best(self) -> Trial:
        """The most accurate; of equals the smallest value."""
        return max(self.trials, key=lambda trial: (trial.accuracy, -trial.value))


def trials_by_name(points: Sequence[tuple[str, Trial]]) -> tuple[Trials, ...]:
    """One line a name, in the order of their first points; of several runs with a value the newest counts."""
    lines: dict[str, dict[float, Trial]] = {}
    for name, trial in points:
        line = lines.setdefault(name, {})
        known = line.get(trial.value)
        if known is None or known.run_id < trial.run_id:
            line[trial.value] = trial
    return tuple(
        Trials(name, tuple(trial for _, trial in sorted(line.items()))) for name, line in lines.items()
    )


def draw_trials(
    lines: Sequence[Trials], *, parameter: str, part: str, is_logarithmic: bool, marked: float | None = None
) -> go.Figure:
    """Accuracy over the parameter, one line each; a thin upright line marks one value."""
    figure = go.Figure()
    for index, line in enumerate(lines):
        figure.add_scatter(
            x=[trial.value for trial in line.trials],
            y=[100 * trial.accuracy for trial in line.trials],
            text=[f"run {trial.run_id}" for trial in line.trials],
            name=line.name,
            mode="lines+markers",
            marker={"size": 9},
            line={"dash": dash(index), "width": 2},
            hovertemplate=f"{parameter} = %{{x:.6g}}: %{{y:.2f}} % (%{{text}})<extra>{line.name}</extra>",
            hoverlabel=hover_label(),
        )
    values = [trial.value for line in lines for trial in line.trials]
    if is_logarithmic:
        ticks = log_ticks(values)
        figure.update_xaxes(type="log", tickvals=ticks, ticktext=[f"{tick:g}" for tick in ticks])
    elif len(set(values)) <= 12:
        figure.update_xaxes(tickvals=sorted(set(values)))
    if marked is not None and (marked > 0 or not is_logarithmic):
        figure.add_vline(x=marked, line={"width": 1.5, "dash": "dot", "color": faded(NEUTRAL, 1)})
    figure.update_xaxes(title=parameter, zeroline=False)
    figure.update_yaxes(title=f"{part} accuracy (%)")
    figure.update_layout(
        height=360,
        margin={"l": 10, "r": 10, "t": 10, "b": 10},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
        showlegend=True,
    )
    return figure
