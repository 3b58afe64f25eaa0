"""What monitoring adds to an epoch: the engine against its own bare steps, in one process.

Run as a program with the data folder, a case, a number of images and of epochs, it prints JSON.
"""

import json
import sys
import time
from collections.abc import Callable, Generator
from pathlib import Path

import torch

from explorer.cli.bench.cases import Case, find_case
from explorer.config.run import RunConfig
from explorer.data.splits import load_splits
from explorer.training.engine import TrainingEvent, train
from explorer.training.epoch import LOOK_IMAGES, Tallies, Unseen
from explorer.training.state import TrainingState
from explorer.training.trainee import Trainees


def main(data_folder: Path, case: Case, images: int, epochs: int) -> dict[str, list[float]]:
    """Seconds of epochs of three kinds, by turns, after one of each to warm up.

    Bare epochs only step: no losses, accuracies, curve, layers, dead units or states to resume from. What
    people write takes the loss of every step and counts right answers too, so ``counted`` epochs do that and
    nothing else: they step, and read losses and accuracy as the engine does. Monitoring is what the
    engine does beyond them: the layers' norms, ratios and inactive shares, dead units on probe images, and
    states to resume from. No images are held back: validation is part of training as people write it.
    """
    config = case.config(images, epochs + 1)
    splits, device = load_splits(config.data, data_folder), torch.device("cpu")
    events, trainee = train(config, splits, device), Trainees({0: config}, {0: splits}, device)
    sides: tuple[tuple[str, Callable[[int], float]], ...] = (
        ("bare", lambda epoch: bare_epoch(trainee, epoch)),
        ("counted", lambda epoch: counted_epoch(config, trainee, epoch)),
        ("monitored", lambda _epoch: monitored_epoch(events)),
    )
    seconds: dict[str, list[float]] = {name: [] for name, _ in sides}
    for epoch in range(1, epochs + 2):
        for name, side in sides if epoch % 2 else reversed(sides):
            seconds[name].append(side(epoch))
    return {name: values[1:] for name, values in seconds.items()}


def bare_epoch(trainee: Trainees, epoch: int) -> float:
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


def counted_epoch(config: RunConfig, trainee: Trainees, epoch: int) -> float:
    """Seconds of one epoch of steps whose losses and right answers are read, with no layer looked at."""
    started = time.perf_counter()
    trainee.start_epoch(epoch)
    done, unseen, tallies = (epoch - 1) * trainee.batches.steps_per_epoch, Unseen(), Tallies.of(1)
    for block in trainee.batches.blocks(epoch):
        trainee.steps.begin(block, done)
        for index in range(block.batches):
            trainee.steps.run(index, observe=False)
        done += block.batches
        unseen.keep(trainee.steps.logits, block.labels)
        if unseen.images >= LOOK_IMAGES:
            unseen.look(config.loss, tallies)
    unseen.look(config.loss, tallies)
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
