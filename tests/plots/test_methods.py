from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from explorer.config.parsing import baseline_from_paths, config_from_paths
from explorer.evaluation.metrics import per_class
from explorer.plots.methods import best_of_each, draw_methods
from explorer.plots.methods_parameters import Trial, draw_trials, trials_by_name
from explorer.plots.methods_scores import draw_scores, score_bars
from explorer.plots.methods_weights import draw_weight_pictures, weight_pictures
from explorer.records import BaselineResult, Evaluation, Run, RunResult, RunStatus

NAMES = tuple("0123456789")
NOW = datetime(2026, 11, 21, tzinfo=UTC)


def evaluation(right: int) -> Evaluation:
    """So many of 100 images right; all others, of class 0, read as 1."""
    counts = np.zeros((10, 10), dtype=int)
    counts[0, 0], counts[0, 1] = right, 100 - right
    return Evaluation(
        loss=None,
        accuracy=right / 100,
        confusion=tuple(tuple(int(count) for count in row) for row in counts),
        per_class=per_class(counts),
    )


def run(number: int, test: int, validation: int | None, **fields: object) -> Run:
    config = baseline_from_paths({path.replace("__", "."): value for path, value in fields.items()})
    result = BaselineResult(
        features=784,
        train=None,
        validation=None if validation is None else evaluation(validation),
        test=evaluation(test),
        feature_seconds=9.0,
        fit_seconds=0.0,
        predict_seconds=2.5,
        model_bytes=1_000,
        duration_seconds=12.0,
        threads=1,
    )
    return Run(
        number, "", config, RunStatus.FINISHED, "", None, "cpu", None, 0, 0, 0, 0.0, NOW, NOW, NOW, result
    )


def network(number: int, test: int, validation: int) -> Run:
    result = RunResult(
        parameters=50_890,
        epochs_run=3,
        best_epoch=3,
        kept_epoch=3,
        train=evaluation(100),
        validation=evaluation(validation),
        test=evaluation(test),
        layers=(),
        duration_seconds=1.5,
        samples_per_second=1.0,
        threads=1,
    )
    return replace(run(number, test, validation), config=config_from_paths({}), result=result)


def test_validation_images_decide_which_run_of_a_method_is_its_best():
    runs = [run(1, test=99, validation=90), run(2, test=95, validation=96), run(3, test=100, validation=None)]
    (best,) = best_of_each(runs)
    assert (best.run.id, best.accuracy, best.validation) == (2, 0.95, 0.96)


def test_of_equals_the_newest_is_taken():
    (best,) = best_of_each([run(1, 95, 96), run(2, 95, 96)])
    assert best.run.id == 2


def test_methods_and_features_have_a_row_each_and_the_most_accurate_comes_first():
    runs = [
        run(1, 95, 95),
        run(2, 97, 96, data__features="hog"),
        run(3, 96, 96, baseline__model="forest"),
        network(4, 98, 97),
        replace(run(5, 99, 99), result=None, status=RunStatus.RUNNING),
    ]
    bests = best_of_each(runs)
    assert [(best.method, best.features, best.run.id) for best in bests] == [
        ("mlp", "pixels", 4),
        ("knn", "hog", 2),
        ("forest", "pixels", 3),
        ("knn", "pixels", 1),
    ]
    assert (bests[0].size_bytes, bests[0].parameters, bests[0].prediction_seconds) == (
        4 * 50_890,
        50_890,
        None,
    )
    assert (bests[1].size_bytes, bests[1].parameters, bests[1].prediction_seconds) == (1_000, None, 2.5)
    assert best_of_each([]) == ()


def test_what_was_not_timed_has_no_point_and_no_time_at_all_has_one_on_the_log_axis():
    bests = best_of_each([network(1, 98, 97), run(2, 95, 95), run(3, 96, 96, data__features="hog")])
    names = ["Network", "kNN with HOG", "kNN"]
    pixels, hog = draw_methods(bests, names, "training").data
    assert (list(pixels.text), list(pixels.x), list(pixels.y)) == (["Network", "kNN"], [1.5, 1e-4], [98, 95])
    assert list(hog.y) == [96]
    assert [list(line.text) for line in draw_methods(bests, names, "prediction").data] == [
        ["kNN with HOG"],
        ["kNN"],
    ]


def test_trials_are_sorted_by_value_and_the_newest_of_a_value_counts():
    points = [
        ("pixels", Trial(5, 0.94, 3)),
        ("HOG", Trial(3, 0.97, 4)),
        ("pixels", Trial(1, 0.95, 2)),
        ("pixels", Trial(5, 0.95, 9)),
    ]
    pixels, hog = trials_by_name(points)
    assert [(trial.value, trial.run_id) for trial in pixels.trials] == [(1, 2), (5, 9)]
    assert pixels.best.value == 1  # as good as 5, and smaller
    assert (hog.name, hog.best.accuracy) == ("HOG", 0.97)


@pytest.mark.parametrize("is_logarithmic", [True, False])
def test_trials_are_drawn_in_percent_one_line_a_name(is_logarithmic: bool):
    lines = trials_by_name([("pixels", Trial(0.01, 0.9, 1)), ("pixels", Trial(10, 0.95, 2))])
    figure = draw_trials(lines, parameter="C", part="test", is_logarithmic=is_logarithmic, marked=1.0)
    (line,) = figure.data
    assert (list(line.x), list(line.y)) == ([0.01, 10], [90, 95])
    assert (figure.layout.xaxis.type == "log") is is_logarithmic
    assert figure.layout.xaxis.title.text == "C"
    assert figure.layout.shapes[0].x0 == 1.0


def test_the_greatest_score_wins_and_its_lead_is_told():
    scores = np.array([-1.0, -2.0, 0.5, -3.0, 0.25, -1.0, -1.0, -1.0, -1.0, -1.0])
    bars = score_bars(scores, NAMES, offsets=np.full(10, -0.75))
    assert (bars.names[bars.winner], bars.lead) == ("2", 0.25)
    assert bars.sentences[2] == "class 2: 0.5 = 1.25 (w·x) − 0.75 (b)"
    figure = draw_scores(bars, "score")
    assert list(figure.data[0].x) == scores.tolist()
    assert figure.data[0].text[2] == "<b>0.50</b>"


def test_a_class_that_was_never_learned_has_no_bar():
    scores = np.full(10, -np.inf)
    scores[[3, 7]] = 1.0, 2.0
    bars = score_bars(scores, NAMES)
    assert (bars.names, bars.scores, bars.winner) == (("3", "7"), (1.0, 2.0), 1)
    assert bars.sentences == ("class 3: 1", "class 7: 2")
    with pytest.raises(ValueError, match="0 scores for 10 names"):
        score_bars(np.full(10, -np.inf), NAMES)


def test_weights_of_pixels_keep_their_places():
    weights = np.zeros((10, 784))
    weights[6, 28 + 2] = -3.0
    figure = draw_weight_pictures(weight_pictures(weights, NAMES))
    texts = [text for row in figure.data[0].text for text in row if text]
    assert len(texts) == 7_840
    assert [text for text in texts if text.endswith("-3")] == ["class 6, row 1, column 2: -3"]
    assert list(figure.data[1].text) == list(NAMES)
    with pytest.raises(ValueError, match="no square pictures"):
        weight_pictures(np.zeros((10, 783)), NAMES)
