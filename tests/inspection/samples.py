"""Networks and images that the tests of this layer look into."""

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor

from explorer.config.parsing import config_from_paths
from explorer.config.run import RunConfig
from explorer.inspection.subject import Subject, subject
from explorer.models.initialisation import initial_parameters


def config(**values: object) -> RunConfig:
    """A configuration from dotted fields written with two underscores."""
    return config_from_paths({path.replace("__", "."): value for path, value in values.items()})


def random_images(count: int, seed: int = 0) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(0, 256, (count, 1, 28, 28), dtype=torch.uint8, generator=generator)


def untrained(wanted: RunConfig, seed: int = 0, images: Tensor | None = None) -> Subject:
    """A network with its initial weights."""
    weights = {name: tensor.numpy() for name, tensor in initial_parameters(wanted.network, seed).items()}
    return subject(wanted, weights, random_images(200) if images is None else images)


def linear(weight: np.ndarray, bias: np.ndarray) -> Subject:
    """A linear model: an identity layer of ten units in front of an output that passes it on."""
    wanted = config(network__hidden=[10], network__activation="identity", data__scaling="unit")
    weights: Mapping[str, np.ndarray] = {
        "hidden.0.weight": weight.astype(np.float32),
        "hidden.0.bias": bias.astype(np.float32),
        "output.weight": np.eye(10, dtype=np.float32),
        "output.bias": np.zeros(10, np.float32),
    }
    return subject(wanted, weights, random_images(10))
