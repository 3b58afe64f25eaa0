"""CUDA graphs against the same loop kernel by kernel.

Run as a program with the data folder, a case, a number of images and of repetitions, it prints JSON: the
seconds of both, or why they could not be measured.
"""

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from explorer.cli.bench.cases import Case, find_case
from explorer.cli.bench.monitored import bare_epoch
from explorer.config.run import RunConfig
from explorer.data.splits import Splits, load_splits
from explorer.training.replay import ReplayedSteps
from explorer.training.step import EagerSteps
from explorer.training.trainee import Trainees

BATCH_SIZE = 64


def main(data_folder: Path, case: Case, images: int, repetitions: int) -> dict[str, Any]:
    """Seconds of epochs replayed and eager, by turns, after one of each to warm up."""
    if not torch.cuda.is_available():
        return {"skipped": "torch finds no CUDA device here"}
    ReplayedSteps.falls_back = False  # figures of anything else would mislead
    config = replace(case, batch_size=BATCH_SIZE).config(images, epochs=repetitions + 1)
    splits = load_splits(config.data, data_folder)
    return {"device": torch.cuda.get_device_name()} | compare(
        config, splits, torch.device("cuda"), repetitions
    )


def compare(
    config: RunConfig, splits: Splits, device: torch.device, repetitions: int, *, capture: bool = True
) -> dict[str, list[float]]:
    """Both loops on one device; without ``capture`` the replayed steps run kernel by kernel as well."""
    eager, replayed = (Trainees({0: config}, {0: splits}, device) for _ in range(2))
    for trainee in (eager, replayed):
        if not isinstance(trainee.steps, EagerSteps | ReplayedSteps):
            raise TypeError(f"the engine runs its steps by {type(trainee.steps).__name__}")
        step, count = trainee.steps.step, trainee.batches.steps_per_epoch
        trainee.steps = (
            EagerSteps(step, count) if trainee is eager else ReplayedSteps(step, count, capture=capture)
        )
    seconds: dict[str, list[float]] = {"eager": [], "graph": []}
    for epoch in range(1, repetitions + 2):
        sides = [("eager", eager), ("graph", replayed)]
        for name, trainee in sides if epoch % 2 else reversed(sides):
            seconds[name].append(bare_epoch(trainee, epoch))
    return {name: values[1:] for name, values in seconds.items()}


if __name__ == "__main__":
    folder, name, number, times = sys.argv[1:]
    print(json.dumps(main(Path(folder), find_case(name), int(number), int(times))))
