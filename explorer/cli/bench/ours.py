"""Our training of a bench case, timed in a process of its own.

Run as a program with the data folder, a case and a number of images, it times one epoch and prints JSON.
"""

import json
import os
import sys
import time
from pathlib import Path

import torch

from explorer.cli.bench.cases import Case, find_case
from explorer.data.splits import load_splits
from explorer.jobs.threads import allowed_threads, threads_for
from explorer.models.architecture import count_parameters
from explorer.records import EpochMetrics
from explorer.training.engine import train
from explorer.training.state import TrainingState


def main(data_folder: Path, case: Case, images: int) -> dict[str, float]:
    """Times the second epoch of a run, from one resumable state to the next: monitoring included."""
    config, device = case.config(images, epochs=2), torch.device("cpu")
    splits = load_splits(config.data, data_folder)
    torch.set_num_threads(threads_for(config, len(splits.train_labels), allowed_threads(os.environ)))
    loss, ends = 0.0, []
    for event in train(config, splits, device):
        if isinstance(event, EpochMetrics):
            loss = event.train_loss
        elif isinstance(event, TrainingState):
            ends.append(time.perf_counter())
    return {"seconds": ends[1] - ends[0], "loss": loss, "parameters": count_parameters(config.network)}


if __name__ == "__main__":
    folder, name, number = sys.argv[1:]
    print(json.dumps(main(Path(folder), find_case(name), int(number))))
