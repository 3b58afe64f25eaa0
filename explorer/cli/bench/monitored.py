"""What monitoring adds to an epoch: the engine against its own bare steps, in one process.

Run as a program with the data folder, a case, a number of images and of epochs, it prints JSON.
"""

import json
import sys
import time
from collections.abc import Generator
from pathlib import Path

import torch

from explorer.cli.bench.cases import Case, find_case
from explorer.data.splits import load_splits
from explorer.training.engine import TrainingEvent, train
from explorer.training.state import TrainingState
from explorer.training.trainee import Trainee


def main(data_folder: Path, case: Case, images: int, epochs: int) -> dict[str, list[float]]:
    """Seconds of epochs with and without monitoring, by turns, after one of each to warm up.

    Bare epochs only step: no losses, accuracies, curve, layers, dead units or states to resume from. No
    images are held back: validation is a part of training as people write it, and no monitoring.
    """
    config = case.config(images, epochs + 1)
    splits, device = load_splits(config.data, data_folder), torch.device("cpu")
    events, trainee = train(config, splits, device), Trainee(config, splits, device)
    bare, monitored = [], []
    for epoch in range(1, epochs + 2):
        if epoch % 2:
            bare.append(bare_epoch(trainee, epoch))
            monitored.append(monitored_epoch(events))
        else:
            monitored.append(monitored_epoch(events))
            bare.append(bare_epoch(trainee, epoch))
    return {"bare": bare[1:], "monitored": monitored[1:]}


def bare_epoch(trainee: Trainee, epoch: int) -> float:
    """Seconds of the steps of one epoch, with nothing looked at."""
    started = time.perf_counter()
    trainee.start_epoch(epoch)
    done = (epoch - 1) * trainee.batches.steps_per_epoch
    for block in trainee.batches.blocks(epoch):
        trainee.steps.begin(block, done)
        for index in range(block.batches):
            trainee.steps.run(index, observe=False)
        done += block.batches
    if trainee.steps.logits.is_cuda:
        torch.cuda.synchronize()
    return time.perf_counter() - started


def monitored_epoch(events: Generator[TrainingEvent, None, None]) -> float:
    """Seconds to the end of the engine's next epoch."""
    started = time.perf_counter()
    for event in events:
        if isinstance(event, TrainingState):
            break
    return time.perf_counter() - started


if __name__ == "__main__":
    folder, name, number, times = sys.argv[1:]
    print(json.dumps(main(Path(folder), find_case(name), int(number), int(times))))
