"""Our training of a bench case, timed in a process of its own.

Run as a program with the data folder, a case and a number of images, it times one epoch and prints JSON.
"""

import json
import os
import sys
import time
from dataclasses import replace
from pathlib import Path

import torch

from explorer.cli.bench.cases import Case, find_case
from explorer.data.splits import Splits, load_splits
from explorer.jobs.threads import allowed_threads, threads_for
from explorer.models.architecture import count_parameters
from explorer.records import EpochMetrics
from explorer.training.engine import train

WARM_UP_BATCHES = 10


def first_images(splits: Splits, images: int) -> Splits:
    """The same splits with the first so many training images."""
    return replace(
        splits,
        train_images=splits.train_images[:images],
        train_labels=splits.train_labels[:images],
        train_indices=splits.train_indices[:images],
    )


def main(data_folder: Path, case: Case, images: int) -> dict[str, float]:
    """Times a whole run of one epoch, set-up and monitoring included, after a warm-up of a few batches."""
    config, device = case.config(images), torch.device("cpu")
    splits = load_splits(config.data, data_folder)
    torch.set_num_threads(threads_for(config, len(splits.train_labels), allowed_threads(os.environ)))
    for _ in train(config, first_images(splits, WARM_UP_BATCHES * case.batch_size), device):
        pass
    started = time.perf_counter()
    epochs = [event for event in train(config, splits, device) if isinstance(event, EpochMetrics)]
    return {
        "seconds": time.perf_counter() - started,
        "loss": epochs[-1].train_loss,
        "parameters": count_parameters(config.network),
    }


if __name__ == "__main__":
    folder, name, number = sys.argv[1:]
    print(json.dumps(main(Path(folder), find_case(name), int(number))))
