"""What recording to the store adds to an epoch while a page watches.

Run as a program with a case, a number of images, of epochs and of repetitions, it prints JSON; the home of
its environment must be an empty one.
"""

import json
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager

import torch

from explorer.cli.bench.cases import Case, find_case
from explorer.config.run import RunConfig
from explorer.data.splits import load_splits
from explorer.jobs.execution import train_here
from explorer.jobs.runner import child_environment
from explorer.settings import Settings, read_settings
from explorer.storage.store import open_store
from explorer.training.engine import train
from explorer.training.state import TrainingState

HELD_BACK = 6_000
POLL_SECONDS = 1.0


def main(
    settings: Settings, case: Case, images: int, epochs: int, repetitions: int
) -> dict[str, list[float]]:
    """Seconds an epoch, after each run's first, of runs only trained and of runs recorded, by turns."""
    held_back = min(HELD_BACK, images // 10)
    config = case.config(images, epochs + 1, held_back)
    sides = (("alone", _alone), ("recorded", _recorded))
    seconds: dict[str, list[float]] = {"alone": [], "recorded": []}
    for repetition in range(repetitions):
        for name, side in sides if repetition % 2 == 0 else reversed(sides):
            seconds[name].append(side(config, settings))
    return seconds


def _alone(config: RunConfig, settings: Settings) -> float:
    splits = load_splits(config.data, settings.data)
    laps = _Laps()
    for event in train(config, splits, torch.device("cpu")):
        laps.note(event)
    return laps.seconds_an_epoch


def _recorded(config: RunConfig, settings: Settings) -> float:
    laps = _Laps()
    with open_watcher(settings):
        train_here(open_store(settings), settings, config, on_event=laps.note)
    return laps.seconds_an_epoch


class _Laps:
    """The moments at which epochs ended."""

    def __init__(self) -> None:
        self._moments: list[float] = []

    def note(self, event: object) -> None:
        """Takes the time when a state, the last event of its epoch, comes by."""
        if isinstance(event, TrainingState):
            self._moments.append(time.perf_counter())

    @property
    def seconds_an_epoch(self) -> float:
        """From the end of the first epoch to the end of the last."""
        return (self._moments[-1] - self._moments[0]) / (len(self._moments) - 1)


@contextmanager
def open_watcher(settings: Settings) -> Generator[None, None, None]:
    """A process that asks the store for what is new once a second, as an open page does."""
    watcher = subprocess.Popen(  # noqa: S603 -- our own interpreter and module
        [sys.executable, "-m", "explorer.cli.bench.watcher", str(POLL_SECONDS)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=child_environment(settings),
    )
    try:
        if watcher.stdout is not None:
            watcher.stdout.readline()  # its first look is done
        yield
    finally:
        watcher.communicate()


if __name__ == "__main__":
    name, *numbers = sys.argv[1:]
    print(json.dumps(main(read_settings(), find_case(name), *map(int, numbers))))
