"""One measured figure: its repetitions, its target, and whether it was met."""

from dataclasses import dataclass, field
from statistics import median
from typing import Any, Literal

from explorer.cli.words import table

Unit = Literal["×", "%", "s", "ms", "MB", ""]
HEADER = ("measurement", "median", "spread", "target", "met", "side by side")


@dataclass(frozen=True, slots=True)
class Target:
    """What a figure should be, both ends allowed."""

    direction: Literal["at least", "at most"]
    value: float

    def is_met_by(self, figure: float) -> bool:
        """Whether the figure is on the right side."""
        return figure >= self.value if self.direction == "at least" else figure <= self.value


@dataclass(frozen=True, slots=True)
class Measurement:
    """A figure measured once a repetition (a ratio within each), or the reason why it was not measured.

    ``sides`` holds what was measured to compute it, in ``sides_unit``: one list of repetitions a side.
    ``device`` is the GPU that it was measured on.
    """

    name: str
    meaning: str
    unit: Unit
    target: Target | None
    values: tuple[float, ...] = ()
    sides: dict[str, tuple[float, ...]] = field(default_factory=dict)
    sides_unit: Unit = "s"
    skipped: str = ""
    device: str = ""

    @property
    def median(self) -> float | None:
        """The middle of the repetitions; None where nothing was measured."""
        return median(self.values) if self.values else None

    @property
    def is_met(self) -> bool | None:
        """Whether the median meets the target; None without a target or a figure."""
        if self.target is None or self.median is None:
            return None
        return self.target.is_met_by(self.median)

    def as_json(self) -> dict[str, Any]:
        """The measurement as plain values, every repetition included."""
        return {
            "name": self.name,
            "meaning": self.meaning,
            "unit": self.unit,
            "median": self.median,
            "least": min(self.values, default=None),
            "greatest": max(self.values, default=None),
            "values": list(self.values),
            "sides": {side: list(values) for side, values in self.sides.items()},
            "sides_unit": self.sides_unit,
            "target": None if self.target is None else {self.target.direction: self.target.value},
            "met": self.is_met,
            "skipped": self.skipped or None,
            "device": self.device or None,
        }


def measurements_table(measurements: list[Measurement]) -> str:
    """One line a measurement; those that were left out say why, and a last one which GPU others are of."""
    devices = dict.fromkeys(measurement.device for measurement in measurements if measurement.device)
    words = [f"Measured on {device}: all whose names begin with cuda." for device in devices]
    return "\n".join([table(HEADER, [_row(measurement) for measurement in measurements]), *words])


def _row(measurement: Measurement) -> tuple[str, ...]:
    unit, target = measurement.unit, measurement.target
    aim = f"{target.direction} {_figure(target.value, unit)}" if target is not None else "–"
    if measurement.median is None:
        return (measurement.name, "–", "–", aim, "–", f"left out: {measurement.skipped}")
    spread = f"{_figure(min(measurement.values), '')} – {_figure(max(measurement.values), unit)}"
    met = {True: "yes", False: "no", None: "–"}[measurement.is_met]
    sides = ", ".join(
        f"{side} {_figure(median(values), measurement.sides_unit)}"
        for side, values in measurement.sides.items()
    )
    return (measurement.name, _figure(measurement.median, unit), spread, aim, met, sides)


def _figure(value: float, unit: Unit) -> str:
    digits = 2 if abs(value) < 10 else 1 if abs(value) < 100 else 0
    text = f"{value:,.{digits}f}"
    return text if not unit else f"{text}{unit}" if unit in ("×", "%") else f"{text} {unit}"
