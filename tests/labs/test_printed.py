"""A report's printed tables beside the means of runs whose answers are written by hand."""

from dataclasses import replace

import pytest

from explorer.labs.printed import confusion_pairs, has_printed, score_pairs
from explorer.labs.reported import ReportedConfusion, ReportedScores
from explorer.records import Run, RunStatus
from explorer.storage.store import Store
from tests.cli.samples import evaluation, run_result

from .conftest import SMALL

NONE = (0.0,) * 9
PRINTED = replace(
    SMALL,
    confusions=(
        ReportedConfusion("In images", "Table 1", "relu", ((7.0, 3.0), (0.0, 0.0)), "images"),
        ReportedConfusion("In percent", "Table 2", "relu", ((70.25, 29.75), (0.0, 0.0)), "row percent"),
    ),
    tables=(ReportedScores("Recall", "Table 3", "recall", {"ReLU": ("relu", (0.8, *NONE))}, 0.05),),
)


@pytest.fixture
def runs(store: Store) -> list[Run]:
    """Two repeats: 9 and 6 of 10 images of the first class right, the others read as the second."""
    found = []
    for config, right in zip(PRINTED.configs_of(PRINTED.find("relu")), (9, 6), strict=True):
        run = store.create_run(config)
        store.claim(run.id, device="cpu", host="here")
        store.end(run.id, RunStatus.FINISHED, result=replace(run_result(), test=evaluation(right)))
        found.append(store.run(run.id))
    return found


def test_a_printed_matrix_stands_beside_the_mean_of_the_runs(runs: list[Run]):
    images, percent = confusion_pairs(PRINTED, PRINTED.find("relu"), runs)
    assert (images.as_shares, percent.as_shares) == (False, True)
    assert images.reported[0] == (7, 3)
    assert images.measured[0][:2] == (8, 2)  # 7.5 and 2.5, each to the even number
    assert percent.reported[0] == (7025, 2975)
    assert percent.measured[0][:2] == (7500, 2500)


def test_printed_scores_stand_beside_means_and_those_too_far_off_are_counted(runs: list[Run]):
    (pair,) = score_pairs(PRINTED, PRINTED.find("relu"), runs)
    assert pair.measured == pytest.approx((0.75, *NONE))
    assert pair.off == 0
    assert replace(pair, reported=(0.81, *NONE)).off == 1


def test_nothing_is_set_beside_runs_that_have_not_ended_or_were_not_printed(runs: list[Run]):
    assert confusion_pairs(PRINTED, PRINTED.find("relu"), ()) == ()
    assert score_pairs(PRINTED, PRINTED.find("tanh"), runs) == ()
    assert [has_printed(PRINTED, PRINTED.find(name)) for name in ("relu", "tanh")] == [True, False]
