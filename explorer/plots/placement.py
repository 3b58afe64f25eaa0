"""Where the values of a field lie on an axis, whatever they are: numbers, words, lists, flags."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, floor, log10
from typing import Any, Literal

from explorer.config.sweeping import value_key

WIDE = 10  # a ratio of greatest to least from which a logarithmic axis says more
MOST_TICKS = 7
EDGE = 0.05  # room on either side of the first and the last value

Say = Callable[[str, Any], str]  # what the value of a field, given by its path, is called
Tick = tuple[float, str]


@dataclass(frozen=True, slots=True)
class Placement:
    """Where values lie on an axis from 0 to 1, and what is written beside it."""

    kind: Literal["log", "linear", "even"]
    places: Mapping[str, float]
    ticks: tuple[Tick, ...]

    def of(self, value: Any) -> float:
        """The place of one of the values."""
        return self.places[value_key(value)]


def place(values: Sequence[Any], say: Callable[[Any], str]) -> Placement:
    """Where values lie: numbers on a logarithmic axis where they span a decade, else on a linear one.

    Words, lists, flags, and numbers of which some are 0 and the others span a decade, stand evenly.
    """
    distinct = list({value_key(value): value for value in values}.values())
    numbers = [value for value in distinct if is_number(value)]
    positive = [value for value in numbers if value > 0]
    is_wide = len(positive) > 1 and max(positive) / min(positive) >= WIDE
    if len(numbers) < len(distinct) or len(distinct) < 2 or (is_wide and len(positive) < len(distinct)):
        return _evenly(distinct, say)
    if is_wide:
        low, high = log10(min(numbers)), log10(max(numbers))
        spots = {value_key(value): _share(log10(value), low, high) for value in numbers}
        ticks = tuple((_share(log10(tick), low, high), say(tick)) for tick in _decades(low, high))
        return Placement("log", spots, ticks)
    low, high = min(numbers), max(numbers)
    spots = {value_key(value): _share(value, low, high) for value in numbers}
    shown = sorted(numbers)[:: ceil(len(numbers) / MOST_TICKS)]
    return Placement("linear", spots, tuple((spots[value_key(value)], say(value)) for value in shown))


def is_number(value: Any) -> bool:
    """Whether a value can be measured; true and false can't."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def _share(value: float, low: float, high: float) -> float:
    """Between 0 and 1, with room at the edges."""
    return EDGE + (1 - 2 * EDGE) * (value - low) / (high - low)


def _evenly(distinct: Sequence[Any], say: Callable[[Any], str]) -> Placement:
    count = len(distinct)
    spots = {
        value_key(value): 0.5 if count == 1 else _share(place, 0, count - 1)
        for place, value in enumerate(distinct)
    }
    shown = distinct[:: max(1, ceil(count / (2 * MOST_TICKS)))]
    return Placement("even", spots, tuple((spots[value_key(value)], say(value)) for value in shown))


def _decades(low: float, high: float) -> list[float]:
    """Powers of ten from low to high (as logarithms); with their 3-fold where there are few."""
    powers = range(floor(low), ceil(high) + 1)
    marks = (1, 3) if high - low <= 3 else (1,)
    ticks = [float(f"{mark}e{power}") for power in powers for mark in marks]
    shown = [tick for tick in ticks if low - 1e-9 <= log10(tick) <= high + 1e-9]
    return shown[:: ceil(len(shown) / (MOST_TICKS + 2))] if shown else []
