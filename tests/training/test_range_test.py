import math

import numpy as np
import pytest

from explorer.data.splits import Splits
from explorer.training.engine import train
from explorer.training.pace import Pace
from explorer.training.range_test import (
    GREATEST_RATE,
    LEAST_RATE,
    MOST_LOSS,
    RangeStep,
    Smoothing,
    range_test,
    rates,
    suggest,
)
from explorer.training.schedule import learning_rate_at
from tests.training.samples import CPU, config, digits, random_splits

RATES = np.geomspace(1e-7, 10, 200)


def steps_of(splits: Splits | None = None, **sections: object) -> list[RangeStep]:
    return list(range_test(config(**sections), splits or digits(), CPU))


def falling(middle: float, width: float = 0.4) -> np.ndarray:
    """A loss from 2.3 to 0.3 that falls most steeply at a rate, along a logistic curve."""
    return 0.3 + 2 / (1 + np.exp((np.log10(RATES) - math.log10(middle)) / width))


@pytest.mark.parametrize("middle", [1e-5, 3e-3, 0.2])
def test_the_steepest_fall_of_a_known_curve_is_found(middle: float):
    found = suggest(RATES, falling(middle))
    assert found is not None
    assert found.steepest == pytest.approx(middle, rel=0.1)  # 25 rates to each power of ten


def test_a_loss_that_rises_again_does_not_hide_its_fall():
    losses = falling(1e-3) + np.where(RATES > 0.1, 40 * (np.log10(RATES) + 1), 0)
    found = suggest(RATES, losses)
    assert found is not None
    assert found.steepest == pytest.approx(1e-3, rel=0.1)


def test_the_fall_back_after_a_jump_is_no_suggestion():
    losses = falling(1e-3)
    thrown_back = RATES > 0.1
    losses[thrown_back] = np.linspace(30, 0.01, thrown_back.sum())  # steeper, and to a smaller loss
    found = suggest(RATES, losses)
    assert found is not None
    assert found.steepest == pytest.approx(1e-3, rel=0.1)
    assert found.tenth_of_least < 0.011


def test_the_other_rule_is_a_tenth_of_the_rate_with_the_least_loss():
    losses = 1 + (np.log10(RATES) + 2) ** 2  # a parabola with its least at 0.01
    found = suggest(RATES, losses)
    assert found is not None
    assert found.tenth_of_least == pytest.approx(0.001, rel=0.05)


@pytest.mark.parametrize(
    "losses",
    [np.full(200, 2.3), np.linspace(2.3, 9, 200), 2.3 - 0.001 * np.sin(np.arange(200)), np.full(200, np.nan)],
    ids=["level", "rising", "wavering", "not a number"],
)
def test_where_nothing_falls_nothing_is_suggested(losses: np.ndarray):
    assert suggest(RATES, losses) is None


def test_a_smoothed_constant_is_that_constant_from_the_first_value_on():
    smoothing = Smoothing(0.9)
    assert [smoothing.add(2.5) for _ in range(5)] == pytest.approx([2.5] * 5)


def test_smoothing_weighs_the_past_by_powers_of_its_share():
    smoothing = Smoothing(0.5)
    smoothing.add(8.0)
    smoothing.add(4.0)
    assert smoothing.add(2.0) == pytest.approx((8 / 4 + 4 / 2 + 2) / (1 / 4 + 1 / 2 + 1))


@pytest.mark.parametrize(("batch", "steps"), [(64, 200), (8, 375), (1, 1_000), (4_096, 100)])
def test_rates_grow_by_one_factor_over_all_the_range(batch: int, steps: int):
    tried = rates(batch)
    assert len(tried) == steps
    assert tried[0] == pytest.approx(LEAST_RATE)
    assert tried[-1] == pytest.approx(GREATEST_RATE)
    np.testing.assert_allclose(np.diff(np.log(tried)), math.log(1e8) / (steps - 1))


