"""The calibration of a device: a second of training that tells what other networks will cost."""

import os
from collections.abc import Callable

import torch

from explorer.config.parsing import config_from_paths
from explorer.data.splits import Splits
from explorer.jobs.cost import Calibration
from explorer.jobs.threads import allowed_threads, threads_for
from explorer.models.architecture import count_multiply_adds
from explorer.records import EpochMetrics
from explorer.training.engine import steps_per_epoch, train

# Many steps of little work, few steps of much, and a convolution.
PROBES = (
    {"network.hidden": [16], "training.batch_size": 16},
    {"network.hidden": [512, 512], "training.batch_size": 256},
    {"network.kind": "cnn", "network.blocks": [{"filters": 8}, {"filters": 16}], "network.hidden": [32]},
)
EPOCHS = 2  # the first one warms up, the faster one counts


def calibrate(
    digits: Splits, device: torch.device, is_wanted_elsewhere: Callable[[], bool]
) -> Calibration | None:
    """Train three small networks on the bundled digits; None if something better to do came up."""
    measured: list[tuple[int, int, float]] = []  # steps, multiply-adds of all images, seconds of an epoch
    images = len(digits.train_labels)
    for probe in PROBES:
        config = config_from_paths({**probe, "training.epochs": EPOCHS})
        seconds = []
        if device.type == "cpu":
            torch.set_num_threads(threads_for(config, images, allowed_threads(os.environ)))
        events = train(config, digits, device)
        for event in events:
            if isinstance(event, EpochMetrics):
                seconds.append(event.seconds)
            if is_wanted_elsewhere():
                events.close()
                return None
        work = images * count_multiply_adds(config.network)
        measured.append((steps_per_epoch(config, digits), work, min(seconds)))
    return _solve(*measured)


def _solve(
    small: tuple[int, int, float], large: tuple[int, int, float], convolution: tuple[int, int, float]
) -> Calibration:
    """Two equations for a step and a dense multiply-add, one more for convolutions; none below zero."""
    determinant = small[0] * large[1] - large[0] * small[1]
    step = max(0.0, (small[2] * large[1] - large[2] * small[1]) / determinant)
    dense = max(0.0, (large[2] - large[0] * step) / large[1])
    bent = max(dense, (convolution[2] - convolution[0] * step) / convolution[1])
    return Calibration(step=step, dense=dense, convolution=bent)
