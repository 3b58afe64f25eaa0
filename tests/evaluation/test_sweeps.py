from dataclasses import replace
from datetime import UTC, datetime
from math import inf, nan, sqrt
from typing import Any

import pytest

from explorer.config.parsing import config_from_paths
from explorer.errors import DivergedError
from explorer.evaluation.sweeps import Spread, SweepPoint, best_point, is_diverged, spread, summarise
from explorer.records import EpochMetrics, Evaluation, Run, RunResult, RunStatus

RATE = "optimizer.learning_rate"
BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)


def evaluation(accuracy: float, loss: float) -> Evaluation:
    return Evaluation(loss, accuracy, ((1,),), ())


def result(validation: float | None, test: float = 0.5, loss: float = 1.0) -> RunResult:
    known = None if validation is None else evaluation(validation, loss)
    return RunResult(1, 3, 3, 3, evaluation(0.9, 0.1), known, evaluation(test, 2.0), (), 1.0, 1.0, 1)


def run(
    number: int,
    ended: RunResult | None = None,
    status: RunStatus = RunStatus.FINISHED,
    reason: str = "",
    **fields: Any,
) -> Run:
    config = config_from_paths({path.replace("__", "."): value for path, value in fields.items()})
    moments = (BEGINNING, BEGINNING, None)
    return Run(number, "", config, status, reason, "sweep a", "cpu", None, 0, 0, 0, 0.0, *moments, ended)


def epoch(number: int, accuracy: float | None, loss: float = 1.0) -> EpochMetrics:
    return EpochMetrics(number, number, number, loss, 0.25, loss, accuracy, None, None, 0.1, 1.0, ())


def point(validation: float | None, loss: float = 1.0, failed: int = 0) -> SweepPoint:
    scores = () if validation is None else (
        ("validation_accuracy", Spread(validation, None, 1)), ("validation_loss", Spread(loss, None, 1)),
    )  # fmt: skip
    return SweepPoint(((RATE, validation),), (1,), 1, failed, 0, 0, 3, scores)  # type: ignore[arg-type]


def test_a_spread_by_hand():
    assert spread([]) is None
    assert spread([0.5]) == Spread(0.5, None, 1)
    assert spread([1.0, 2.0, 6.0]) == Spread(3.0, sqrt(7.0), 3)  # (4 + 1 + 9) / 2


def test_repeats_of_a_value_are_one_point_and_values_ascend():
    runs = [
        run(1, result(0.8, 0.7), optimizer__learning_rate=0.1),
        run(2, result(0.5, 0.9), optimizer__learning_rate=0.01),
        run(3, result(0.6, 0.5), optimizer__learning_rate=0.1, training__seed=1),
    ]
    low, high = summarise(runs, (RATE,))
    assert (low.values, low.run_ids, low.n) == (((RATE, 0.01),), (2,), 1)
    assert (high.values, high.run_ids, high.n, high.value(RATE)) == (((RATE, 0.1),), (1, 3), 2, 0.1)
    accuracy = high.score("validation_accuracy")
    assert accuracy is not None
    assert (accuracy.mean, accuracy.deviation) == (pytest.approx(0.7), pytest.approx(sqrt(0.02)))
    assert high.score("test_accuracy") == Spread(pytest.approx(0.6), pytest.approx(sqrt(0.02)), 2)
    assert low.score("test_loss") == Spread(2.0, None, 1)


def test_words_and_lists_keep_the_order_of_the_runs():
    runs = [run(1, network__activation="tanh"), run(2, network__activation="relu")]
    assert [found.value("network.activation") for found in summarise(runs, ("network.activation",))] == [
        "tanh",
        "relu",
    ]
    layers = [run(1, network__hidden=[64]), run(2, network__hidden=[8, 8]), run(3, network__hidden=[64])]
    assert [found.run_ids for found in summarise(layers, ("network.hidden",))] == [(1, 3), (2,)]


def test_two_fields_make_a_grid_whose_last_field_is_fastest():
    runs = [
        run(number, optimizer__learning_rate=rate, training__batch_size=batch)
        for number, (rate, batch) in enumerate([(0.1, 64), (0.01, 64), (0.1, 32), (0.01, 32)])
    ]
    fields = (RATE, "training.batch_size")
    assert [tuple(value for _, value in found.values) for found in summarise(runs, fields)] == [
        (0.01, 32),
        (0.01, 64),
        (0.1, 32),
        (0.1, 64),
    ]


def test_a_run_that_still_trains_is_judged_by_its_newest_epoch():
    training = run(1, status=RunStatus.RUNNING)
    (found,) = summarise([training], (RATE,), {1: [epoch(1, 0.3), epoch(2, 0.4)]})
    assert found.score("validation_accuracy") == Spread(0.4, None, 1)
    assert found.score("test_accuracy") is None
    assert (found.active, found.n) == (1, 1)
    (waiting,) = summarise([replace(training, status=RunStatus.QUEUED)], (RATE,))
    assert (waiting.active, waiting.n, waiting.scores) == (1, 0, ())


def test_a_failed_run_is_counted_and_takes_no_part_in_the_mean():
    diverged = str(DivergedError(1, 12, inf, "Lower optimizer.learning_rate."))
    runs = [
        run(1, result(0.8)),
        run(2, None, RunStatus.FAILED, diverged),
        run(3, None, RunStatus.FAILED, "The worker was lost."),
    ]
    (found,) = summarise(runs, (RATE,), {2: [epoch(1, 0.1)]})
    assert (found.n, found.failed, found.diverged) == (1, 2, 1)
    assert found.score("validation_accuracy") == Spread(0.8, None, 1)
    assert [is_diverged(each) for each in runs] == [False, True, False]


def test_what_is_not_a_number_is_no_score():
    (found,) = summarise([run(1, status=RunStatus.RUNNING)], (RATE,), {1: [epoch(1, 0.5, loss=nan)]})
    assert found.score("validation_loss") is None
    assert found.score("validation_accuracy") == Spread(0.5, None, 1)


def test_the_best_is_chosen_by_validation_and_never_by_the_test_set():
    runs = [
        run(1, result(0.8, test=0.1), optimizer__learning_rate=0.1),
        run(2, result(0.7, test=0.9), optimizer__learning_rate=0.01),
    ]
    best = best_point(summarise(runs, (RATE,)))
    assert best is not None
    assert best.value(RATE) == 0.1
    assert best_point(summarise([run(1, result(None, test=0.9))], (RATE,))) is None
    assert best_point(()) is None


def test_of_equals_the_lower_loss_is_best():
    assert best_point([point(0.8, loss=0.5), point(0.8, loss=0.4)]) == point(0.8, loss=0.4)


def test_the_best_by_loss_is_the_one_of_the_least_loss():
    assert best_point([point(0.8, loss=0.5), point(0.7, loss=0.4)], "validation_loss") == point(0.7, loss=0.4)
    assert best_point([point(0.8, loss=0.4), point(0.7, loss=0.4)], "validation_loss") == point(0.8, loss=0.4)


def test_a_value_at_which_runs_failed_is_best_only_if_all_have_failures():
    shaky, steady = point(0.9, failed=1), point(0.8)
    assert best_point([shaky, steady]) == steady
    assert best_point([shaky, point(None)]) == shaky
