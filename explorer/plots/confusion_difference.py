"""Two confusion matrices against each other: which mistakes one network makes more often than another."""

from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from explorer.plots.confusion import Cell, ConfusionMatrix, add_cells, annotate
from explorer.plots.palette import NEGATIVE, POSITIVE, ColorScale, faded

# Paler than the palette's own at the ends, so that the numbers are read on either ground.
DIVERGING: ColorScale = [
    (0.0, faded(NEGATIVE, 0.75)),
    (0.5, faded(NEGATIVE, 0.06)),
    (0.5, faded(POSITIVE, 0.06)),
    (1.0, faded(POSITIVE, 0.75)),
]
ROUNDS_TO_NOTHING = 0.05  # points


@dataclass(frozen=True, slots=True)
class ConfusionDifference:
    """Row % of one matrix less that of another, in percentage points; rows = true class.

    ``sentences`` say each cell in words.
    """

    names: tuple[str, ...]
    points: tuple[tuple[float, ...], ...]
    sentences: tuple[tuple[str, ...], ...]

    @property
    def greatest(self) -> float:
        """The greatest difference of a cell, without its sign."""
        return max(abs(value) for row in self.points for value in row)


def confusion_difference(
    here: ConfusionMatrix, there: ConfusionMatrix, other: str = "the other", own: str = "here"
) -> ConfusionDifference:
    """What ``here`` has more of than ``there``; sentences call the first ``own`` and the second ``other``.

    Raises:
        ValueError: the two have not the same classes.
    """
    if here.names != there.names:
        raise ValueError(f"classes {here.names} and {there.names} can't be compared")
    size = range(len(here.names))
    return ConfusionDifference(
        names=here.names,
        points=tuple(
            tuple(100 * (here.shares[true][answer] - there.shares[true][answer]) for answer in size)
            for true in size
        ),
        sentences=tuple(
            tuple(_sentence(here, there, (true, answer), own, other) for answer in size) for true in size
        ),
    )


def draw_difference(difference: ConfusionDifference, marked: Cell | None = None) -> go.Figure:
    """Annotated heat map, orange where there is more of it here and blue where there is less.

    Points carry (true class, answer) as the confusion matrix's do.
    """
    limit = max(difference.greatest, ROUNDS_TO_NOTHING)
    figure = go.Figure()
    values = [[value if abs(value) >= ROUNDS_TO_NOTHING else None for value in row]
              for row in difference.points]  # fmt: skip
    add_cells(figure, values, difference.names, colorscale=DIVERGING, zmin=-limit, zmax=limit)
    annotate(figure, difference.names, _texts(difference.points), difference.sentences, marked)
    return figure


def _texts(points: Sequence[Sequence[float]]) -> list[list[str]]:
    return [
        [f"{value:+.1f}".replace("-", "−") if abs(value) >= ROUNDS_TO_NOTHING else "" for value in row]
        for row in points
    ]


def _sentence(here: ConfusionMatrix, there: ConfusionMatrix, cell: Cell, own: str, other: str) -> str:
    true, answer = cell
    ours, theirs = 100 * here.shares[true][answer], 100 * there.shares[true][answer]
    what = (
        f"{here.names[true]} classified correctly"
        if true == answer
        else f"{here.names[true]} read as {here.names[answer]}"
    )
    signed = f"{ours - theirs:+.1f}".replace("-", "−")
    return f"{what}: {ours:.1f} % {own}, {theirs:.1f} % in {other}: {signed} points"
