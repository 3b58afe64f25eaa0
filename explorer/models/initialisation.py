"""Initial weights: one draw that every engine starts from."""

from collections.abc import Callable, Mapping
from math import sqrt

import torch
from torch import Tensor

from explorer.config.run import Initialisation, Network
from explorer.models.activations import PRELU_START
from explorer.models.architecture import CLASSES, WeightLayer, weight_layers

# Half-widths of uniform draws: PyTorch's default, Glorot & Bengio (2010), He et al. (2015).
_BOUNDS: Mapping[Initialisation, Callable[[WeightLayer], float]] = {
    "default": lambda layer: 1 / sqrt(layer.fan_in),
    "glorot_uniform": lambda layer: sqrt(6 / (layer.fan_in + layer.fan_out)),
    "he_uniform": lambda layer: sqrt(6 / layer.fan_in),
}
# Standard deviations of normal draws, untruncated: the same papers.
_DEVIATIONS: Mapping[Initialisation, Callable[[WeightLayer], float]] = {
    "glorot_normal": lambda layer: sqrt(2 / (layer.fan_in + layer.fan_out)),
    "he_normal": lambda layer: sqrt(2 / layer.fan_in),
}


def initial_parameters(
    network: Network, seed: int, classes: int = CLASSES, inputs: int | None = None
) -> dict[str, Tensor]:
    """The weights that a network starts from, a function of architecture and seed alone.

    Float32 tensors on the CPU by the names of ``architecture.parameter_shapes``, in that order; batch
    norm's buffers are among them. ``inputs`` is the length of an MLP's feature vector (324 for HOG).
    """
    return draw_parameters(network, torch.Generator().manual_seed(seed), classes, inputs)


def draw_parameters(
    network: Network, generator: torch.Generator, classes: int = CLASSES, inputs: int | None = None
) -> dict[str, Tensor]:
    """As ``initial_parameters``, from a generator on the CPU, which moves on."""
    parameters: dict[str, Tensor] = {}
    for layer in weight_layers(network, classes, inputs=inputs):
        for name, shape in layer.parameter_shapes().items():
            parameters[name] = _draw(name.removeprefix(f"{layer.prefix}."), shape, layer, network, generator)
    return parameters


def _draw(
    role: str, shape: tuple[int, ...], layer: WeightLayer, network: Network, generator: torch.Generator
) -> Tensor:
    if role == "weight":
        return _draw_weights(shape, layer, network, generator)
    if role == "bias" and network.biases == "default":
        return _uniform(shape, _BOUNDS["default"](layer), generator)
    if role == "slope":
        return torch.full(shape, PRELU_START)
    return torch.ones(shape) if role in ("norm.weight", "norm.running_var") else torch.zeros(shape)


def _draw_weights(
    shape: tuple[int, ...], layer: WeightLayer, network: Network, generator: torch.Generator
) -> Tensor:
    name = network.initialisation
    if name in _BOUNDS:
        return _uniform(shape, _BOUNDS[name](layer), generator)
    if name == "zeros":
        return torch.zeros(shape)
    deviation = network.initialisation_sigma if name == "gaussian" else _DEVIATIONS[name](layer)
    return torch.empty(shape).normal_(0, deviation, generator=generator)


def _uniform(shape: tuple[int, ...], bound: float, generator: torch.Generator) -> Tensor:
    return torch.empty(shape).uniform_(-bound, bound, generator=generator)
