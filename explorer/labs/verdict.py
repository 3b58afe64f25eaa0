"""What a measured figure says of a reported one, in words."""

from dataclasses import dataclass
from itertools import pairwise

from explorer.labs.experiment import SHARES, Experiment, Figure, Lab, Order
from explorer.labs.measured import Measured

ONE_POINT = 0.01


@dataclass(frozen=True, slots=True)
class Verdict:
    """``is_met`` is None where nothing can be said (yet)."""

    words: str
    is_met: bool | None
    difference: float | None = None


def judge(figure: Figure, measured: Measured, *, quick: bool = False) -> Verdict:
    """The reported figure beside the measured one; the quick version is not judged."""
    if measured.diverged and measured.is_whole and not quick:
        is_expected = figure.between is not None and figure.between[0] == 0.0
        words = f"{measured.diverged} of {measured.wanted} runs diverged"
        return Verdict(f"as reported: {words}" if is_expected else words, is_expected)
    if measured.mean is None:
        return Verdict("not measured yet", None)
    difference = None if figure.value is None else measured.mean - figure.value
    if figure.value is None and figure.between is None:
        return Verdict("no number reported", None)
    if quick and figure.metric != "parameters":
        return Verdict("quick version, not judged", None, difference)
    if not measured.is_whole:
        return Verdict(f"{measured.n} of {measured.wanted} runs so far", None, difference)
    return _in_range(figure, measured.mean) if difference is None else _near(figure, difference)


def judge_order(lab: Lab, order: Order, means: dict[str, float | None], *, quick: bool = False) -> Verdict:
    """Whether experiments came in the order that the report says."""
    values = [means.get(name) for name in order.experiments]
    known = [value for value in values if value is not None]
    if len(known) < len(values):
        return Verdict(f"{order.statement} Not measured yet.", None)
    if quick:
        return Verdict(f"{order.statement} The quick version is not judged.", None)
    if all(before > after for before, after in pairwise(known)):
        return Verdict(f"{order.statement} So it is here.", True)
    came = sorted(zip(known, order.experiments, strict=True), reverse=True)
    measured = [f"{lab.find(name).title} {amount(value, lab.find(name))}" for value, name in came]
    return Verdict(f"{order.statement} Not so here: {'; '.join(measured)}.", False)


def amount(value: float, experiment: Experiment) -> str:
    """A value of the experiment's metric as people read it: 98.05 %, 0.0653, 421,642."""
    return _amount(value, experiment.figure)


def difference_in_words(difference: float, experiment: Experiment) -> str:
    """A difference or a tolerance without its sign: 0.21 points, 0.0653, 12."""
    if experiment.figure.metric in SHARES:
        return f"{100 * abs(difference):.2f}\N{NO-BREAK SPACE}points"
    return _amount(abs(difference), experiment.figure)


def _amount(value: float, figure: Figure) -> str:
    if figure.metric in SHARES:
        return f"{100 * value:.2f}\N{NO-BREAK SPACE}%"
    if figure.metric in ("parameters", "epochs"):  # whole numbers; the mean of several may not be
        return f"{value:,.1f}".removesuffix(".0")
    return f"{value:.4f}"


def _in_range(figure: Figure, mean: float) -> Verdict:
    low, high = figure.between if figure.between is not None else (mean, mean)
    is_met = low <= mean <= high
    return Verdict(f"{'as reported' if is_met else 'not as reported'}: {figure.statement}", is_met)


def _near(figure: Figure, difference: float) -> Verdict:
    tolerance = figure.tolerance or 0.0
    is_met = abs(difference) <= tolerance + 1e-12
    if figure.metric in SHARES:
        off = f"{abs(100 * difference):.2f} points {'above' if difference > 0 else 'below'}"
        within = "1 point" if tolerance == ONE_POINT else f"{100 * tolerance:g} points"
    else:
        off = f"{abs(difference):,.4g} {'above' if difference > 0 else 'below'}"
        within = f"{tolerance:,.4g}"
    if is_met:
        return Verdict(f"reproduced, within {within}", True, difference)
    return Verdict(f"not reproduced: {off} the reported figure", False, difference)
