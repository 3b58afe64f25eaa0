"""Initial weights drawn by NumPy, by the rules that every engine follows."""

from math import sqrt

import numpy as np

from explorer.config.run import Network
from explorer.scratch.arrays import Array
from explorer.scratch.parameters import Parameters

PRELU_START = 0.25  # He et al. (2015)


def initialise(parameters: Parameters, network: Network, seed: int) -> None:
    """Fill the parameters of a network, layer by layer, as a function of architecture and seed alone.

    The rules are those of the configuration; the numbers are not those that torch draws for this seed.
    """
    random = np.random.default_rng(seed)
    for layer in parameters.layers:
        layer.W[...] = draw_weights(layer.W.shape, network, random)
        bound = 1 / sqrt(layer.W.shape[1]) if network.biases == "default" else 0.0
        layer.b[...] = random.uniform(-bound, bound, layer.b.shape)
        if layer.slope is not None:
            layer.slope[...] = PRELU_START


def draw_weights(shape: tuple[int, ...], network: Network, random: np.random.Generator) -> Array:
    """Weights (units, inputs): uniform or normal, by PyTorch's default, Glorot & Bengio (2010), He (2015)."""
    units, inputs = shape
    bounds = {
        "default": 1 / sqrt(inputs),
        "glorot_uniform": sqrt(6 / (inputs + units)),
        "he_uniform": sqrt(6 / inputs),
    }
    deviations = {
        "glorot_normal": sqrt(2 / (inputs + units)),
        "he_normal": sqrt(2 / inputs),
        "gaussian": network.initialisation_sigma,
        "zeros": 0.0,
    }
    name = network.initialisation
    if name in bounds:
        return random.uniform(-bounds[name], bounds[name], shape)
    return random.normal(0, deviations[name], shape)
