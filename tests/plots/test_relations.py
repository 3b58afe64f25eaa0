from datetime import UTC, datetime

import pytest

from explorer.config.baseline import BaselineConfig
from explorer.config.parsing import config_from_paths
from explorer.plots.relations import Quantity, parallel_runs, scatter
from explorer.records import Run, RunStatus
from explorer.ui.sweep_form import say

ACCURACY = Quantity("validation accuracy", lambda run: run.epoch / 100 if run.epoch else None, is_share=True)
RATE = Quantity("rate", lambda run: run.network_config.optimizer.learning_rate)
STEP = Quantity("step", lambda run: run.step)
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def run(number: int, accuracy: int, rate: float | None = 0.001) -> Run:
    """A run whose accuracy in percent is its epoch; a baseline where there is no rate."""
    config = BaselineConfig() if rate is None else config_from_paths({"optimizer.learning_rate": rate})
    return Run(
        id=number, name=f"run {number}", config=config, status=RunStatus.FINISHED, reason="", group=None,
        device=None, request=None, epoch=accuracy, step=10 * number, total_steps=100, samples_per_second=1.0,
        created_at=NOW, started_at=None, ended_at=None, result=None,
    )  # fmt: skip


NAMES = {number: f"run {number}" for number in range(9)}


def test_runs_without_both_quantities_are_counted_and_left_out():
    drawn = scatter([run(1, 90), run(2, 0), run(3, 92)], NAMES, STEP, ACCURACY, ACCURACY.of)
    assert (len(drawn.points), drawn.missing) == (2, 1)
    assert drawn.points[0].words == "run 1\nstep: 10\nvalidation accuracy: 90.00 %"
    assert drawn.ends == (0.9, 0.92)


def test_an_axis_is_logarithmic_where_values_span_a_decade():
    drawn = scatter([run(1, 10, 0.01), run(2, 99, 0.001)], NAMES, RATE, ACCURACY, ACCURACY.of)
    assert drawn.x.is_log
    assert not drawn.y.is_log  # an accuracy, though it spans nearly as much
    assert not scatter([run(1, 10), run(2, 99, 0.005)], NAMES, RATE, ACCURACY, ACCURACY.of).x.is_log


def test_the_best_is_drawn_last_and_baselines_are_told_from_networks():
    runs = [run(1, 95), run(2, 0), run(3, 90, None)]
    drawn = scatter(runs, NAMES, STEP, Quantity("one", lambda _: 1.0), ACCURACY.of)
    assert [(point.shade, point.is_baseline) for point in drawn.points] == [
        (None, False), (0.0, True), (1.0, False),
    ]  # fmt: skip
    assert drawn.points[2].words.endswith("\nvalidation accuracy: 95.00 %")
    assert scatter([], NAMES, STEP, ACCURACY, ACCURACY.of).ends is None


def test_parallel_coordinates_end_at_the_score_with_the_best_on_top():
    runs = [
        ("a", {"rate": 0.001, "act": "relu"}, 0.9),
        ("b", {"rate": 0.1, "act": "tanh"}, 0.8),
        ("c", {"rate": 0.01, "act": "relu"}, None),
    ]
    drawn = parallel_runs(runs, ["rate", "act"], ["Rate", "Act"], score="Validation accuracy", say=say)
    assert [axis.title for axis in drawn.axes] == ["Rate", "Act", "Validation accuracy"]
    unscored, worst, best = drawn.lines
    assert (unscored.shade, worst.shade, best.shade) == (None, 0.0, 1.0)
    assert best.is_best
    assert not worst.is_best
    assert best.places[-1] == 1.0
    assert worst.places[0] - best.places[0] == pytest.approx(0.9)  # the ends of a logarithmic axis
    assert unscored.places[0] == pytest.approx((worst.places[0] + best.places[0]) / 2)
    assert best.words == "a\nRate 0.001, Act ReLU\nvalidation accuracy 90.00 %"
