"""Pictures of several experiments of a lab together, as data: which, and what is drawn of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from explorer.plots.curves import Measure


@dataclass(frozen=True, slots=True)
class Curves:
    """Measures over the epochs, a line an experiment (by what the legend calls it), repeats as a band."""

    title: str
    where: str
    says: str
    lines: Mapping[str, str]
    measures: tuple[Measure, ...]

    @property
    def experiments(self) -> tuple[str, ...]:
        """Those that are drawn."""
        return tuple(self.lines.values())


@dataclass(frozen=True, slots=True)
class Response:
    """The experiments' figures over the values of a setting, on a logarithmic axis.

    ``lines`` hold an experiment a value; ``without`` is the experiment that does not have what is varied.
    """

    title: str
    where: str
    says: str
    axis: str
    lines: Mapping[str, Mapping[float, str]]
    without: str = ""

    @property
    def experiments(self) -> tuple[str, ...]:
        """Those that are drawn."""
        points = chain.from_iterable(line.values() for line in self.lines.values())
        return (*points, self.without) if self.without else tuple(points)


@dataclass(frozen=True, slots=True)
class Beside:
    """Reported figures beside measured ones, a row an experiment; all in one unit."""

    title: str
    where: str
    says: str
    experiments: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Units:
    """Dead and inactive shares of the hidden layers over the epochs, a line an experiment."""

    title: str
    where: str
    says: str
    lines: Mapping[str, str]

    @property
    def experiments(self) -> tuple[str, ...]:
        """Those that are drawn."""
        return tuple(self.lines.values())


@dataclass(frozen=True, slots=True)
class Grid:
    """The experiments' figures as a table of colours; ``cells`` has a row of experiments a row."""

    title: str
    where: str
    says: str
    column_title: str
    columns: tuple[str, ...]
    rows: tuple[str, ...]
    cells: tuple[Sequence[str], ...]

    @property
    def experiments(self) -> tuple[str, ...]:
        """Those that are drawn."""
        return tuple(chain.from_iterable(self.cells))


Picture = Curves | Response | Beside | Units | Grid
