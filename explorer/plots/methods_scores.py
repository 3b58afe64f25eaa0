"""What a linear method makes of one image: a score for each class, the greatest of which wins."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from explorer.plots.hog import hover_label
from explorer.plots.palette import NEUTRAL, POSITIVE, faded

HEIGHT = 330


@dataclass(frozen=True, slots=True)
class ClassScores:
    """``scores`` are w·x + b, ``products`` w·x, ``offsets`` b, one a class; ``winner`` is a class's place."""

    names: tuple[str, ...]
    scores: tuple[float, ...]
    products: tuple[float, ...]
    offsets: tuple[float, ...]
    winner: int

    @property
    def lead(self) -> float:
        """How far the winner is ahead of the next class."""
        first, second = sorted(self.scores, reverse=True)[:2]
        return first - second


def class_scores(
    weights: NDArray[np.floating],
    offsets: NDArray[np.floating],
    features: NDArray[np.floating],
    names: Sequence[str],
) -> ClassScores:
    """Scores of one image's features (F,) by weights (classes, F) and offsets (classes,).

    Raises:
        ValueError: the shapes do not fit one another, or there is not one name a class.
    """
    if weights.shape != (len(names), len(features)) or offsets.shape != (len(names),):
        raise ValueError(f"weights {weights.shape} and offsets {offsets.shape} do not fit {features.shape}")
    products = np.asarray(weights, dtype=np.float64) @ np.asarray(features, dtype=np.float64)
    scores = products + offsets
    return ClassScores(
        names=tuple(names),
        scores=tuple(float(score) for score in scores),
        products=tuple(float(product) for product in products),
        offsets=tuple(float(offset) for offset in offsets),
        winner=int(np.argmax(scores)),
    )


def draw_scores(scores: ClassScores) -> go.Figure:
    """A bar a class, the winner in colour and with its number."""
    winners = [place == scores.winner for place in range(len(scores.names))]
    figure = go.Figure()
    figure.add_bar(
        x=list(scores.scores),
        y=list(scores.names),
        orientation="h",
        marker={"color": [faded(POSITIVE, 0.85) if wins else faded(NEUTRAL, 0.55) for wins in winners]},
        text=[
            f"<b>{score:.2f}</b>" if wins else f"{score:.2f}"
            for score, wins in zip(scores.scores, winners, strict=True)
        ],
        textposition="outside",
        cliponaxis=False,
        customdata=list(zip(scores.products, scores.offsets, strict=True)),
        hovertemplate="class %{y}: %{x:.4g} (w·x %{customdata[0]:.4g}, b %{customdata[1]:.4g})<extra></extra>",
        hoverlabel=hover_label(),
        showlegend=False,
    )
    low, high = min(*scores.scores, 0.0), max(*scores.scores, 0.0)
    room = 0.14 * ((high - low) or 1.0)
    figure.update_xaxes(title="score w·x + b", range=[low - room, high + room], zeroline=True)
    figure.update_yaxes(title="class", type="category", autorange="reversed")
    figure.update_layout(height=HEIGHT, margin={"l": 10, "r": 10, "t": 10, "b": 10}, dragmode=False)
    return figure
