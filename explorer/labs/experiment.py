"""A report's experiments as data: settings, repeats, the reported figure and where it stands."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from explorer.config.kinds import AnyConfig
from explorer.config.parsing import baseline_from_paths, config_from_paths
from explorer.config.sweeping import repeated
from explorer.labs.pictures import Picture
from explorer.labs.reported import ReportedConfusion, ReportedScores

Metric = Literal[
    "test_accuracy",
    "test_loss",
    "train_loss",
    "train_accuracy",
    "validation_accuracy",
    "accuracy_gap",  # training's minus validation's, both with the final weights
    "precision",
    "recall",
    "f1",
    "largest_answer_share",  # of the test images: 1 says the same of all
    "inactive_share",
    "dead_share",
    "epochs",
    "parameters",
    "features",
]
# What of its runs is shown as evidence; each is a view that the pages have of any run.
Show = Literal[
    "curves", "stopping", "confusion", "row_shares", "weights", "units", "gallery", "squared_error", "printed"
]
# Of these a difference is told in percentage points.
SHARES: tuple[Metric, ...] = (
    "test_accuracy",
    "train_accuracy",
    "validation_accuracy",
    "accuracy_gap",
    "precision",
    "recall",
    "f1",
    "largest_answer_share",
    "inactive_share",
    "dead_share",
)


FEW_TITLES = 3  # named one by one


@dataclass(frozen=True, slots=True)
class Figure:
    """What a report says of an experiment: a number, or in words a range that it describes.

    ``value`` and ``tolerance`` are in the metric's own unit (shares in [0, 1]). ``between`` stands for a
    statement without a number (it does not learn: at most 0.2). ``epoch`` asks for the value after that
    epoch of training in place of the final one; ``digit`` for precision, recall or F1 of one class in place
    of the mean over all; ``over`` for how far it is above another experiment, seed by seed. ``where`` is the
    place in the report. A statement ``by_lab`` is not the report's: the lab makes it, to explain what the
    report saw.
    """

    where: str
    metric: Metric = "test_accuracy"
    value: float | None = None
    deviation: float | None = None
    tolerance: float | None = None
    between: tuple[float, float] | None = None
    statement: str = ""
    epoch: int | None = None
    digit: int | None = None
    over: str | None = None
    by_lab: bool = False

    @property
    def is_in_points(self) -> bool:
        """Whether its values are differences of shares, told in percentage points."""
        return self.metric == "accuracy_gap" or (self.over is not None and self.metric in SHARES)


@dataclass(frozen=True)
class Experiment:
    """One configuration with its repeats, and what the report says of it.

    ``settings`` are dotted fields (of a baseline where one of them begins with ``baseline.``), on top of the
    lab's. ``reading`` says what the report leaves open and how it was read here. ``shows`` is what the report
    shows of it, and what is shown of its runs beside the number, the most telling first.
    """

    id: str
    title: str
    figure: Figure
    settings: Mapping[str, Any]
    repeats: int = 1
    reading: str = ""
    quick: Mapping[str, Any] | None = None  # on top of the lab's own for the quick version
    shows: tuple[Show, ...] = ("curves", "confusion")


@dataclass(frozen=True, slots=True)
class Gap:
    """Something that a report leaves unsaid or that can't be as it says, and the reading taken."""

    unsaid: str
    reading: str
    why: str


@dataclass(frozen=True, slots=True)
class Order:
    """Experiments that come in this order by their measured values, the greatest first."""

    experiments: tuple[str, ...]
    statement: str


@dataclass(frozen=True, slots=True)
class Question:
    """What to guess before a lab is run: which of these experiments comes out best, and by how much."""

    words: str
    experiments: tuple[str, ...]


@dataclass(frozen=True)
class Lab:
    """One report.

    ``shared`` settings hold for all its experiments; ``quick`` ones replace them in the quick version, which
    repeats each experiment at most ``quick_repeats`` times. ``pictures`` show several experiments together;
    ``tables`` and ``confusions`` are those that the report prints.
    """

    id: str
    title: str
    about: str
    shared: Mapping[str, Any]
    experiments: tuple[Experiment, ...]
    question: Question
    gaps: tuple[Gap, ...] = ()
    orders: tuple[Order, ...] = ()
    quick: Mapping[str, Any] | None = None
    quick_repeats: int = 2
    pictures: tuple[Picture, ...] = ()
    tables: tuple[ReportedScores, ...] = ()
    confusions: tuple[ReportedConfusion, ...] = ()

    def configs_of(self, experiment: Experiment, *, quick: bool = False) -> tuple[AnyConfig, ...]:
        """One config a repeat, with the seeds 0, 1, 2 and so on."""
        return self._configs[experiment.id, quick]

    def configs(self, *, quick: bool = False) -> tuple[AnyConfig, ...]:
        """Those of all experiments; what several of them need is there once."""
        every = (
            config for experiment in self.experiments for config in self.configs_of(experiment, quick=quick)
        )
        return tuple(dict.fromkeys(every))

    @cached_property
    def readings(self) -> dict[str, str]:
        """Each reading with the titles of its experiments, a few by name."""
        told: dict[str, list[str]] = {}
        for experiment in self.experiments:
            if experiment.reading:
                told.setdefault(experiment.reading, []).append(experiment.title)
        return {
            reading: "; ".join(titles)
            if len(titles) <= FEW_TITLES
            else f"{titles[0]} and {len(titles) - 1} more experiments"
            for reading, titles in told.items()
        }

    def find(self, experiment_id: str) -> Experiment:
        """The experiment of this name; raises KeyError."""
        return {experiment.id: experiment for experiment in self.experiments}[experiment_id]

    @cached_property
    def _configs(self) -> dict[tuple[str, bool], tuple[AnyConfig, ...]]:
        return {
            (experiment.id, quick): _configs(self, experiment, quick)
            for experiment in self.experiments
            for quick in (False, True)
        }


def _configs(lab: Lab, experiment: Experiment, quick: bool) -> tuple[AnyConfig, ...]:
    values = {**lab.shared, **experiment.settings, **(_quick(lab, experiment) if quick else {})}
    if any(path.startswith("baseline.") for path in values):
        own = {path: value for path, value in values.items() if path.startswith(("baseline.", "data."))}
        return (baseline_from_paths(own),)
    config = config_from_paths(values)
    repeats = min(experiment.repeats, lab.quick_repeats) if quick else experiment.repeats
    return tuple(repeated(config, repeats))


def _quick(lab: Lab, experiment: Experiment) -> Mapping[str, Any]:
    return {**(lab.quick or {}), **(experiment.quick or {})}
