"""How a run ends: by patience, divergence, time, or because the caller stops."""

import math
import threading
from dataclasses import replace

import pytest
import torch

from explorer.errors import DivergedError
from explorer.records import EpochMetrics, StepMetrics
from explorer.training import epoch as epoch_module
from explorer.training import stopwatch
from explorer.training.engine import total_steps, train
from explorer.training.state import Tick, TrainingState
from tests.training.samples import CPU, config, digits, random_splits, run, same_weights


def test_early_stopping_ends_after_its_patience_and_remembers_the_best_epoch() -> None:
    settings = config(
        data={"train_size": 60, "scaling": "unit"},
        optimizer={"name": "rmsprop", "learning_rate": 0.03},
        training={"epochs": 60, "patience": 3, "keep": "best"},
    )
    splits = digits(train_size=60)
    outcome = run(settings, splits)
    losses = [epoch.validation_loss for epoch in outcome.epochs]
    assert len(losses) < 60
    best = losses.index(min(losses, key=lambda loss: math.inf if loss is None else loss)) + 1
    assert outcome.states[-1].progress["best_epoch"] == best == len(losses) - 3
    kept = outcome.states[-1].best_weights
    assert kept is not None
    assert same_weights(kept, outcome.states[best - 1].weights)


def test_divergence_names_epoch_and_step_and_keeps_what_came_before() -> None:
    settings = config(
        data={"scaling": "none"},
        loss="mean_squared_error",
        network={"activation": "identity", "hidden": [20, 20]},
        optimizer={"name": "sgd", "learning_rate": 10, "reduction": "sum"},
        schedule={"name": "constant", "warmup_epochs": 0},
        training={"epochs": 5},
        regularisation={"l2": 10.0},
    )
    events = []
    with pytest.raises(DivergedError) as raised:
        events.extend(train(settings, digits(), CPU))
    error = raised.value
    assert error.epoch >= 1
    assert 1 <= error.step <= total_steps(settings, digits())
    assert not math.isfinite(error.loss)
    assert "learning_rate" in str(error)
    assert "data.scaling to unit" in str(error)


def test_divergence_in_a_later_epoch_comes_after_the_good_epochs() -> None:
    # Weights grow by the factor 1 − 2·η·λ = −19 a step and leave float32 after 18 steps, in the second epoch.
    settings = config(
        optimizer={"name": "sgd", "learning_rate": 1.0},
        regularisation={"l2": 10.0},
        training={"epochs": 5, "batch_size": 108},
        network={"activation": "tanh"},
    )
    seen = []
    steps = total_steps(settings, digits()) // 5
    with pytest.raises(DivergedError) as raised:
        seen.extend(train(settings, digits(), CPU))
    epochs = [event.epoch for event in seen if isinstance(event, EpochMetrics)]
    assert epochs == list(range(1, raised.value.epoch))
    assert raised.value.epoch == 2
    assert steps < raised.value.step <= 2 * steps
    assert isinstance(seen[-1], (TrainingState, StepMetrics, Tick))


def test_a_last_step_that_breaks_the_network_is_noticed() -> None:
    settings = config(
        optimizer={"name": "sgd", "learning_rate": 10.0},
        regularisation={"l2": 10.0, "activation_noise": 0.0},
        network={"initialisation": "gaussian", "initialisation_sigma": 10.0, "activation": "tanh"},
        training={"epochs": 16, "batch_size": "full"},
    )
    # A factor of −199 a step from weights of 10: they leave float32 after 16 or 17 steps.
    with pytest.raises(DivergedError) as raised:
        list(train(settings, digits(), CPU))
    assert raised.value.step <= 16


def test_the_caller_gets_control_back_while_an_epoch_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(epoch_module, "LOOK_SECONDS", 0.0)
    settings = config(training={"epochs": 1000, "batch_size": 32})  # bins of more than one step
    events = train(settings, random_splits(320), CPU)
    kinds = [type(next(events)) for _ in range(10)]
    assert Tick in kinds
    assert StepMetrics in kinds
    assert EpochMetrics not in kinds


def test_stopping_in_mid_epoch_leaves_nothing_running(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(epoch_module, "LOOK_SECONDS", 0.0)
    before, seed = set(threading.enumerate()), torch.initial_seed()
    events = train(config(), digits(), CPU)
    assert isinstance(next(events), StepMetrics)
    assert torch.is_grad_enabled()
    events.close()
    assert list(events) == []
    assert set(threading.enumerate()) <= before
    assert torch.initial_seed() == seed
    assert torch.is_grad_enabled()


class Clock:
    """Stands for the time of day: a millisecond goes by from one look to the next, or more if it is told."""

    def __init__(self) -> None:
        self.now = 0.0

    def perf_counter(self) -> float:
        self.now += 0.001
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(stopwatch, "time", made)
    return made


@pytest.mark.usefixtures("clock")
def test_a_time_limit_keeps_the_last_full_epoch() -> None:
    settings = config(training={"epochs": 1000, "time_limit_seconds": 0.3})
    outcome = run(settings)
    assert 1 <= len(outcome.epochs) < 1000
    steps = total_steps(settings, digits()) // 1000
    assert outcome.states[-1].step == len(outcome.epochs) * steps
    assert (
        run(
            settings,
            state=replace(outcome.states[-1], progress={**outcome.states[-1].progress, "seconds": 0.3}),
        ).events
        == []
    )


def test_a_time_limit_within_the_first_epoch_yields_the_part_that_was_trained() -> None:
    settings = config(training={"epochs": 3, "batch_size": 10, "time_limit_seconds": 1e-6})
    outcome = run(settings)
    [epoch], [state] = outcome.epochs, outcome.states
    assert (epoch.epoch, epoch.step, epoch.images_seen) == (1, 1, 10)
    assert state.step == 1
    assert epoch.step < total_steps(settings, digits()) // 3
    assert [(step.first_step, step.last_step) for step in outcome.steps] == [(1, 1)]


def test_the_callers_own_time_is_not_counted(clock: Clock) -> None:
    settings = config(training={"epochs": 2})
    seconds = []
    for event in train(settings, digits(), CPU):
        if isinstance(event, EpochMetrics):
            seconds.append(event.seconds)
        if isinstance(event, StepMetrics):
            clock.now += 3_600
        if isinstance(event, TrainingState):
            total = event.progress["seconds"]
    assert 0 < sum(seconds) <= total < 3_600
