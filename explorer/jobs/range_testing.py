"""The answer to a range test: one network trained for some steps while its rate grows."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch

from explorer.jobs.answers import Answer, Part
from explorer.jobs.looking import Looking
from explorer.jobs.range_tests import config_of
from explorer.storage.arrays import Arrays
from explorer.training.range_test import GREATEST_RATE, LEAST_RATE, RangeStep, range_test, suggest

STEPS_A_PART = 10


def range_tested(request: Mapping[str, Any], looking: Looking) -> Answer:
    """``settings`` → ``rates``, ``losses``, ``smoothed`` (steps,), growing, and what they suggest.

    At the end ``steepest`` and ``tenth_of_least`` (both NaN where the loss fell nowhere).
    """
    config = config_of(request)
    yield Part(0.0)
    splits = looking.load(config.data)
    steps: list[RangeStep] = []
    for step in range_test(config, splits, torch.device("cpu")):
        steps.append(step)
        share = math.log(step.rate / LEAST_RATE) / math.log(GREATEST_RATE / LEAST_RATE)
        yield Part(share, _curve(steps) if len(steps) % STEPS_A_PART == 0 else None)
    found = suggest([step.rate for step in steps], [step.smoothed for step in steps])
    return {
        **_curve(steps),
        "steepest": np.array(math.nan if found is None else found.steepest),
        "tenth_of_least": np.array(math.nan if found is None else found.tenth_of_least),
    }


def _curve(steps: Sequence[RangeStep]) -> Arrays:
    return {
        "rates": np.array([step.rate for step in steps]),
        "losses": np.array([step.loss for step in steps]),
        "smoothed": np.array([step.smoothed for step in steps]),
    }
