"""The experiments of a lab with what was measured and what is to be said of it, as numbers and as words."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from explorer.config.kinds import AnyConfig
from explorer.labs.experiment import Experiment, Lab
from explorer.labs.measured import Measured, measure, runs_of
from explorer.labs.running import Ids, chosen
from explorer.labs.verdict import Verdict, amount, bounds, difference_in_words, judge, judge_order
from explorer.records import Run
from explorer.storage.store import Store


@dataclass(frozen=True, slots=True)
class Judged:
    """One experiment as a line of the lab's table; what is not known or not reported is empty words."""

    experiment: Experiment
    measured: Measured
    verdict: Verdict

    @property
    def reported(self) -> str:
        """The reported figure, with its deviation if there is one, or what the report states in words."""
        figure = self.experiment.figure
        if figure.value is None:
            return "" if figure.by_lab else figure.statement
        spread = "" if figure.deviation is None else f" ± {amount(figure.deviation, self.experiment)}"
        return f"{amount(figure.value, self.experiment)}{spread}"

    @property
    def value(self) -> str:
        """What was measured: mean ± sample standard deviation (runs)."""
        measured = self.measured
        if measured.mean is None:
            return ""
        mean = amount(measured.mean, self.experiment)
        if measured.n == 1 or measured.std is None:
            return mean
        return f"{mean} ± {amount(measured.std, self.experiment)} ({measured.n})"

    @property
    def difference(self) -> str:
        """Measured minus reported, with its sign."""
        difference = self.verdict.difference
        if difference is None:
            return ""
        return f"{'+' if difference >= 0 else '−'}{difference_in_words(difference, self.experiment)}"

    @property
    def tolerance(self) -> str:
        """How far off counts as reproduced, or what counts as the report's words."""
        tolerance = self.experiment.figure.tolerance
        if self.experiment.figure.between is not None:
            return bounds(self.experiment)
        if tolerance == 0:
            return "none"
        return "" if tolerance is None else f"± {difference_in_words(tolerance, self.experiment)}"


def judged(
    store: Store,
    lab: Lab,
    *,
    quick: bool = False,
    experiments: Ids = None,
    found: Mapping[AnyConfig, Run] | None = None,
) -> tuple[Judged, ...]:
    """The experiments, all by default, in the lab's order; ``found`` as ``runs_of`` has them, if at hand.

    Raises:
        ExperimentNotFoundError: the lab has none of that name.
    """
    known = runs_of(store, lab, quick=quick) if found is None else found
    lines = []
    for experiment in chosen(lab, experiments):
        measured = measure(store, lab, experiment, known, quick=quick)
        lines.append(Judged(experiment, measured, judge(experiment.figure, measured, quick=quick)))
    return tuple(lines)


def met(lines: Iterable[Judged]) -> tuple[int, int]:
    """How many of the reported figures that could be judged came out as reported, and how many those are."""
    said = [line.verdict.is_met for line in lines if not line.experiment.figure.by_lab]
    return sum(each is True for each in said), sum(each is not None for each in said)


def judged_orders(lab: Lab, lines: tuple[Judged, ...], *, quick: bool = False) -> tuple[Verdict, ...]:
    """What came of the orders that the report names, of those whose experiments are all among the lines."""
    means = {line.experiment.id: line.measured.mean for line in lines}
    seeds = {line.experiment.id: line.measured.by_seed for line in lines}
    wanted = (order for order in lab.orders if set(order.experiments) <= set(means))
    return tuple(judge_order(lab, order, means, seeds, quick=quick) for order in wanted)
