"""A lane of a timed plan in a process of its own: an epoch for each line on its input, which says the cores.

Run as a program with what it is to train as JSON, it prints a line when it is ready, and one after each
epoch.
"""

import json
import sys
from pathlib import Path

import torch

from explorer.cli.bench.stack_cases import find_stack
from explorer.cli.bench.stacked import HereLane
from explorer.data.splits import load_splits


def main(asked: str) -> None:
    """Train an epoch whenever it is told to, until its input ends."""
    wanted = json.loads(asked)
    case = find_stack(wanted["case"])
    configs = case.configs(wanted["images"], wanted["epochs"])
    splits = load_splits(configs[0].data, Path(wanted["folder"]))
    lane = HereLane(configs, splits, torch.device(case.device), wanted["stacks"])
    print("ready", flush=True)
    for line in sys.stdin:
        lane.epoch(json.loads(line))
        print("done", flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
