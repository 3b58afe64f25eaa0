"""Curves on paper: any of a run's lines over its epochs, with axes, bands and a legend."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, isfinite, log10

from explorer.plots.layers import log_ticks
from explorer.plots.palette import DISTINCT, LIGHT
from explorer.plots.paper import (
    FAINT,
    GRID,
    INK,
    Area,
    Dot,
    Line,
    Mark,
    Paper,
    Point,
    Words,
    blend,
    shortened_to,
    text_width,
)

DASHES: tuple[tuple[float, ...], ...] = ((), (9, 5), (2, 4), (9, 4, 2, 4))
LEFT, RIGHT, FOOT, LINE = 58.0, 14.0, 40.0, 18.0
WIDTH, HEIGHT = 460.0, 290.0
NAME_WIDTH = 380.0


@dataclass(frozen=True, slots=True)
class Curve:
    """One line. ``low`` and ``high`` bound a band (empty where there is none); ``color`` counts from 0.

    A ``is_quiet`` line stands back behind the others.
    """

    name: str
    places: tuple[float, ...]
    values: tuple[float, ...]
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()
    color: int = 0
    has_dots: bool = False
    is_quiet: bool = False


@dataclass(frozen=True, slots=True)
class Plot:
    """Curves over one pair of axes; ``is_share`` writes values in percent, ``is_log`` spaces them by ratio.

    ``marked`` are places along the foot with a word each; ``reach`` is what the side spans, where that is
    not left to the values.
    """

    title: str
    foot: str
    curves: tuple[Curve, ...]
    summary: str
    is_share: bool = False
    is_log: bool = False
    marked: tuple[tuple[float, str], ...] = ()
    reach: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class _Scale:
    """Where values lie: ``low`` at ``start``, ``high`` at ``end``."""

    low: float
    high: float
    start: float
    end: float
    is_log: bool = False

    def at(self, value: float) -> float:
        if self.is_log:
            share = log10(max(value, self.low) / self.low) / log10(self.high / self.low)
        else:
            share = (value - self.low) / (self.high - self.low)
        return self.start + share * (self.end - self.start)


def draw_plot(plot: Plot, width: float = WIDTH, height: float = HEIGHT) -> Paper:
    """The plot with its title and legend above; it grows taller by each further line of legend."""
    legend, top = _legend(plot.curves, width)
    bottom = top + height - FOOT - 50
    ups = _Scale(*_reach(plot), bottom, top, plot.is_log)
    last = max((place for curve in plot.curves for place in curve.places), default=1.0)
    across = _Scale(0.0, last or 1.0, LEFT, width - RIGHT)
    marks: list[Mark] = [Words(0, 13, plot.title, size=13, is_bold=True), *legend]
    marks += _side(plot, ups, width)
    marks += _foot(plot, across, bottom, width)
    for place, word in plot.marked:
        x = across.at(place)
        marks.append(Line(((x, top), (x, bottom)), FAINT, 1, (3, 3)))
        is_late = x > width / 2
        marks.append(
            Words(x + (-4 if is_late else 4), top + 9, word, "end" if is_late else "start", 10, FAINT)
        )
    for curve in plot.curves:
        marks += _curve(curve, across, ups)
    return Paper(width, bottom + FOOT, tuple(marks), plot.title, plot.summary)


def nice_ticks(low: float, high: float, wanted: float) -> tuple[float, ...]:
    """Round values from ``low`` to ``high``, about so many: steps of 1, 2 or 5 times a power of ten."""
    rough = (high - low) / max(wanted, 1)
    power = 10.0 ** floor(log10(rough))
    size = next(step * power for step in (1, 2, 5, 10) if step * power >= rough * 0.999)
    return tuple(n * size for n in range(ceil(low / size - 1e-9), floor(high / size + 1e-9) + 1))


def _reach(plot: Plot) -> tuple[float, float]:
    if plot.reach is not None:
        return plot.reach
    values = [
        value
        for curve in plot.curves
        for value in (*curve.values, *curve.low, *curve.high)
        if isfinite(value) and (value > 0 or not plot.is_log)
    ]
    if not values:
        return (0.1, 1.0) if plot.is_log else (0.0, 1.0)
    low, high = min(values), max(values)
    if plot.is_log:
        return low / 1.15, high * 1.15
    room = (high - low or abs(high) or 1.0) * 0.06
    return max(0.0, low - room), min(1.0, high + room) if plot.is_share and high <= 1 else high + room


def _side(plot: Plot, ups: _Scale, width: float) -> list[Mark]:
    if plot.is_log:
        ticks = [tick for tick in log_ticks((ups.low * 1.15, ups.high / 1.15)) if ups.low <= tick <= ups.high]
        texts = [f"{tick:g}" for tick in ticks]
    elif plot.is_share:
        percents = nice_ticks(100 * ups.low, 100 * ups.high, 5)
        ticks, texts = [tick / 100 for tick in percents], [f"{tick:.6g} %" for tick in percents]
    else:
        ticks = list(nice_ticks(ups.low, ups.high, 5))
        texts = [f"{tick:,.6g}" for tick in ticks]
    marks: list[Mark] = []
    for tick, text in zip(ticks, texts, strict=True):
        y = ups.at(tick)
        marks.append(Line(((LEFT, y), (width - RIGHT, y)), GRID))
        marks.append(Words(LEFT - 8, y + 4, text, "end", 11, FAINT))
    return marks


def _foot(plot: Plot, across: _Scale, bottom: float, width: float) -> list[Mark]:
    marks: list[Mark] = [Line(((LEFT, bottom), (width - RIGHT, bottom)), FAINT)]
    for tick in nice_ticks(across.low, across.high, width / 90):
        x = across.at(tick)
        marks.append(Line(((x, bottom), (x, bottom + 4)), FAINT))
        marks.append(Words(x, bottom + 16, f"{tick:,.6g}", "middle", 11, FAINT))
    return [*marks, Words((LEFT + width - RIGHT) / 2, bottom + 33, plot.foot, "middle", 11, FAINT)]


def _curve(curve: Curve, across: _Scale, ups: _Scale) -> list[Mark]:
    color, dash = _look(curve)

    def at(places: Sequence[float], values: Sequence[float]) -> list[Point]:
        known = zip(places, values, strict=True)
        return [(across.at(place), ups.at(value)) for place, value in known if isfinite(value)]

    points = at(curve.places, curve.values)
    marks: list[Mark] = []
    if curve.low:
        band = at(curve.places, curve.high) + at(curve.places, curve.low)[::-1]
        marks.append(Area(tuple(band), color, 0.18))
    if len(points) > 1:
        marks.append(Line(tuple(points), color, 1.25 if curve.is_quiet else 1.75, dash))
    if (curve.has_dots and len(points) <= 40) or len(points) == 1:
        marks += [Dot(x, y, 2.75, color) for x, y in points]
    return marks


def _look(curve: Curve) -> tuple[str, tuple[float, ...]]:
    """Colour and dash; a quiet line is half as dark."""
    color, dash = LIGHT[curve.color % len(LIGHT)], DASHES[curve.color // DISTINCT % len(DASHES)]
    if not curve.is_quiet:
        return color, dash
    red, green, blue = (int(color[place : place + 2], 16) for place in (1, 3, 5))
    return blend((red, green, blue), 0.5), dash


def _legend(curves: Sequence[Curve], width: float) -> tuple[list[Mark], float]:
    """The names of the lines with a piece of each, and where the axes may begin."""
    marks: list[Mark] = []
    x, y = 0.0, 34.0
    for curve in curves:
        name = shortened_to(curve.name, min(NAME_WIDTH, width - 40))
        needed = 30 + text_width(name)
        if x and x + needed > width:
            x, y = 0.0, y + LINE
        color, dash = _look(curve)
        marks.append(Line(((x, y - 4), (x + 22, y - 4)), color, 2.5, dash))
        marks.append(Words(x + 28, y, name, color=INK))
        x += needed + 18
    return marks, y + 14
