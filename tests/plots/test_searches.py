from dataclasses import replace

import pytest

from explorer.config.parsing import config_from_paths
from explorer.config.searching import Range
from explorer.plots.searches import parallel, trials
from explorer.records import Run, RunStatus
from tests.evaluation.test_sweeps import result, run
from tests.plots.records import named

RANGES = (
    Range("optimizer.learning_rate", "log", 1e-4, 1.0),
    Range("network.dropout", "lin", 0.0, 0.5),
    Range("network.activation", "choice", choices=("relu", "tanh", "elu")),
)


def searched(number: int, loss: float | None, rate: float = 0.01, **fields: object) -> Run:
    """A run that came to this loss; without one it failed."""
    values = {"optimizer.learning_rate": rate} | {
        path.replace("__", "."): value for path, value in fields.items()
    }
    ended = None if loss is None else result(0.5, loss=loss)
    status = RunStatus.FAILED if loss is None else RunStatus.FINISHED
    return replace(run(number, ended, status, "The loss became nan."), config=config_from_paths(values))


def loss_of(one: Run) -> float | None:
    found = one.network_result
    return found.validation.loss if found is not None and found.validation is not None else None


def test_the_best_so_far_only_gets_better_in_the_order_of_the_runs():
    runs = [searched(7, 0.5), searched(5, 0.8), searched(6, None), searched(8, 0.6)]
    drawn = trials(runs, "validation_loss", 32, loss_of)
    assert [(point.number, point.score, point.best_so_far) for point in drawn.points] == [
        (1, 0.8, 0.8), (2, None, 0.8), (3, 0.5, 0.5), (4, 0.6, 0.5),
    ]  # fmt: skip
    assert [point.is_failed for point in drawn.points] == [False, True, False, False]
    assert [point.is_best for point in drawn.points] == [False, False, True, False]
    assert drawn.points[1].words == "run 2 of 32: failed"
    assert "best 0.5000 in run 3" in drawn.summary


def test_of_accuracies_the_greatest_is_best():
    runs = [searched(1, 0.3), searched(2, 0.9)]
    drawn = trials(runs, "validation_accuracy", 2, loss_of)
    assert [point.best_so_far for point in drawn.points] == [0.3, 0.9]
    assert drawn.is_share
    assert "90.00\xa0%" in drawn.summary


def test_before_a_run_has_ended_there_is_no_best():
    drawn = trials([run(1, status=RunStatus.RUNNING)], "validation_loss", 8, loss_of)
    assert (drawn.points[0].score, drawn.points[0].best_so_far) == (None, None)
    assert "0 of 8 runs." in drawn.summary


def axes_of(*runs: Run):
    titles = ("Rate", "Dropout", "Activation")
    return parallel(runs, RANGES, "validation_loss", titles=titles, score_of=loss_of, say=named)


def test_each_run_is_a_line_through_its_place_on_every_axis():
    drawn = axes_of(
        searched(1, 0.4, 1e-4, network__dropout=0.5, network__activation="elu"),
        searched(2, 0.8, 1.0, network__dropout=0.0, network__activation="relu"),
        searched(3, 0.5, 0.01, network__dropout=0.125, network__activation="tanh"),
    )
    worst, middle, best = drawn.lines
    assert worst.places == pytest.approx((1.0, 0.0, 0.0, 0.0))
    assert middle.places == pytest.approx((0.5, 0.25, 0.5, 0.75))
    assert best.places == pytest.approx((0.0, 1.0, 1.0, 1.0))
    assert [line.is_best for line in drawn.lines] == [False, False, True]
    assert [axis.title for axis in drawn.axes] == ["Rate", "Dropout", "Activation", "Validation loss"]
    assert [text for _, text in drawn.axes[0].ticks] == ["0.0001", "0.001", "0.01", "0.1", "1.0"]
    assert [text for _, text in drawn.axes[2].ticks] == ["relu", "tanh", "elu"]
    assert drawn.axes[3].ticks == ((0.0, "0.8000"), (1.0, "0.4000"))
    assert best.words.startswith("Rate 0.0001, Dropout 0.5, Activation elu\n0.4000")


def test_losses_that_span_a_decade_are_told_apart_by_their_logarithm():
    drawn = axes_of(searched(1, 0.01), searched(2, 10.0), searched(3, 0.1), searched(4, 1.0))
    assert [line.shade for line in drawn.lines] == pytest.approx([0, 1 / 3, 2 / 3, 1])


def test_a_run_that_failed_is_a_line_without_a_shade_and_one_that_trains_is_none():
    drawn = axes_of(searched(1, None), searched(2, 0.5), run(3, status=RunStatus.RUNNING))
    assert [line.shade for line in drawn.lines] == [None, 1.0]
    assert "The loss became nan." in drawn.lines[0].words


def test_without_a_score_the_axes_can_be_drawn():
    drawn = axes_of(searched(1, None))
    assert drawn.axes[-1].ticks == ()
    assert axes_of().lines == ()
