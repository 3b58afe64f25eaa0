"""What the labs show of their experiments, as data."""

import pytest

from explorer.labs.experiment import Lab, Metric
from explorer.labs.pictures import Beside, Curves, Grid, Response, Units
from explorer.labs.running import LABS


@pytest.mark.parametrize("lab", LABS.values(), ids=LABS)
def test_pictures_show_experiments_that_there_are_and_say_where_they_stand(lab: Lab):
    names = {experiment.id for experiment in lab.experiments}
    assert lab.pictures
    assert len({picture.title for picture in lab.pictures}) == len(lab.pictures)
    for picture in lab.pictures:
        assert set(picture.experiments) <= names
        assert picture.title
        assert picture.where
        assert picture.says


@pytest.mark.parametrize("lab", LABS.values(), ids=LABS)
def test_the_figures_of_a_picture_are_in_one_unit(lab: Lab):
    for picture in lab.pictures:
        if isinstance(picture, Beside | Response | Grid):
            metrics: set[Metric] = {lab.find(name).figure.metric for name in picture.experiments}
            assert all(metric.endswith("loss") for metric in metrics) or not any(
                metric.endswith("loss") for metric in metrics
            )


@pytest.mark.parametrize("lab", LABS.values(), ids=LABS)
def test_each_lab_sets_what_was_reported_beside_what_is_measured(lab: Lab):
    assert any(isinstance(picture, Beside) for picture in lab.pictures)


def test_every_experiment_shows_something_and_nothing_twice():
    for lab in LABS.values():
        for experiment in lab.experiments:
            assert experiment.shows
            assert len(set(experiment.shows)) == len(experiment.shows)


def test_what_the_reports_show_is_shown():
    def shows(lab: str, experiment: str) -> tuple[str, ...]:
        return LABS[lab].find(experiment).shows

    assert {"row_shares", "weights"} <= set(shows("second", "mlp-50000-decay"))
    assert {"gallery", "squared_error"} <= set(shows("third", "relu-final"))
    assert {"units", "confusion", "squared_error"} <= set(shows("third", "relu-1-layer-3-epochs-0.01"))
    assert {"confusion", "units", "curves"} <= set(shows("fourth", "relu"))
    assert "stopping" in shows("first", "classifier-1")


def test_the_fourth_and_the_fifth_report_are_drawn_over_what_they_vary():
    fourth = LABS["fourth"].pictures
    by_rate = next(picture for picture in fourth if picture.where == "Figure 2")
    assert isinstance(by_rate, Curves)
    assert len(by_rate.lines) == 6
    assert any(isinstance(picture, Units) and picture.where == "Figure 5" for picture in fourth)
    noise = next(picture for picture in fourth if picture.where == "Section 5.1")
    assert isinstance(noise, Response)
    assert set(noise.lines) == {"forward", "backward"}
    assert noise.lines["backward"][0.5] == "backward-noise-0.5"
    grid = LABS["fifth"].pictures[0]
    assert isinstance(grid, Grid)
    assert (len(grid.rows), len(grid.columns), len(set(grid.experiments))) == (8, 4, 32)
