"""A stack of networks against the same networks one after the other.

Run as a program with the data folder, a case, a number of images and of repetitions, it prints JSON: the
seconds of a network's epoch on both sides, or why they could not be measured.
"""

import json
import os
import sys
import time
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import torch

from explorer.cli.bench.cases import ALL_IMAGES
from explorer.config.parsing import parse_config
from explorer.config.run import RunConfig
from explorer.data.splits import Splits, load_splits
from explorer.jobs.devices import free_bytes
from explorer.jobs.planning import Place, plan, with_all_lanes
from explorer.jobs.threads import allowed_threads, threads_for
from explorer.storage.stacks import Queued
from explorer.training.engine import train
from explorer.training.stack import Member, train_stack
from explorer.training.state import TrainingState


@dataclass(frozen=True, slots=True)
class StackCase:
    """Networks that differ in one thing, trained by SGD; ``target`` is the least gain in throughput.

    ``our_seconds`` is what an epoch of both sides once took on two cores, for all images.
    """

    name: str
    hidden: tuple[int, ...]
    batch_size: int
    stack: int
    differ: Literal["rates", "seeds"]
    device: Literal["cpu", "cuda"]
    target: float
    our_seconds: float

    def configs(self, images: int, epochs: int) -> list[RunConfig]:
        """The runs, of so many training images of MNIST and none held back."""
        return [self._config(index, images, epochs) for index in range(self.stack)]

    def _config(self, index: int, images: int, epochs: int) -> RunConfig:
        rate, is_seed = 0.05 * 1.05**index, self.differ == "seeds"
        return parse_config(
            {
                "data": {"dataset": "mnist", "train_size": min(images, ALL_IMAGES), "validation_size": 0},
                "network": {"hidden": list(self.hidden)},
                "optimizer": {"name": "sgd", "learning_rate": 0.05 if is_seed else rate},
                "training": {
                    "batch_size": self.batch_size,
                    "epochs": epochs,
                    "seed": index if is_seed else 0,
                    "device": self.device,
                },
            }
        )


STACKS = (
    StackCase("20 rates 784-10-10 b64", (10,), 64, 20, "rates", "cpu", 5, 0.6),
    StackCase("20 seeds 784-10-10 b64", (10,), 64, 20, "seeds", "cpu", 2.5, 1.0),
    StackCase("20 rates 784-64-10 b256", (64,), 256, 20, "rates", "cpu", 1.6, 1.5),
    StackCase("10 rates 784-500-250-100-10 b64", (500, 250, 100), 64, 10, "rates", "cpu", 1.1, 15),
    StackCase("64 rates 784-500-250-100-10 b64 cuda", (500, 250, 100), 64, 64, "rates", "cuda", 15, 1),
)


def find_stack(name: str) -> StackCase:
    """The case of this name; raises KeyError."""
    return {case.name: case for case in STACKS}[name]


def main(data_folder: Path, case: StackCase, images: int, repetitions: int) -> dict[str, Any]:
    """Seconds of a network's epoch on both sides, by turns, after one of each to warm up."""
    device = torch.device(case.device)
    if device.type == "cuda" and not torch.cuda.is_available():
        return {"skipped": "torch finds no CUDA device here"}
    configs = case.configs(images, repetitions + 1)
    return compare(configs, load_splits(configs[0].data, data_folder), device, repetitions)


def compare(
    configs: list[RunConfig], splits: Splits, device: torch.device, repetitions: int
) -> dict[str, list[float]]:
    """One of the runs alone against all of them as they are planned, epoch by epoch.

    Each with the threads that it gets: stacks beside others one each, in lanes as those of a worker.
    """
    allowed, images = allowed_threads(os.environ), len(splits.train_labels)
    alone = _epochs(train(configs[0], splits, device), 1)
    lanes = _planned(configs, splits, device, allowed)
    seconds: dict[str, list[float]] = {"one after the other": [], "stack": []}

    def use_threads(cores: int, networks: int) -> None:
        if device.type == "cpu":
            torch.set_num_threads(threads_for(configs[0], images, cores, networks))

    def epoch_of(lane: list[tuple[int, Iterator[None]]]) -> None:
        for networks, stack in lane:
            use_threads(max(1, allowed // len(lanes)), networks)
            next(stack)

    with ThreadPoolExecutor(len(lanes)) as pool:
        for repetition in range(repetitions + 1):
            for name in sorted(seconds, reverse=repetition % 2 == 0):
                started = time.perf_counter()
                if name == "stack":
                    list(pool.map(epoch_of, lanes))
                    seconds[name].append((time.perf_counter() - started) / len(configs))
                else:
                    use_threads(allowed, 1)
                    next(alone)
                    seconds[name].append(time.perf_counter() - started)
    return {name: values[1:] for name, values in seconds.items()}


def _planned(
    configs: list[RunConfig], splits: Splits, device: torch.device, cores: int
) -> list[list[tuple[int, Iterator[None]]]]:
    """For each lane of a machine with nothing else in hand, its stacks' sizes and their epochs."""
    moment = datetime.now(UTC)
    place = with_all_lanes(Place(str(device), free_bytes(device), cores))
    waiting = [
        Queued(number, config, str(device), "bench", 0, moment) for number, config in enumerate(configs)
    ]
    jobs = list(plan(waiting, [place]))
    lanes: list[list[tuple[int, Iterator[None]]]] = [[] for _ in range(min(len(jobs), place.idle_lanes))]
    for number, job in enumerate(jobs):
        members = [Member(configs[run_id], splits) for run_id in job.run_ids]
        lanes[number % len(lanes)].append((len(members), _epochs(train_stack(members, device), len(members))))
    return lanes


def _epochs(events: Generator[Any, None, None], networks: int) -> Iterator[None]:
    """Stops whenever all of so many networks have ended an epoch."""
    states = 0
    for event in events:
        states += isinstance(event[1] if isinstance(event, tuple) else event, TrainingState)
        if states == networks:
            states = 0
            yield


if __name__ == "__main__":
    folder, name, number, times = sys.argv[1:]
    print(json.dumps(main(Path(folder), find_stack(name), int(number), int(times))))