def test_each_step_is_the_one_that_training_with_that_rate_takes(monkeypatch: pytest.MonkeyPatch):
    sections = {"optimizer": {"name": "adam"}, "network": {"hidden": [8], "dropout": 0.5}}
    splits = random_splits(640)
    steps = steps_of(splits, **sections)[:20]
    tried = rates(64)
    monkeypatch.setattr(Pace, "rate", lambda _, step, __: tried[step])
    run = config(**sections, training={"epochs": 2}, schedule={"name": "cosine"})  # so that it is looked up
    losses = [event.loss for event in train(run, splits, CPU) if hasattr(event, "loss_min")]
    assert [step.loss for step in steps] == pytest.approx(losses, rel=1e-5)


def test_two_tests_with_one_seed_are_equal_and_with_another_are_not():
    assert steps_of() == steps_of()
    assert steps_of() != steps_of(training={"seed": 1})


def test_it_ends_when_the_loss_is_four_times_its_best():
    steps = steps_of(optimizer={"name": "adam"})
    assert len(steps) < len(rates(64))
    smoothed = np.array([step.smoothed for step in steps])
    is_over = smoothed > MOST_LOSS * np.minimum.accumulate(smoothed)
    assert is_over[-1]
    assert not is_over[:-1].any()


def test_it_ends_with_the_first_loss_that_is_no_number():
    wild = {"hidden": [64] * 8, "activation": "identity", "initialisation": "gaussian"}
    steps = steps_of(network={**wild, "initialisation_sigma": 10}, optimizer={"name": "sgd"})
    assert [math.isfinite(step.loss) for step in steps] == [True] * (len(steps) - 1) + [False]
    assert suggest([step.rate for step in steps], [step.smoothed for step in steps]) is None


def test_neither_rate_nor_schedule_nor_epochs_matter():
    other = steps_of(
        optimizer={"learning_rate": 5.0}, schedule={"name": "exponential"}, training={"epochs": 1}
    )
    assert other == steps_of()


@pytest.mark.parametrize(
    "sections",
    [
        {"network": {"kind": "cnn", "blocks": [{"filters": 2}], "hidden": [8]}},
        {"network": {"batch_norm": True, "hidden": [8]}},
        {"network": {"hidden": [8]}, "data": {"augmentation": {"shift": 2}}},
        {"regularisation": {"activation_noise": 0.1, "gradient_noise": 1e-3, "l2": 1e-3, "clip_norm": 1}},
        {"training": {"batch_size": "full"}, "loss": "binary_cross_entropy"},
    ],
    ids=["convolutions", "batch norm", "augmentation", "noise and penalties", "full batch"],
)
def test_every_kind_of_network_gets_a_suggestion(sections: dict[str, object]):
    steps = steps_of(digits(train_size=500), **sections)
    found = suggest([step.rate for step in steps], [step.smoothed for step in steps])
    assert found is not None
    assert LEAST_RATE < found.steepest < GREATEST_RATE


def accuracy(rate: float, **optimizer: object) -> float:
    """After two epochs on the bundled digits; 0 if the run diverged."""
    run = config(optimizer={**optimizer, "learning_rate": rate}, training={"epochs": 2})
    assert learning_rate_at(run, 0, 1) == rate
    epochs = [event for event in train(run, digits(), CPU) if hasattr(event, "validation_accuracy")]
    return epochs[-1].validation_accuracy or 0.0


@pytest.mark.parametrize(
    "optimizer", [{"name": "sgd"}, {"name": "sgd", "momentum": 0.9}, {"name": "adam"}], ids=str
)
def test_the_suggested_rate_trains_better_than_a_thirtieth_and_than_thirty_times_of_it(
    optimizer: dict[str, object],
):
    steps = steps_of(optimizer=optimizer)
    found = suggest([step.rate for step in steps], [step.smoothed for step in steps])
    assert found is not None
    suggested = accuracy(found.steepest, **optimizer)
    assert suggested > 0.8
    assert suggested > accuracy(found.steepest / 30, **optimizer) + 0.1
    assert suggested > accuracy(min(found.steepest * 30, GREATEST_RATE), **optimizer) + 0.1
