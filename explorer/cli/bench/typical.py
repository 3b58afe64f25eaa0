"""What people write: torchvision's MNIST, a DataLoader with two workers, ``loss.item()`` every step.

Run as a program with the data folder, a case, its batch size, a number of images and an optimizer (adam or
sgd), it times one epoch and prints JSON.
"""

import json
import sys
import time
from itertools import pairwise

import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset, Subset
from torchvision import datasets, transforms

WARM_UP_BATCHES = 10
LOADER_WORKERS = 2


def network(name: str) -> nn.Sequential:
    """The case's network as one writes it down; the same layers and shapes as ours."""
    if name == "lenet":
        return nn.Sequential(
            nn.Conv2d(1, 6, 5), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2),
            nn.Flatten(), nn.Linear(256, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10),
        )  # fmt: skip
    if name == "keras_cnn":
        return nn.Sequential(
            nn.Conv2d(1, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(32, 64, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
            nn.Flatten(), nn.Linear(3136, 128), nn.ReLU(), nn.Linear(128, 10),
        )  # fmt: skip
    sizes = [int(size) for size in name.split("-")]
    layers: list[nn.Module] = [nn.Flatten()]
    for inputs, outputs in pairwise(sizes[:-1]):
        layers += [nn.Linear(inputs, outputs), nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(sizes[-2], sizes[-1]))


def train_epoch(
    model: nn.Module, optimizer: torch.optim.Optimizer, data: Dataset[object], batch_size: int
) -> float:
    """One epoch; the mean of the losses."""
    loader = DataLoader(data, batch_size=batch_size, shuffle=True, num_workers=LOADER_WORKERS)
    criterion = nn.CrossEntropyLoss()
    model.train()
    total = 0.0
    for images, labels in loader:
        optimizer.zero_grad()
        loss = criterion(model(images), labels)
        loss.backward()
        optimizer.step()
        total += loss.item()
    return total / len(loader)


def main(
    folder: str, name: str, batch_size: int, images: int, optimizer_name: str = "adam"
) -> dict[str, float]:
    """Times an epoch after a warm-up of a few batches; the loader's workers start anew, as in every epoch."""
    transform = transforms.Compose([transforms.ToTensor(), transforms.Normalize((0.1307,), (0.3081,))])
    whole = datasets.MNIST(folder, train=True, download=False, transform=transform)
    data = whole if images == len(whole) else Subset(whole, range(images))
    model = network(name)
    optimizer: torch.optim.Optimizer = torch.optim.Adam(model.parameters(), lr=0.001)
    if optimizer_name == "sgd":
        optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
    train_epoch(model, optimizer, Subset(whole, range(min(images, WARM_UP_BATCHES * batch_size))), batch_size)
    started = time.perf_counter()
    loss = train_epoch(model, optimizer, data, batch_size)
    return {
        "seconds": time.perf_counter() - started,
        "loss": loss,
        "parameters": sum(parameter.numel() for parameter in model.parameters()),
    }


if __name__ == "__main__":
    folder, name, batch_size, images, *optimizer = sys.argv[1:]
    print(json.dumps(main(folder, name, int(batch_size), int(images), *optimizer)))
