"""The tables that reports print: typed in without a slip, and measured beside."""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import pytest

from explorer.labs.experiment import Figure
from explorer.labs.fourth_tables import CONFUSIONS, SCORE_TABLES, mean_of, of_digit
from explorer.labs.measured import mean_confusion, mean_scores, measure, runs_of
from explorer.labs.reported import ReportedConfusion, Score, matrix
from explorer.labs.running import LABS
from explorer.records import Run, RunStatus
from explorer.storage.store import Store
from tests.cli.samples import run_result

from .conftest import SMALL
from .test_measured import record

EVERY = [confusion for lab in LABS.values() for confusion in lab.confusions]


def scores_of(confusion: np.ndarray) -> dict[Score, np.ndarray]:
    right = np.diag(confusion)
    precision, recall = right / confusion.sum(axis=0), right / confusion.sum(axis=1)
    return {"precision": precision, "recall": recall, "f1": 2 * precision * recall / (precision + recall)}


@pytest.mark.parametrize("confusion", CONFUSIONS, ids=lambda confusion: confusion.where)
def test_the_fourth_reports_scores_follow_from_its_confusion_matrices(confusion: ReportedConfusion):
    expected = scores_of(np.array(confusion.rows))
    for table in SCORE_TABLES:
        [values] = [values for name, values in table.rows.values() if name == confusion.experiment]
        # The matrices are means over five runs without their decimals, the scores are not.
        np.testing.assert_allclose(values, expected[table.score], atol=0.002)


@pytest.mark.parametrize("confusion", EVERY, ids=lambda confusion: confusion.title)
def test_a_reported_confusion_matrix_is_whole(confusion: ReportedConfusion):
    rows = np.array(confusion.rows)
    assert rows.shape == (10, 10)
    if confusion.unit == "row percent":
        np.testing.assert_allclose(rows.sum(axis=1), 100, atol=0.05)
    else:
        assert 9_940 <= rows.sum() <= 10_000  # decimals are cut off
    assert (rows.argmax(axis=1) == np.arange(10)).all()


@pytest.mark.parametrize("lab", LABS.values(), ids=LABS)
def test_tables_and_matrices_are_of_experiments_of_their_lab(lab):
    names = {experiment.id for experiment in lab.experiments}
    assert {confusion.experiment for confusion in lab.confusions} <= names
    for table in lab.tables:
        assert {name for name, _ in table.rows.values()} <= names
        assert all(len(values) == 10 for _, values in table.rows.values())


def test_the_numbers_of_sentences_are_those_of_the_tables():
    assert of_digit("f1", "sigmoid", 1) == 0.9668
    assert of_digit("f1", "relu", 3) == 0.9750
    assert of_digit("f1", "tanh", 8) == 0.9736
    assert mean_of("f1", "sigmoid") == pytest.approx(0.92201, abs=1e-5)


def test_a_table_is_read_line_by_line():
    assert matrix("  1 2\n\n3.5 0 \n") == ((1.0, 2.0), (3.5, 0.0))


def ended(store: Store, accuracies: Iterable[float] = (0.9, 0.9)) -> tuple[Run, ...]:
    """Runs of ten images of the digit 0, of which nine are answered 0 and one 1."""
    configs = SMALL.configs_of(SMALL.find("relu"))
    return tuple(
        record(store, config, accuracy) for config, accuracy in zip(configs, accuracies, strict=True)
    )


def test_scores_and_confusion_are_means_over_the_runs_that_ended(store: Store):
    runs = ended(store)
    result = run_result()
    second = replace(runs[1], result=replace(result, test=result.train))  # ten of ten
    waits = replace(runs[0], status=RunStatus.QUEUED, result=None)
    scores = mean_scores((runs[0], second, waits), "recall")
    assert scores is not None
    assert scores[:2] == (pytest.approx(0.95), 0.0)
    rows = mean_confusion((runs[0], second, waits), percent=False)
    assert rows is not None
    assert rows[0][:3] == (9.5, 0.5, 0.0)
    percent = mean_confusion((runs[0], second), percent=True)
    assert percent is not None
    assert percent[0][:2] == (95.0, 5.0)
    assert percent[1] == (0.0,) * 10
    assert (mean_scores((waits,), "f1"), mean_confusion((waits,), percent=True)) == (None, None)


@pytest.mark.parametrize(
    ("figure", "value"),
    [
        (Figure("x", metric="recall", digit=0), 0.9),
        (Figure("x", metric="recall"), 0.09),
        (Figure("x", metric="f1", digit=0), 18 / 19),
        (Figure("x", metric="largest_answer_share"), 0.9),
        (Figure("x", metric="accuracy_gap"), 0.2),  # ten of ten in training, eight of ten in validation
        (Figure("x", metric="dead_share", epoch=1), 0.25),
        (Figure("x", metric="inactive_share", epoch=1), 0.5),
        (Figure("x", metric="dead_share"), 0.25),  # after the last epoch
        (Figure("x", metric="validation_accuracy", epoch=2), None),
    ],
    ids=lambda value: f"{value.metric} {value.digit} {value.epoch}" if isinstance(value, Figure) else None,
)
def test_what_a_figure_asks_for_is_taken_from_the_run(store: Store, figure: Figure, value: float | None):
    ended(store)
    experiment = replace(SMALL.find("relu"), figure=figure)
    measured = measure(store, SMALL, experiment, runs_of(store, SMALL, quick=False), quick=False)
    assert measured.mean == (None if value is None else pytest.approx(value))
