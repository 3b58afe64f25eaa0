"""A plain loop whose step is a CUDA graph, as one writes it down, against our single run.

Run as a program with the data folder, a number of images and of repetitions, it prints JSON: the seconds of
an epoch on both sides, or why they could not be measured.
"""

import json
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from explorer.cli.bench.monitored import monitored_epoch
from explorer.cli.bench.stack_cases import find_stack
from explorer.cli.bench.typical import network
from explorer.config.run import RunConfig
from explorer.data.splits import Splits, load_splits
from explorer.training.engine import train
from explorer.training.replay import ReplayedSteps

CASE, NETWORK = "64 rates 784-500-250-100-10 b64", "784-500-250-100-10"
WARM_UP_STEPS = 3


def main(data_folder: Path, images: int, repetitions: int) -> dict[str, Any]:
    """Seconds of an epoch of the plain loop and of the first run of the case alone."""
    if not torch.cuda.is_available():
        return {"skipped": "torch finds no CUDA device here"}
    ReplayedSteps.falls_back = False
    config = find_stack(CASE).configs(images, repetitions + 1)[0]
    splits = load_splits(config.data, data_folder)
    found = compare(config, splits, torch.device("cuda"), repetitions)
    return {"device": torch.cuda.get_device_name()} | found


def compare(
    config: RunConfig, splits: Splits, device: torch.device, repetitions: int, *, capture: bool = True
) -> dict[str, list[float]]:
    """Both by turns, after one epoch of each to warm up; without ``capture`` the plain loop runs as it is."""
    plain, ours = plain_epochs(config, splits, device, capture=capture), train(config, splits, device)
    seconds: dict[str, list[float]] = {"ours": [], "plain": []}
    for repetition in range(repetitions + 1):
        for name in sorted(seconds, reverse=repetition % 2 == 1):
            seconds[name].append(next(plain) if name == "plain" else monitored_epoch(ours))
    return {name: values[1:] for name, values in seconds.items()}


def plain_epochs(
    config: RunConfig, splits: Splits, device: torch.device, *, capture: bool
) -> Iterator[float]:
    """Seconds of each epoch: images and their order on the device, one graph replayed for every full batch.

    The loss is summed on the device and read once an epoch; a last batch that is not full is left out.
    """
    torch.manual_seed(config.training.seed)
    model, criterion = network(NETWORK).to(device), nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=config.optimizer.learning_rate)
    images, labels = splits.train_images.to(device), splits.train_labels.to(device)
    size = int(config.training.batch_size)
    steps = len(labels) // size
    order = torch.arange(steps * size, device=device).view(steps, size)
    counter = torch.zeros(1, dtype=torch.int64, device=device)
    total = torch.zeros((), device=device)

    def step() -> None:
        rows = order.index_select(0, counter).squeeze(0)
        loss: Tensor = criterion(
            model(images.index_select(0, rows).float() / 255), labels.index_select(0, rows)
        )
        optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        total.add_(loss.detach())
        counter.add_(1)

    launch = _captured(step, counter) if capture else step
    while True:
        started = time.perf_counter()
        order.copy_(torch.randperm(len(labels), device=device)[: steps * size].view(steps, size))
        counter.zero_()
        total.zero_()
        for _ in range(steps):
            launch()
        total.item()  # waits for the device
        yield time.perf_counter() - started


def _captured(step: Callable[[], None], counter: Tensor) -> Callable[[], None]:
    stream = torch.cuda.Stream()  # type: ignore[no-untyped-call]
    stream.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(stream):
        for _ in range(WARM_UP_STEPS):
            counter.zero_()
            step()
    torch.cuda.current_stream().wait_stream(stream)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        step()
    return graph.replay


if __name__ == "__main__":
    folder, number, times = sys.argv[1:]
    print(json.dumps(main(Path(folder), int(number), int(times))))
