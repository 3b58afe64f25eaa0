from dataclasses import replace
from math import inf, nan

import pytest

from explorer.config.parsing import config_from_paths
from explorer.plots.swept_curves import MOST_DRAWN, swept_curves
from explorer.records import EpochMetrics, Run, RunStatus
from tests.evaluation.test_sweeps import run
from tests.plots.records import named

RATE = "optimizer.learning_rate"


def epoch(number: int, loss: float | None) -> EpochMetrics:
    return EpochMetrics(number, number, number, 1.0, 0.5, loss, 0.5, None, None, 0.1, 1.0, ())


def drawn(runs: list[Run], epochs: dict[int, list[EpochMetrics]], fields: tuple[str, ...] = (RATE,)):
    return swept_curves(runs, epochs, "validation_loss", fields=fields, axis="Learning rate", say=named)


def test_every_run_is_a_line_shaded_by_its_value():
    runs = [run(number, optimizer__learning_rate=rate) for number, rate in [(2, 0.1), (1, 0.001), (3, 0.01)]]
    curves = drawn(runs, {1: [epoch(1, 2.0), epoch(2, 1.0)], 2: [epoch(1, 0.5)]})
    assert [line.shade for line in curves.lines] == [
        pytest.approx(0.05), pytest.approx(0.95), pytest.approx(0.5),
    ]  # fmt: skip
    assert [line.name for line in curves.lines] == [
        "0.001, seed 0 · run 1", "0.1, seed 0 · run 2", "0.01, seed 0 · run 3",
    ]  # fmt: skip
    assert (curves.lines[0].places, curves.lines[0].values) == ((1.0, 2.0), (2.0, 1.0))
    assert curves.lines[2].places == ()
    assert curves.last_epoch == 10
    assert "2 of 3 runs" in curves.summary


@pytest.mark.parametrize(("top", "is_so"), [(2.5, False), (9.0, False), (11.0, True), (inf, False)])
def test_a_loss_that_would_press_the_others_to_the_foot_is_an_outlier(top: float, is_so: bool):
    losses = {1: [epoch(1, 2.0), epoch(2, 0.1)], 2: [epoch(1, 2.0)], 3: [epoch(1, top)], 4: []}
    assert drawn([run(number) for number in losses], losses).has_outliers == is_so


def test_a_run_that_diverged_keeps_the_line_it_drew():
    wild = replace(run(1), status=RunStatus.FAILED)
    curves = drawn([wild, run(2)], {1: [epoch(1, 2.0), epoch(2, nan), epoch(3, inf)]})
    assert curves.lines[0].is_failed
    assert curves.lines[0].values == (2.0,)
    assert not curves.lines[1].is_failed
    assert "1 failed" in curves.summary


def test_without_a_swept_field_runs_are_told_apart_by_their_number():
    curves = drawn([run(1), run(2, training__seed=1)], {}, ())
    assert [line.shade for line in curves.lines] == [pytest.approx(0.05), pytest.approx(0.95)]


def test_many_long_curves_are_thinned_and_keep_their_ends_and_extremes():
    losses = [2.0 - n / 1000 for n in range(1000)]
    losses[500] = 9.0
    epochs = [epoch(n + 1, loss) for n, loss in enumerate(losses)]
    config = config_from_paths({"training.epochs": 1000})
    runs = [replace(run(number), config=config) for number in range(1024)]
    curves = drawn(runs, dict.fromkeys(range(1024), epochs))
    assert sum(len(line.places) for line in curves.lines) <= MOST_DRAWN
    assert {line.places[0] for line in curves.lines} == {1.0}
    assert {line.places[-1] for line in curves.lines} == {1000.0}
    assert {max(line.values) for line in curves.lines} == {9.0}
