"""Networks as they are planned, in stacks and in lanes, against the same networks one after the other.

Run as a program with the data folder, a case, a number of images and of repetitions, it prints JSON: the
seconds of a network's epoch on both sides, or why they could not be measured.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

import torch

from explorer.cli.bench.stack_cases import StackCase, find_stack
from explorer.config.run import RunConfig
from explorer.data.splits import Splits, load_splits
from explorer.jobs.devices import free_bytes
from explorer.jobs.planning import Place, plan, with_all_lanes
from explorer.jobs.threads import allowed_threads, threads_for
from explorer.storage.stacks import Queued
from explorer.training.engine import train
from explorer.training.replay import ReplayedSteps
from explorer.training.stack import Member, train_stack
from explorer.training.state import TrainingState

Stacks = Sequence[Sequence[int]]
"""The stacks that a lane trains one after the other, each by the numbers of its networks in the case."""


class Lane(Protocol):
    """Trains its stacks an epoch at a time."""

    def epoch(self, cores: Sequence[int]) -> None:
        """An epoch of each stack, with so many cores for each."""


def main(data_folder: Path, case: StackCase, images: int, repetitions: int) -> dict[str, Any]:
    """Seconds of a network's epoch on both sides, by turns, after one of each to warm up.

    The other side is what a machine with nothing else in hand plans: the first lane here, each further one
    in a process of its own, as those of a worker. Cores are shared among the lanes that still have a stack.
    """
    device = torch.device(case.device)
    if device.type == "cuda" and not torch.cuda.is_available():
        return {"skipped": "torch finds no CUDA device here"}
    ReplayedSteps.falls_back = False
    configs = case.configs(images, repetitions + 1)
    splits = load_splits(configs[0].data, data_folder)
    allowed = allowed_threads(os.environ)
    planned = lanes_of_plan(configs, device, allowed)
    shares = [
        [max(1, allowed // sum(len(other) > turn for other in planned)) for turn in range(len(stacks))]
        for stacks in planned
    ]
    alone = _epochs(train(configs[0], splits, device), 1)
    seconds: dict[str, list[float]] = {"one after the other": [], "stack": []}
    with ExitStack() as until_measured:
        lanes: list[Lane] = [HereLane(configs, splits, device, planned[0])]
        lanes += [
            until_measured.enter_context(lane_beside(data_folder, case, configs, stacks))
            for stacks in planned[1:]
        ]
        pool = until_measured.enter_context(ThreadPoolExecutor(len(lanes)))
        for repetition in range(repetitions + 1):
            for name in sorted(seconds, reverse=repetition % 2 == 0):
                started = time.perf_counter()
                if name == "stack":
                    list(pool.map(lambda lane, cores: lane.epoch(cores), lanes, shares))
                    seconds[name].append((time.perf_counter() - started) / len(configs))
                else:
                    use_threads(configs[0], splits, device, allowed, 1)
                    next(alone)
                    seconds[name].append(time.perf_counter() - started)
    where = {"device": torch.cuda.get_device_name()} if device.type == "cuda" else {}
    return where | {name: values[1:] for name, values in seconds.items()}


def lanes_of_plan(configs: Sequence[RunConfig], device: torch.device, cores: int) -> list[list[list[int]]]:
    """For each lane of a machine with nothing else in hand, the stacks that it trains."""
    moment = datetime.now(UTC)
    place = with_all_lanes(Place(str(device), free_bytes(device), cores))
    waiting = [
        Queued(number, config, str(device), "bench", 0, moment) for number, config in enumerate(configs)
    ]
    stacks = [list(job.run_ids) for job in plan(waiting, [place])]
    lanes = min(len(stacks), place.idle_lanes)
    return [stacks[lane::lanes] for lane in range(lanes)]


class HereLane:
    """Stacks in this process."""

    def __init__(
        self, configs: Sequence[RunConfig], splits: Splits, device: torch.device, stacks: Stacks
    ) -> None:
        self._config, self._splits, self._device = configs[0], splits, device
        self._stacks = [
            (len(stack), _epochs(train_stack(_members(configs, splits, stack), device), len(stack)))
            for stack in stacks
        ]

    def epoch(self, cores: Sequence[int]) -> None:
        """An epoch of each stack, with so many cores for each."""
        for (networks, stack), share in zip(self._stacks, cores, strict=True):
            use_threads(self._config, self._splits, self._device, share, networks)
            next(stack)


class BesideLane:
    """Stacks in another process, which obeys lines on its input."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def epoch(self, cores: Sequence[int]) -> None:
        """An epoch of each stack, with so many cores for each."""
        assert self._process.stdin is not None  # noqa: S101 -- a pipe
        self._process.stdin.write(f"{json.dumps(list(cores))}\n")
        self._process.stdin.flush()
        self.wait()

    def wait(self) -> None:
        """Wait until it has done what it was told last."""
        assert self._process.stdout is not None  # noqa: S101 -- a pipe
        if not self._process.stdout.readline():
            raise ChildProcessError("the process of a lane ended before its time")


@contextmanager
def lane_beside(
    data_folder: Path, case: StackCase, configs: Sequence[RunConfig], stacks: Stacks
) -> Generator[BesideLane, None, None]:
    """A lane in a process of its own that is ready; it leaves at the end of the block."""
    data = configs[0].data
    asked = {
        "folder": str(data_folder), "case": case.name, "images": data.train_size,
        "epochs": configs[0].training.epochs, "stacks": [list(stack) for stack in stacks],
    }  # fmt: skip
    with subprocess.Popen(  # noqa: S603 -- our own interpreter and module
        [sys.executable, "-m", "explorer.cli.bench.stacked_lane", json.dumps(asked)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        lane = BesideLane(process)
        lane.wait()
        yield lane


def use_threads(config: RunConfig, splits: Splits, device: torch.device, cores: int, networks: int) -> None:
    """Take as many threads as a worker does."""
    if device.type == "cpu":
        torch.set_num_threads(threads_for(config, len(splits.train_labels), cores, networks))


def _members(configs: Sequence[RunConfig], splits: Splits, stack: Sequence[int]) -> list[Member]:
    return [Member(configs[number], splits) for number in stack]


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
