"""What a measured figure says of a reported one, in words."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

from explorer.evaluation.paired import compare_pairs
from explorer.labs.experiment import SHARES, Experiment, Figure, Lab, Order
from explorer.labs.measured import Measured

ONE_POINT = 0.01
WITHOUT_END = 1e9  # from there on a bound on a loss is none
TOO_CLOSE = "Too close to tell here"


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
        return Verdict(f"{_as_said(figure)}: {words}" if is_expected else words, is_expected)
    if measured.mean is None:
        return Verdict("not measured yet", None)
    difference = None if figure.value is None else measured.mean - figure.value
    if figure.value is None and figure.between is None:
        return Verdict("no number reported", None)
    if quick and figure.metric not in ("parameters", "features"):
        return Verdict("quick version, not judged", None, difference)
    if not measured.is_whole:
        return Verdict(f"{measured.n} of {measured.wanted} runs so far", None, difference)
    return _in_range(figure, measured.mean) if difference is None else _near(figure, difference)


def judge_order(
    lab: Lab,
    order: Order,
    means: Mapping[str, float | None],
    seeds: Mapping[str, Mapping[int, float]] | None = None,
    *,
    quick: bool = False,
) -> Verdict:
    """Whether experiments came in the order that the report says, by their means.

    Where the values of two neighbours are known by ``seeds`` and their difference may as well be nothing (its
    95 % interval holds zero), nothing is said.
    """
    values = [means.get(name) for name in order.experiments]
    known = [value for value in values if value is not None]
    if len(known) < len(values):
        return Verdict(f"{order.statement} Not measured yet.", None)
    if quick:
        return Verdict(f"{order.statement} The quick version is not judged.", None)
    pairs = [*pairwise(order.experiments)]
    close = [pair for pair in pairs if _is_close(*(dict(seeds or {}).get(name, {}) for name in pair))]
    wrong = [pair for pair, (before, after) in zip(pairs, pairwise(known), strict=True) if before <= after]
    if not wrong and not close:
        return Verdict(f"{order.statement} So it is here.", True)
    if set(wrong) <= set(close):
        near = dict(zip(order.experiments, known, strict=True))
        told = "; ".join(
            " and ".join(f"{lab.find(name).title} {amount(near[name], lab.find(name))}" for name in pair)
            for pair in close
        )
        return Verdict(f"{order.statement} {TOO_CLOSE}: {told}.", None)
    came = sorted(zip(known, order.experiments, strict=True), reverse=True)
    measured = [f"{lab.find(name).title} {amount(value, lab.find(name))}" for value, name in came]
    return Verdict(f"{order.statement} Not so here: {'; '.join(measured)}.", False)


def amount(value: float, experiment: Experiment) -> str:
    """A value of the experiment's metric as people read it: 98.05 %, 5.93 points, 0.0653, 421,642."""
    return _amount(value, experiment.figure)


def bounds(experiment: Experiment) -> str:
    """What values count as what a report says in words: at most 20 %, 40 % to 70 %; empty without words."""
    figure = experiment.figure
    if figure.between is None:
        return ""
    low, high = figure.between
    least, most = _bound(low, figure), _bound(high, figure)
    if low == -high:
        return f"± {most}"
    if low <= 0:
        return f"at most {most}"
    if high >= (1 if figure.metric in SHARES else WITHOUT_END):
        return f"at least {least}"
    return f"{least} to {most}"


def difference_in_words(difference: float, experiment: Experiment) -> str:
    """A difference or a tolerance without its sign: 0.21 points, 0.0653, 12."""
    if experiment.figure.metric in SHARES:
        return f"{100 * abs(difference):.2f}\N{NO-BREAK SPACE}points"
    return _amount(abs(difference), experiment.figure)


def _amount(value: float, figure: Figure) -> str:
    if figure.is_in_points:
        return f"{100 * value:.2f}\N{NO-BREAK SPACE}points".replace("-", "−")
    if figure.metric in SHARES:
        return f"{100 * value:.2f}\N{NO-BREAK SPACE}%"
    if figure.metric in ("parameters", "features", "epochs"):  # whole numbers; the mean of several may not be
        return f"{value:,.1f}".removesuffix(".0")
    return f"{value:.4f}"


def _bound(value: float, figure: Figure) -> str:
    if figure.is_in_points:
        return f"{100 * value:g}\N{NO-BREAK SPACE}points"
    return f"{100 * value:g}\N{NO-BREAK SPACE}%" if figure.metric in SHARES else f"{value:,.4g}"


def _as_said(figure: Figure) -> str:
    return "as expected" if figure.by_lab else "as reported"


def _is_close(first: Mapping[int, float], second: Mapping[int, float]) -> bool:
    found = compare_pairs(first, second)
    return found is not None and found.seeds > 1 and not found.is_sure


def _in_range(figure: Figure, mean: float) -> Verdict:
    low, high = figure.between if figure.between is not None else (mean, mean)
    is_met = low <= mean <= high
    return Verdict(f"{'' if is_met else 'not '}{_as_said(figure)}: {figure.statement}", is_met)


def _near(figure: Figure, difference: float) -> Verdict:
    tolerance = figure.tolerance or 0.0
    is_met = abs(difference) <= tolerance + 1e-12
    if figure.metric in SHARES:
        off = f"{abs(100 * difference):.2f} points {'above' if difference > 0 else 'below'}"
        within = "1 point" if tolerance == ONE_POINT else f"{100 * tolerance:g} points"
    else:
        off = f"{_amount(abs(difference), figure)} {'above' if difference > 0 else 'below'}"
        within = f"{tolerance:,.4g}"
    if is_met and not tolerance:
        return Verdict("reproduced exactly", True, difference)
    if is_met:
        return Verdict(f"reproduced, within {within}", True, difference)
    return Verdict(f"not reproduced: {off} the reported figure", False, difference)
