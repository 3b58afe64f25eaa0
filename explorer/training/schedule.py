"""The learning rate as a function of the step."""

import math

from explorer.config.run import RunConfig

# One-cycle as in PyTorch's OneCycleLR (Smith & Topin, 2017): up over 30 % of the run from 1/25 of the rate,
# then down to 1/10,000 of where it started, both along a cosine.
ONE_CYCLE_RISE = 0.3
ONE_CYCLE_START = 1 / 25
ONE_CYCLE_END = ONE_CYCLE_START / 10_000


def learning_rate_at(
    config: RunConfig,
    step: int,
    steps_per_epoch: int,
    *,
    rate: float | None = None,
    schedule_from: int = 0,
) -> float:
    """The learning rate of a step (counted from 0 over the whole run).

    ``exponential`` and ``step`` change once an epoch; ``cosine`` (half a period, to zero), ``one_cycle`` and
    the warm-up change every step. After a warm-up the schedule begins as if its first epoch came then.
    ``rate`` stands in for the config's, ``schedule_from`` is the epoch at whose end the schedule begins.
    """
    schedule, rate = config.schedule, config.optimizer.learning_rate if rate is None else rate
    step -= schedule_from * steps_per_epoch
    warmup_steps = schedule.warmup_epochs * steps_per_epoch
    if step < warmup_steps:
        return rate * (step + 1) / warmup_steps
    if schedule.name == "constant":
        return rate
    steps = (config.training.epochs - schedule_from) * steps_per_epoch - warmup_steps
    return rate * _factor(config, step - warmup_steps, steps, steps_per_epoch)


def _factor(config: RunConfig, step: int, steps: int, steps_per_epoch: int) -> float:
    schedule = config.schedule
    if schedule.name == "cosine":
        return _cosine(1, 0, step / steps)
    if schedule.name == "one_cycle":
        return _one_cycle(step, steps)
    epochs = step // steps_per_epoch
    return schedule.gamma ** (epochs if schedule.name == "exponential" else epochs // schedule.step_epochs)


def _one_cycle(step: int, steps: int) -> float:
    peak, last = ONE_CYCLE_RISE * steps - 1, steps - 1
    if step <= peak:
        return _cosine(ONE_CYCLE_START, 1, step / peak)
    return _cosine(1, ONE_CYCLE_END, (step - peak) / (last - peak))


def _cosine(start: float, end: float, share: float) -> float:
    return end + (start - end) / 2 * (1 + math.cos(math.pi * share))
