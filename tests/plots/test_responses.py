import pytest

from explorer.evaluation.sweeps import Spread, SweepPoint
from explorer.plots.responses import heat_map, in_words, response
from explorer.ui.sweep_form import say
from tests.plots.records import named

RATE, LAYERS = "optimizer.learning_rate", "network.hidden"


def point(
    *values: tuple[str, object], mean: float | None = None, deviation: float | None = None, **facts: int
):
    scores = () if mean is None else (("validation_accuracy", Spread(mean, deviation, 3)),)
    counts = {"n": 3, "failed": 0, "diverged": 0, "active": 0, "epoch": 3} | facts
    return SweepPoint(values=values, run_ids=(1, 2, 3), scores=scores, **counts)  # type: ignore[arg-type]


def test_a_response_has_a_band_of_one_deviation_within_zero_and_one():
    drawn = response(
        [point((RATE, 0.01), mean=0.5, deviation=0.1), point((RATE, 0.1), mean=0.98, deviation=0.05),
         point((RATE, 1.0), mean=0.2)],
        RATE, "learning rate", "validation_accuracy", named,
    )  # fmt: skip
    first, second, third = drawn.points
    assert (first.mean, first.low, first.high) == (0.5, pytest.approx(0.4), pytest.approx(0.6))
    assert second.high == 1.0
    assert (third.low, third.high) == (0.2, 0.2)
    assert [entry.is_best for entry in drawn.points] == [False, True, False]
    assert [entry.place for entry in drawn.points] == [
        pytest.approx(0.05),
        pytest.approx(0.5),
        pytest.approx(0.95),
    ]
    assert drawn.is_joined
    assert "98.00\xa0% ± 5.00\xa0% (3 runs) (best)" in drawn.summary


def test_a_value_whose_runs_all_diverged_keeps_its_place():
    drawn = response(
        [point((RATE, 0.01), mean=0.5), point((RATE, 10), failed=3, diverged=3)],
        RATE, "learning rate", "validation_accuracy", named,
    )  # fmt: skip
    last = drawn.points[1]
    assert (last.mean, last.failed, last.is_best) == (None, 3, False)
    assert last.words == "10: no score, 3 diverged"


def test_words_are_not_joined_by_a_line():
    points = [point(("network.activation", name), mean=0.5) for name in ("relu", "tanh")]
    assert not response(points, "network.activation", "activation", "validation_accuracy", named).is_joined


def test_a_point_in_words():
    assert in_words(point((RATE, 1), mean=0.5, failed=2, diverged=1, active=1), "validation_accuracy") == (
        "50.00\xa0% (3 runs), 1 diverged, 1 failed, 1 not ended"
    )


def test_a_map_has_a_cell_a_pair_shaded_from_the_worst_to_the_best():
    points = [
        point((RATE, rate), (LAYERS, layers), mean=mean)
        for rate, layers, mean in [
            (0.01, [64], 0.5), (0.01, [8], 0.6), (0.1, [64], 0.9), (0.1, [8], None),
        ]
    ]  # fmt: skip
    drawn = heat_map(points, (RATE, LAYERS), ("learning rate", "layers"), "validation_accuracy", named)
    assert (drawn.columns, drawn.rows) == (("0.01", "0.1"), ("[64]", "[8]"))
    assert [(cell.column, cell.row, cell.shade) for cell in drawn.cells] == [
        (0, 0, 0.0), (0, 1, pytest.approx(0.25)), (1, 0, 1.0), (1, 1, None),
    ]  # fmt: skip
    assert [cell.label for cell in drawn.cells] == ["50.0", "60.0", "90.0", "…"]
    assert [cell.is_best for cell in drawn.cells] == [False, False, True, False]
    assert "Best: 0.1, [64]: 90.00" in drawn.summary


def test_rows_of_numbers_ascend():
    points = [point(("network.activation", "relu"), (RATE, rate), mean=0.5) for rate in (0.1, 0.001)]
    drawn = heat_map(points, ("network.activation", RATE), ("a", "b"), "validation_accuracy", named)
    assert drawn.rows == ("0.001", "0.1")


def test_a_map_without_scores_can_be_drawn():
    drawn = heat_map(
        [point((RATE, 1), (LAYERS, [8]), failed=1)], (RATE, LAYERS), ("a", "b"), "test_accuracy", named
    )
    assert [(cell.shade, cell.label) for cell in drawn.cells] == [(None, "failed")]


def test_lists_are_called_by_what_they_are_of():
    labels, hidden = "data.labels", "network.hidden"
    points = [
        point((labels, shown), (hidden, layers), mean=0.5)
        for shown in ([], [3, 8])
        for layers in ([], [12, 10])
    ]
    drawn = heat_map(points, (labels, hidden), ("a", "b"), "validation_accuracy", say)
    assert (drawn.columns, drawn.rows) == (("all", "3-8"), ("none", "12-10"))
    assert drawn.cells[0].words.startswith("all, none: ")
    assert response(points[::2], labels, "labels", "validation_accuracy", say).summary.count("all: ") == 1
