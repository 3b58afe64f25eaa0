"""The fourth report's study of activations, whole: all its runs and epochs as planned for one device.

Run as a program with the data folder and a number of images, it prints JSON: the seconds that it took on a
GPU, or why it could not be measured.
"""

import json
import os
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from explorer.cli.bench.stack_cases import STUDY, STUDY_EPOCHS
from explorer.cli.bench.stacked import HereLane, lanes_of_plan
from explorer.data.splits import load_splits
from explorer.jobs.threads import allowed_threads
from explorer.training.replay import ReplayedSteps


def main(data_folder: Path, images: int) -> dict[str, Any]:
    """Seconds of the study on a GPU, of so many training images."""
    if not torch.cuda.is_available():
        return {"skipped": "torch finds no CUDA device here"}
    ReplayedSteps.falls_back = False
    device = torch.device("cuda")
    torch.zeros(1, device=device)  # a worker has long been ready
    return {"device": torch.cuda.get_device_name()} | study(data_folder, images, device)


def study(
    data_folder: Path, images: int, device: torch.device, epochs: int = STUDY_EPOCHS
) -> dict[str, float]:
    """Seconds from reading the images to the end of the last run, with the captured graphs, where there are.

    Monitoring and a state to resume from are part of every epoch.
    """
    started = time.perf_counter()
    configs = replace(STUDY, device="cuda" if device.type == "cuda" else "cpu").configs(images, epochs)
    splits = load_splits(configs[0].data, data_folder)
    cores = allowed_threads(os.environ)
    stacks = [stack for lane in lanes_of_plan(configs, device, cores) for stack in lane]
    planned = time.perf_counter()
    for stack in stacks:
        lane = HereLane(configs, splits, device, [stack])
        for _ in range(epochs):
            lane.epoch([cores])
    ended = time.perf_counter()
    return {
        "seconds": ended - started,
        "training": ended - planned,
        "runs": sum(len(stack) for stack in stacks),
        "epochs": epochs,
        "stacks": len(stacks),
    }


if __name__ == "__main__":
    folder, number = sys.argv[1:]
    print(json.dumps(main(Path(folder), int(number))))
