"""The confusion matrix on paper."""

from explorer.plots.confusion import ConfusionMatrix, largest_mistakes
from explorer.plots.palette import NEUTRAL, POSITIVE
from explorer.plots.paper import FAINT, Box, Mark, Paper, Words, blend, shortened_to, text_width

CELL, GAP = 36.0, 2.0
LONGEST_NAME = 90.0


def draw_matrix(matrix: ConfusionMatrix, title: str, *, as_percent: bool = False) -> Paper:
    """Counts, rows = true class: hits are tinted, mistakes coloured by their number.

    ``as_percent`` writes shares of the images of each row in their place.
    """
    names = [shortened_to(name, LONGEST_NAME) for name in matrix.names]
    widest = max(text_width(name) for name in names)
    left, top = max(widest, text_width("true class", 11)) + 10, 46.0
    wide = CELL if widest < CELL else min(widest + 8, 64.0)
    most = max(
        (
            count
            for true, row in enumerate(matrix.counts)
            for answer, count in enumerate(row)
            if true != answer
        ),
        default=0,
    )
    marks: list[Mark] = [
        Words(0, 13, title, size=13, is_bold=True),
        Words(left - 8, top - 8, "true class", "end", 11, FAINT),
    ]
    for true, row in enumerate(matrix.counts):
        y = top + true * CELL
        marks.append(Words(left - 8, y + CELL / 2 + 4, names[true], "end"))
        for answer, count in enumerate(row):
            x = left + answer * wide
            fill = _shade(count, most, is_hit=true == answer)
            marks.append(Box(x, y, wide - GAP, CELL - GAP, fill))
            if count:
                said = f"{100 * matrix.shares[true][answer]:.1f}" if as_percent else f"{count:,}"
                marks.append(Words(x + (wide - GAP) / 2, y + CELL / 2 + 3, said, "middle", 11))
    bottom = top + len(names) * CELL
    for answer, name in enumerate(names):
        shown = shortened_to(name, wide - 2, 11)
        marks.append(Words(left + (answer + 0.5) * wide - 1, bottom + 14, shown, "middle", 11))
    marks.append(Words(left + len(names) * wide / 2, bottom + 32, "predicted class", "middle", 11, FAINT))
    summary = "; ".join(largest_mistakes(matrix)) or "no mistakes"
    return Paper(
        left + len(names) * wide + 4, bottom + 40, tuple(marks), title, f"Most frequent mistakes: {summary}."
    )


def _shade(count: int, most: int, *, is_hit: bool) -> str:
    if is_hit:
        return blend(NEUTRAL, 0.22)
    return blend(POSITIVE, 0.12 + 0.58 * count / most) if count else "#f6f7f9"
