"""How the accuracy of several networks falls as their images change."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from math import inf

import plotly.graph_objects as go

from explorer.evaluation.change_levels import ChangeLevels, ChangeName
from explorer.plots.palette import NEUTRAL, dash, faded

HEIGHT, SMALL_HEIGHT, LEGEND_HEIGHT = 400, 230, 44
CLASSES = 10

AXES: dict[ChangeName, str] = {
    "shift": "shift (pixels)",
    "rotation": "rotation (degrees, clockwise)",
    "scale": "size (times the original)",
    "noise": "noise (σ, ink is in 0…1)",
    "blur": "blur (σ in pixels)",
    "contrast": "contrast (times the original)",
    "stroke_width": "thicker strokes (pixels)",
    "occlusion": "side of the grey square (pixels)",
    "shuffling": "shuffled pixels (%)",
}


@dataclass(frozen=True, slots=True)
class RobustnessCurve:
    """One run's accuracies in percent over the levels, as far as they are known."""

    name: str
    levels: tuple[float, ...]
    accuracies: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Robustness:
    """Several runs under one change, in the order of the runs; ``none`` is the level that changes nothing.

    Levels are as on the axis: a share is in percent. ``guessing`` is the accuracy in percent of a guess
    among the classes that are asked about; None where those differ.
    """

    change: ChangeName
    title: str
    axis: str
    none: float
    levels: tuple[float, ...]
    curves: tuple[RobustnessCurve, ...]
    guessing: float | None

    @property
    def range(self) -> tuple[float, float]:
        """The least and the greatest level."""
        return self.levels[0], self.levels[-1]

    @property
    def common_levels(self) -> tuple[float, ...]:
        """The levels at which every run has an accuracy."""
        if not self.curves:
            return ()
        return min((curve.levels for curve in self.curves), key=len)

    def accuracies_at(self, level: float) -> tuple[float, ...]:
        """Each run's accuracy at a level that all have."""
        return tuple(curve.accuracies[curve.levels.index(level)] for curve in self.curves)

    def spread_at(self, level: float) -> float:
        """How far the best and the worst run lie apart at a level that all have, in percentage points."""
        return max(self.accuracies_at(level)) - min(self.accuracies_at(level))


def robustness(
    change: ChangeLevels, found: Mapping[str, Sequence[float]], classes: Collection[int] = (CLASSES,)
) -> Robustness:
    """From shares of right answers, in the order of the levels; a curve may hold the first levels only.

    A run without any keeps an empty curve, so that a run has one colour in every figure. ``classes`` are the
    different numbers of classes that runs are asked about.
    """
    factor = 100 if change.name == "shuffling" else 1
    levels = tuple(factor * level for level in change.levels)
    return Robustness(
        change=change.name,
        title=change.title,
        axis=AXES[change.name],
        none=factor * change.none,
        levels=levels,
        curves=tuple(
            RobustnessCurve(name, levels[: len(shares)], tuple(100 * float(share) for share in shares))
            for name, shares in found.items()
        ),
        guessing=100 / min(classes) if len(classes) == 1 else None,
    )


def most_telling(drawn: Robustness) -> float | None:
    """The level at which most is to be seen; None before there is one.

    With several runs it is where the best and the worst lie furthest apart; with one, the level nearest to no
    change at which a quarter of the right answers are lost, or else the worst.
    """
    levels = [level for level in drawn.common_levels if level != drawn.none]
    if not levels:
        return None
    if len(drawn.curves) > 1:
        return max(levels, key=drawn.spread_at)
    accuracies = dict(zip(drawn.curves[0].levels, drawn.curves[0].accuracies, strict=True))
    usual = accuracies.get(drawn.none, inf)
    lost = [level for level in levels if accuracies[level] <= 0.75 * usual]
    if drawn.none in accuracies and lost:
        return min(lost, key=lambda level: abs(level - drawn.none))
    return min(levels, key=accuracies.__getitem__)


def draw_robustness(drawn: Robustness, *, is_small: bool = False) -> go.Figure:
    """One line a run over the levels, a mark where nothing is changed, a line where guessing would be.

    A small one has no legend, its title instead, and one run's value at a time under the pointer.
    """
    figure = go.Figure()
    for index, curve in enumerate(drawn.curves):
        name = f"{_written(curve.name)}: " if is_small else ""
        figure.add_scatter(
            x=curve.levels or [None],  # a line without a point would leave its colour to the next
            y=curve.accuracies or [None],
            name=_written(curve.name),
            mode="lines+markers",
            marker={"size": 4 if is_small else 7},
            line={"dash": dash(index), "width": 2},
            hovertemplate=f"{name}%{{y:.1f}} %" + ("<extra></extra>" if is_small else ""),
        )
    line = {"color": faded(NEUTRAL, 0.9), "width": 1.5, "dash": "dot"}
    side = "left" if drawn.none == drawn.range[1] else "right"
    words = {} if is_small else {"annotation_text": "unchanged", "annotation_position": f"bottom {side}"}
    figure.add_vline(x=drawn.none, line=line, **words)
    if drawn.guessing is not None:
        words = {} if is_small else {"annotation_text": "guessing", "annotation_position": "right"}
        figure.add_hline(y=drawn.guessing, line={**line, "width": 1, "color": faded(NEUTRAL, 0.5)}, **words)
    low, high = drawn.range
    margin = 0.03 * (high - low)
    figure.update_xaxes(
        title=drawn.axis,
        range=[low - margin, high + margin],
        tickvals=ticks(drawn, apart=0.12 if is_small else 0.055),
        zeroline=False,
    )
    figure.update_yaxes(title=None if is_small else "accuracy (%)", range=[-2, 103], zeroline=False)
    figure.update_layout(
        height=SMALL_HEIGHT if is_small else HEIGHT,
        margin={"l": 10, "r": 10 if is_small else 64, "t": 30 if is_small else 10, "b": 10},
        hovermode="closest" if is_small else "x unified",
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
        showlegend=not is_small,
    )
    if is_small:
        figure.update_layout(title={"text": drawn.title, "x": 0, "font": {"size": 14}})
    return figure


def ticks(drawn: Robustness, apart: float) -> tuple[float, ...]:
    """The unchanged level, and others at least this share of the axis from it and from one another."""
    least = apart * (drawn.range[1] - drawn.range[0])
    kept = [drawn.none]
    for level in sorted(drawn.levels, key=lambda level: abs(level - drawn.none)):
        if all(abs(level - other) >= least for other in kept):
            kept.append(level)
    return tuple(sorted(kept))


def draw_legend(names: Sequence[str]) -> go.Figure:
    """The lines and names alone, for several small figures together."""
    figure = go.Figure()
    for index, name in enumerate(names):
        figure.add_scatter(
            x=[None], y=[None], name=_written(name), mode="lines+markers", line={"dash": dash(index)}
        )
    figure.update_xaxes(visible=False)
    figure.update_yaxes(visible=False)
    figure.update_layout(
        height=LEGEND_HEIGHT,
        margin={"l": 0, "r": 0, "t": 0, "b": 0},
        legend={"orientation": "h", "y": 0.5, "yanchor": "middle", "x": 0, "itemclick": False},
        showlegend=True,
    )
    return figure


def _written(name: str) -> str:
    """A name as it was written: plotly takes <b> and its like for formatting."""
    return name.replace("&", "&amp;").replace("<", "&lt;")
