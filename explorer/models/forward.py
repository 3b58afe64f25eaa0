"""A network's answer in NumPy alone: for the dashboard's process, which never loads torch."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import erf

from explorer.config.run import Activation, ConvolutionBlock, Network
from explorer.errors import CheckpointError
from explorer.models.architecture import parameter_shapes

NORM_EPSILON = 1e-5  # as in training
LEAKY_SLOPE = 0.01
PORTION_BYTES = 1 << 24  # of windows laid out at once: a wide convolution of one image would take 200 MB

Array = NDArray[np.float32]
Weights = Mapping[str, NDArray[Any]]

_BENDS: Mapping[Activation, Callable[[Array], Array]] = {
    "identity": lambda sums: sums,
    "sigmoid": lambda sums: np.float32(0.5) * (1 + np.tanh(np.float32(0.5) * sums)),  # never overflows
    "tanh": np.tanh,
    "relu": lambda sums: np.maximum(sums, 0),
    "leaky_relu": lambda sums: np.maximum(sums, np.float32(LEAKY_SLOPE) * sums),
    "elu": lambda sums: np.where(sums > 0, sums, np.expm1(np.minimum(sums, 0))),
    "gelu": lambda sums: np.float32(0.5) * sums * (1 + erf(sums * np.float32(0.5**0.5))),
    "silu": lambda sums: np.float32(0.5) * sums * (1 + np.tanh(np.float32(0.5) * sums)),
}


@dataclass(frozen=True, slots=True, eq=False)
class ForwardPass:
    """What a network makes of N images.

    ``logits`` are (N, 10); ``activations`` one array a hidden layer, first layer first: (N, filters, height,
    width) of convolutions after pooling, (N, units) of dense layers.
    """

    logits: Array
    activations: tuple[Array, ...]

    @property
    def probabilities(self) -> NDArray[np.float64]:
        """Softmax of the logits, (N, 10); a network of binary losses too is read in this way."""
        powers = np.exp(self.logits.astype(np.float64) - self.logits.max(axis=1, keepdims=True))
        shares: NDArray[np.float64] = powers / powers.sum(axis=1, keepdims=True)
        return shares


def fitting_weights(network: Network, weights: Weights, inputs: int | None = None) -> dict[str, Array]:
    """The weights of a checkpoint as float32, each looked at once so that ``forward`` need not.

    Raises:
        CheckpointError: they are those of another network.
    """
    shapes = parameter_shapes(network, inputs=inputs)
    if {name: array.shape for name, array in weights.items()} != shapes:
        raise CheckpointError(
            "The checkpoint does not fit the run's network. Train the run again, or choose another epoch."
        )
    return {name: np.ascontiguousarray(array, np.float32) for name, array in weights.items()}


def forward(network: Network, weights: Weights, inputs: NDArray[np.floating]) -> ForwardPass:
    """The answers to prepared images (N, 1, 28, 28), or to prepared features (N, F) of an MLP.

    As the torch network answers after training (no dropout, batch norm by its running statistics), to about
    1e-5. A convolution is one product of its filters with all windows side by side.
    """
    values = np.asarray(inputs, np.float32)
    activations = []
    for index, block in enumerate(network.blocks):
        layer = f"convolution.{index}"
        sums = _normalised(_convolved(values, weights, layer, block), weights, layer)
        values = _pooled(_bent(network.activation, sums, weights, layer), block.pooling)
        activations.append(values)
    values = values.reshape(len(values), -1)
    for index in range(len(network.hidden)):
        layer = f"hidden.{index}"
        sums = _normalised(_weighted(values, weights, layer), weights, layer)
        values = _bent(network.activation, sums, weights, layer)
        activations.append(values)
    return ForwardPass(_weighted(values, weights, "output"), tuple(activations))


def _weighted(values: Array, weights: Weights, layer: str) -> Array:
    sums: Array = values @ weights[f"{layer}.weight"].T + weights[f"{layer}.bias"]
    return sums


def _convolved(values: Array, weights: Weights, layer: str, block: ConvolutionBlock) -> Array:
    """(N, channels, H, W) to (N, filters, H′, W′); an even kernel has its extra row and column at the end."""
    kernel = block.kernel
    if block.padding == "same":
        around = ((kernel - 1) // 2, kernel // 2)
        values = np.pad(values, ((0, 0), (0, 0), around, around))
    filters = weights[f"{layer}.weight"].reshape(len(weights[f"{layer}.weight"]), -1)
    count, channels, rows, columns = values.shape
    rows, columns = rows - kernel + 1, columns - kernel + 1
    sums = np.empty((count, len(filters), rows, columns), np.float32)
    row_bytes = 4 * count * filters.shape[1] * columns
    portion = max(1, PORTION_BYTES // row_bytes)
    for first in range(0, rows, portion):
        part = values[:, :, first : first + portion + kernel - 1]
        windows = np.lib.stride_tricks.sliding_window_view(part, (kernel, kernel), axis=(2, 3))
        height = windows.shape[2]
        # (N, channels, k, k, height, W′): what a filter's weights meet, over all places.
        laid_out = windows.transpose(0, 1, 4, 5, 2, 3).reshape(count, channels * kernel**2, height * columns)
        sums[:, :, first : first + height] = (filters @ laid_out).reshape(count, -1, height, columns)
    sums += weights[f"{layer}.bias"][:, None, None]
    return sums


def _normalised(sums: Array, weights: Weights, layer: str) -> Array:
    norm = f"{layer}.norm"
    if f"{norm}.weight" not in weights:
        return sums
    factor = weights[f"{norm}.weight"] / np.sqrt(weights[f"{norm}.running_var"] + np.float32(NORM_EPSILON))
    offset = weights[f"{norm}.bias"] - weights[f"{norm}.running_mean"] * factor
    places = (-1,) + (1,) * (sums.ndim - 2)
    return np.asarray(sums * factor.reshape(places) + offset.reshape(places), np.float32)


def _bent(name: Activation, sums: Array, weights: Weights, layer: str) -> Array:
    if name == "prelu":
        slope = weights[f"{layer}.slope"]
        return np.where(sums > 0, sums, slope * sums).astype(np.float32, copy=False)
    return _BENDS[name](sums)


def _pooled(maps: Array, side: int) -> Array:
    """The greatest of each window; an incomplete one at the end is left out."""
    if side == 1:
        return maps
    count, filters, rows, columns = maps.shape
    rows, columns = rows // side, columns // side
    whole = maps[:, :, : rows * side, : columns * side]
    pooled: Array = whole.reshape(count, filters, rows, side, columns, side).max(axis=(3, 5))
    return pooled
