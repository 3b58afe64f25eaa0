from functools import partial
from typing import Any

import numpy as np
import pytest

from explorer.config.run import RunConfig
from explorer.plots.schedule import draw_schedule, schedule_curve
from explorer.records import EpochMetrics
from explorer.training.engine import steps_per_epoch, train
from explorer.training.schedule import learning_rate_at
from tests.training.samples import CPU, config, random_splits

SCHEDULES: list[dict[str, Any]] = [
    {"name": "constant"},
    {"name": "constant", "warmup_epochs": 2},
    {"name": "exponential", "gamma": 0.5, "warmup_epochs": 1},
    {"name": "step", "gamma": 0.1, "step_epochs": 2},
    {"name": "cosine", "warmup_epochs": 1},
    {"name": "one_cycle"},
]


def rate_of(run: RunConfig, steps: int) -> Any:
    return partial(learning_rate_at, run, steps_per_epoch=steps)


@pytest.mark.parametrize("batch", [10, "full"], ids=["three steps an epoch", "one step an epoch"])
@pytest.mark.parametrize("schedule", SCHEDULES, ids=str)
def test_the_curve_tells_the_rates_that_a_real_run_records(schedule: dict[str, Any], batch: object):
    run = config(schedule=schedule, training={"epochs": 5, "batch_size": batch}, network={"hidden": [4]})
    splits = random_splits(30)
    steps = steps_per_epoch(run, splits)
    recorded = [event.learning_rate for event in train(run, splits, CPU) if isinstance(event, EpochMetrics)]
    curve = schedule_curve(rate_of(run, steps), 5, steps)
    assert [curve.rates[curve.steps.index(epoch * steps - 1)] for epoch in range(1, 6)] == recorded


def test_a_short_run_shows_every_step():
    curve = schedule_curve(lambda step: 1 / (step + 1), 3, 7)
    assert curve.steps == tuple(range(21))
    assert curve.rates == tuple(1 / (step + 1) for step in range(21))
    assert curve.greatest == 0
    assert not curve.is_constant


def test_a_long_run_shows_the_first_and_last_step_of_each_epoch_and_few_others():
    curve = schedule_curve(float, 20, 900)
    assert len(curve.steps) <= 540
    for start in range(0, 18_000, 900):
        assert {start, start + 899} <= set(curve.steps)


def test_a_run_of_a_thousand_epochs_is_drawn_with_few_points():
    curve = schedule_curve(float, 1_000, 900)
    assert len(curve.steps) == 500
    assert (curve.steps[0], curve.steps[-1]) == (0, 899_999)


def test_stairs_stand_over_epochs_and_the_last_tread_is_seen():
    figure = draw_schedule(schedule_curve(lambda step: 0.1 if step < 4 else 0.01, 2, 4))
    [line] = figure.data
    assert line.line.shape == "hv"
    np.testing.assert_allclose(line.x, np.arange(9) / 4)
    assert list(line.y) == [0.1] * 4 + [0.01] * 5
    assert list(line.customdata) == [1, 2, 3, 4, 5, 6, 7, 8, 8]


def test_a_rate_that_never_changes_is_constant():
    assert schedule_curve(lambda _: 0.3, 2, 2).is_constant
