import pytest

from explorer.labs.experiment import Experiment, Figure
from explorer.labs.first import FIRST
from explorer.labs.measured import Measured
from explorer.labs.verdict import amount, bounds, judge, judge_order
from explorer.records import RunStatus
from explorer.storage.store import Store

from .conftest import SMALL

REPORTED = Figure("table 1", value=0.92, tolerance=0.01)
LOSS = Figure("table 7", metric="test_loss", value=0.3, tolerance=0.05)
EXPLAINED = Figure("none", between=(0.8, 1.0), statement="one answer", by_lab=True)
COUNT = Figure("figure 16", metric="parameters", value=421_642, tolerance=0)
LEARNS = Figure("figure 2", between=(0.8, 1.0), statement="learns")


def of(mean: float | None, n: int = 3, wanted: int = 3) -> Measured:
    return Measured(mean, None if mean is None else 0.001, n if mean is not None else 0, wanted, ())


@pytest.mark.parametrize(
    ("figure", "measured", "words", "is_met"),
    [
        (REPORTED, of(0.9299), "reproduced, within 1 point", True),
        (REPORTED, of(0.93), "reproduced, within 1 point", True),
        (REPORTED, of(0.945), "not reproduced: 2.50 points above the reported figure", False),
        (REPORTED, of(0.9), "not reproduced: 2.00 points below the reported figure", False),
        (REPORTED, of(None), "not measured yet", None),
        (REPORTED, of(0.92, n=2), "2 of 3 runs so far", None),
        (LEARNS, of(0.85), "as reported: learns", True),
        (LEARNS, of(0.5), "not as reported: learns", False),
        (EXPLAINED, of(0.85), "as expected: one answer", True),
        (EXPLAINED, of(0.5), "not as expected: one answer", False),
        (Figure("section 5"), of(0.85), "no number reported", None),
        (LOSS, of(0.4), "not reproduced: 0.1000 above the reported figure", False),
        (COUNT, of(421_642.0), "reproduced exactly", True),
    ],
)  # fmt: skip
def test_what_is_said_of_a_figure(figure: Figure, measured: Measured, words: str, is_met: bool | None):
    verdict = judge(figure, measured)
    assert (verdict.words, verdict.is_met) == (words, is_met)


@pytest.mark.parametrize(
    ("figure", "words", "is_met"),
    [
        (
            Figure("figure 2", between=(0.0, 0.2), statement="fails"),
            "as reported: 3 of 3 runs diverged",
            True,
        ),
        (LEARNS, "3 of 3 runs diverged", False),
        (REPORTED, "3 of 3 runs diverged", False),
    ],
)
def test_a_diverged_run_is_a_result(store: Store, figure: Figure, words: str, is_met: bool):
    runs = []
    for config in SMALL.configs_of(SMALL.find("relu"))[:1] * 3:
        run = store.create_run(config)
        store.claim(run.id, device="cpu", host="here")
        store.end(run.id, RunStatus.FAILED, "The loss became infinite in epoch 1.")
        runs.append(store.run(run.id))
    verdict = judge(figure, Measured(None, None, 0, 3, tuple(runs)))
    assert (verdict.words, verdict.is_met) == (words, is_met)


def test_the_difference_is_measured_minus_reported():
    assert judge(REPORTED, of(0.945)).difference == pytest.approx(0.025)
    assert judge(LEARNS, of(0.945)).difference is None


def test_the_quick_version_is_not_judged():
    verdict = judge(REPORTED, of(0.5), quick=True)
    assert verdict.is_met is None
    assert "quick" in verdict.words
    assert verdict.difference == pytest.approx(-0.42)


def test_an_order_is_kept_or_the_other_one_is_named():
    order = SMALL.orders[0]
    assert judge_order(SMALL, order, {"tanh": 0.9, "relu": 0.8}).is_met is True
    other = judge_order(SMALL, order, {"tanh": 0.8, "relu": 0.9})
    assert (other.is_met, other.words) == (
        False,
        "tanh before ReLU. Not so here: ReLU 90.00\N{NO-BREAK SPACE}%; tanh 80.00\N{NO-BREAK SPACE}%.",
    )
    assert judge_order(SMALL, order, {"tanh": 0.8, "relu": None}).is_met is None


@pytest.mark.parametrize(
    ("relu", "tanh", "is_met"),
    [
        ({0: 0.90, 1: 0.91, 2: 0.92}, {0: 0.92, 1: 0.93, 2: 0.94}, True),
        ({0: 0.92, 1: 0.93, 2: 0.94}, {0: 0.90, 1: 0.91, 2: 0.92}, False),
        ({0: 0.90, 1: 0.93, 2: 0.92}, {0: 0.92, 1: 0.91, 2: 0.93}, None),  # it has it on two seeds of three
        ({0: 0.92, 1: 0.91, 2: 0.93}, {0: 0.90, 1: 0.93, 2: 0.92}, None),
        ({0: 0.90}, {0: 0.92}, True),  # of single runs only the values are known
    ],
)
def test_an_order_that_seeds_do_not_tell_is_neither_kept_nor_broken(
    relu: dict[int, float], tanh: dict[int, float], is_met: bool | None
):
    seeds = {"relu": relu, "tanh": tanh}
    means = {name: sum(values.values()) / len(values) for name, values in seeds.items()}
    verdict = judge_order(SMALL, SMALL.orders[0], means, seeds)
    assert verdict.is_met is is_met
    assert ("Too close to tell here: tanh 9" in verdict.words) == (is_met is None)


@pytest.mark.parametrize(
    ("figure", "words"),
    [
        (Figure("", between=(0.0, 0.2), statement="fails"), "at most 20\N{NO-BREAK SPACE}%"),
        (Figure("", between=(0.999, 1.0), statement="all"), "at least 99.9\N{NO-BREAK SPACE}%"),
        (Figure("", between=(0.4, 0.7), statement="half"), "40\N{NO-BREAK SPACE}% to 70\N{NO-BREAK SPACE}%"),
        (
            Figure("", metric="accuracy_gap", between=(-0.03, 0.03), statement="near"),
            "± 3\N{NO-BREAK SPACE}points",
        ),
        (Figure("", metric="train_loss", between=(4.606, 1e9), statement="explodes"), "at least 4.606"),
        (REPORTED, ""),
    ],
)
def test_what_counts_as_a_reports_words_is_told(figure: Figure, words: str):
    assert bounds(Experiment("one", "One", figure, {})) == words


def test_differences_of_shares_are_told_in_points():
    lead = Experiment("lead", "Lead", Figure("", value=0.0593, tolerance=0.01, over="other"), {})
    assert amount(-0.0593, lead) == "−5.93\N{NO-BREAK SPACE}points"
    gap = Experiment("gap", "Gap", Figure("", metric="accuracy_gap"), {})
    assert amount(0.0215, gap) == "2.15\N{NO-BREAK SPACE}points"


def test_a_mean_of_whole_numbers_keeps_a_decimal():
    epochs = FIRST.find("classifier-4-epochs")
    assert (amount(60.0, epochs), amount(28 + 1 / 3, epochs)) == ("60", "28.3")
