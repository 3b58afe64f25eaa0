"""The learning rate of every step, against ``torch.optim.lr_scheduler``."""

from collections.abc import Callable

import pytest
import torch
from torch.optim import lr_scheduler
from torch.optim.lr_scheduler import LRScheduler
from torch.optim.optimizer import Optimizer

from explorer.training.schedule import learning_rate_at
from tests.training.samples import config

EPOCHS, STEPS = 6, 5


def ours(**schedule: object) -> list[float]:
    run = config(schedule=schedule, optimizer={"learning_rate": 0.3}, training={"epochs": EPOCHS})
    return [learning_rate_at(run, step, STEPS) for step in range(EPOCHS * STEPS)]


def theirs(make: Callable[[Optimizer], LRScheduler]) -> list[float]:
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.3)
    schedule = make(optimizer)
    rates = []
    for _ in range(EPOCHS * STEPS):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()
    return rates


def test_a_constant_rate_stays() -> None:
    assert ours(name="constant") == [0.3] * (EPOCHS * STEPS)


def test_exponential_equals_torchs_stepped_once_an_epoch() -> None:
    reference = theirs(lambda optimizer: lr_scheduler.StepLR(optimizer, STEPS, 0.9))
    assert ours(name="exponential", gamma=0.9) == pytest.approx(reference)


def test_step_equals_torchs_stepped_once_an_epoch() -> None:
    reference = theirs(lambda optimizer: lr_scheduler.StepLR(optimizer, 2 * STEPS, 0.5))
    assert ours(name="step", gamma=0.5, step_epochs=2) == pytest.approx(reference)


def test_cosine_equals_torchs_stepped_every_batch() -> None:
    reference = theirs(lambda optimizer: lr_scheduler.CosineAnnealingLR(optimizer, EPOCHS * STEPS))
    assert ours(name="cosine") == pytest.approx(reference)


def test_one_cycle_equals_torchs() -> None:
    reference = theirs(
        lambda optimizer: lr_scheduler.OneCycleLR(
            optimizer, 0.3, total_steps=EPOCHS * STEPS, cycle_momentum=False
        )
    )
    assert ours(name="one_cycle") == pytest.approx(reference)


@pytest.mark.parametrize("steps", range(1, 8))
def test_one_cycle_is_defined_however_short_the_run(steps: int) -> None:
    run = config(schedule={"name": "one_cycle"}, training={"epochs": 1})
    rates = [learning_rate_at(run, step, steps) for step in range(steps)]
    assert all(0 < rate <= 0.001 for rate in rates)
    assert rates[-1] == min(rates)


def test_a_warm_up_rises_linearly_to_the_rate_and_then_the_schedule_begins() -> None:
    rates = ours(name="cosine", warmup_epochs=2)
    warm_up = 2 * STEPS
    assert rates[:warm_up] == pytest.approx([0.3 * (step + 1) / warm_up for step in range(warm_up)])
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.3)
    cosine = lr_scheduler.CosineAnnealingLR(optimizer, EPOCHS * STEPS - warm_up)
    after = []
    for _ in range(EPOCHS * STEPS - warm_up):
        after.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        cosine.step()
    assert rates[warm_up:] == pytest.approx(after)
