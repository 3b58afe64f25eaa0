"""What a method makes of one image: a score for each class, the greatest of which wins."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from explorer.plots.hog import hover_label
from explorer.plots.palette import NEUTRAL, POSITIVE, faded

HEIGHT = 330


@dataclass(frozen=True, slots=True)
class ScoreBars:
    """Scores of the classes that have one, in the order of the classes, and what each is made of.

    ``winner`` is the place of the greatest score; ``lead`` how far it is ahead of the next.
    """

    names: tuple[str, ...]
    scores: tuple[float, ...]
    sentences: tuple[str, ...]
    winner: int
    lead: float


def score_bars(
    scores: NDArray[np.floating], names: Sequence[str], offsets: NDArray[np.floating] | None = None
) -> ScoreBars:
    """The bars of scores (classes,); a class that was never learned has the score -inf, and no bar.

    With ``offsets`` (classes,), scores are w·x + b, and sentences tell the two apart.

    Raises:
        ValueError: fewer than two classes have a score, or there is not one name a class.
    """
    learned = np.flatnonzero(np.isfinite(scores)).tolist()
    if len(scores) != len(names) or len(learned) < 2:
        raise ValueError(f"{len(learned)} scores for {len(names)} names")
    shown = [float(scores[label]) for label in learned]
    first, second = sorted(shown, reverse=True)[:2]
    return ScoreBars(
        names=tuple(names[label] for label in learned),
        scores=tuple(shown),
        sentences=tuple(
            _sentence(names[label], float(scores[label]), None if offsets is None else float(offsets[label]))
            for label in learned
        ),
        winner=int(np.argmax(shown)),
        lead=first - second,
    )


def draw_scores(bars: ScoreBars, title: str) -> go.Figure:
    """A bar a class, the winner in colour and its number bold; ``title`` says what a score is."""
    wins = [place == bars.winner for place in range(len(bars.names))]
    figure = go.Figure()
    figure.add_bar(
        x=list(bars.scores),
        y=list(bars.names),
        orientation="h",
        marker={"color": [faded(POSITIVE, 0.85) if won else faded(NEUTRAL, 0.55) for won in wins]},
        text=[
            f"<b>{score:.2f}</b>" if won else f"{score:.2f}"
            for score, won in zip(bars.scores, wins, strict=True)
        ],
        textposition="outside",
        cliponaxis=False,
        hovertext=list(bars.sentences),
        hovertemplate="%{hovertext}<extra></extra>",
        hoverlabel=hover_label(),
        showlegend=False,
    )
    low, high = min(*bars.scores, 0.0), max(*bars.scores, 0.0)
    room = 0.16 * ((high - low) or 1.0)
    figure.update_xaxes(title=title, range=[low - room, high + room], zeroline=True)
    figure.update_yaxes(title="class", type="category", autorange="reversed")
    figure.update_layout(height=HEIGHT, margin={"l": 10, "r": 10, "t": 10, "b": 10}, dragmode=False)
    return figure


def _sentence(name: str, score: float, offset: float | None) -> str:
    whole = f"class {name}: {score:.4g}"
    if offset is None:
        return whole
    sign = "+" if offset >= 0 else "−"
    return f"{whole} = {score - offset:.4g} (w·x) {sign} {abs(offset):.4g} (b)"
