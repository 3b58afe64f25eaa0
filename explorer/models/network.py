"""The configured network as a torch module."""

from collections.abc import Callable, Mapping
from itertools import zip_longest
from typing import Any

import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from explorer.config.run import ConvolutionBlock, Network
from explorer.errors import CheckpointError
from explorer.models.activations import MONOTONE, activate
from explorer.models.architecture import CLASSES, WeightLayer, weight_layers
from explorer.models.initialisation import draw_parameters
from explorer.models.pooling import max_pool

NORM_MOMENTUM = 0.1  # share of the newest batch in the running statistics, PyTorch's default
NORM_EPSILON = 1e-5


def build(
    network: Network, generator: torch.Generator, classes: int = CLASSES, inputs: int | None = None
) -> "DigitNetwork":
    """The network on the CPU in training mode, float32, with initial weights drawn from the generator.

    ``build(network, torch.Generator().manual_seed(seed))`` starts from ``initial_parameters(network, seed)``;
    ``state_dict()`` has the same names. A CNN works in channels-last order of memory.
    """
    module = DigitNetwork(network, classes, inputs)
    module.load_state_dict(draw_parameters(network, generator, classes, inputs))
    if network.kind == "cnn":
        module.to(memory_format=torch.channels_last)
    return module


def restored(
    network: Network, weights: Mapping[str, NDArray[Any]], classes: int = CLASSES, inputs: int | None = None
) -> "DigitNetwork":
    """The network on the CPU with these weights (a checkpoint's), ready to answer: no dropout, no updates.

    Raises:
        CheckpointError: the weights are those of another network.
    """
    module = DigitNetwork(network, classes, inputs)
    try:
        module.load_state_dict({name: torch.tensor(array) for name, array in weights.items()})
    except RuntimeError as error:
        raise CheckpointError(
            "The checkpoint does not fit the run's network. Train the run again, or choose another epoch."
        ) from error
    if network.kind == "cnn":
        module.to(memory_format=torch.channels_last)
    return module.eval().requires_grad_(requires_grad=False)


class DigitNetwork(nn.Module):
    """Prepared images (N, 1, 28, 28) float32, or features (N, inputs) for an MLP, to logits (N, classes).

    A hidden layer is: weighted sums, batch norm (Ioffe & Szegedy, 2015), pooling, activation, dropout; where
    the activation may fall, pooling follows it (else the order changes nothing but the cost). Dropout
    acts in training on every hidden dense layer and on the flattened maps of a CNN (Srivastava et al., 2014).
    """

    def __init__(self, network: Network, classes: int = CLASSES, inputs: int | None = None) -> None:
        super().__init__()
        layers = weight_layers(network, classes, inputs=inputs)
        blocks = len(network.blocks)
        self.config = network
        self.convolution = nn.ModuleList(
            _Hidden(layer, network, block) for layer, block in zip_longest(layers[:blocks], network.blocks)
        )
        self.hidden = nn.ModuleList(_Hidden(layer, network) for layer in layers[blocks:-1])
        self.output = _Weights(layers[-1])

    def forward(
        self,
        images: Tensor,
        keep: list[Tensor] | None = None,
        keep_sums: list[Tensor] | None = None,
        perturb: Callable[[Tensor], Tensor] | None = None,
        perturb_sums: Callable[[Tensor], Tensor] | None = None,
    ) -> Tensor:
        """The logits (N, classes).

        Args:
            images: Prepared images or features.
            keep: Receives the activations of each hidden layer, first layer first: (N, units) of dense
                layers, (N, filters, height, width) of convolutions after pooling; all before dropout.
            keep_sums: Receives what each hidden activation function was given (after batch norm), in the
                same order; for monotone activations that of a convolution is already pooled.
            perturb: Changes each hidden layer's activations on their way to the next one (noise, say).
            perturb_sums: Changes what each activation function is given, and the logits.
        """
        values = _channels_last(images) if len(self.convolution) else images
        for layer in self.convolution:
            values = layer(values, keep, keep_sums, perturb_sums)
            values = values if perturb is None else perturb(values)
        values = values.flatten(1)
        if len(self.convolution):
            values = self._drop(values)
        for layer in self.hidden:
            values = self._drop(layer(values, keep, keep_sums, perturb_sums))
            values = values if perturb is None else perturb(values)
        logits = functional.linear(values, self.output.weight, self.output.bias)
        return logits if perturb_sums is None else perturb_sums(logits)

    def answer(self, images: Tensor) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Logits and the activations of every hidden layer, as ``forward`` with ``keep`` gives them."""
        activations: list[Tensor] = []
        return self(images, activations), tuple(activations)

    def _drop(self, values: Tensor) -> Tensor:
        if not (self.training and self.config.dropout):
            return values
        return functional.dropout(values, self.config.dropout)


def _channels_last(images: Tensor) -> Tensor:
    """The images marked as channels-last, so that every layer after them is, whatever its weights' order."""
    if images.shape[1] > 1:
        return images.contiguous(memory_format=torch.channels_last)
    # With one channel both orders are the same in memory and torch takes the strides as they are.
    return images.reshape(len(images), *images.shape[2:], 1).permute(0, 3, 1, 2)


class _Weights(nn.Module):
    def __init__(self, layer: WeightLayer) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(layer.weight_shape))
        self.bias = nn.Parameter(torch.empty(layer.units))


class _Hidden(_Weights):
    def __init__(self, layer: WeightLayer, network: Network, block: ConvolutionBlock | None = None) -> None:
        super().__init__(layer)
        self.activation = network.activation
        self.block = block
        self.slope = nn.Parameter(torch.empty(1)) if layer.has_slope else None
        self.norm = _Norm(layer.units) if layer.has_norm else None

    def forward(
        self,
        values: Tensor,
        keep: list[Tensor] | None,
        keep_sums: list[Tensor] | None,
        perturb_sums: Callable[[Tensor], Tensor] | None,
    ) -> Tensor:
        sums = self._sum(values)
        if self.norm is not None:
            sums = self.norm(sums)
        pooling = 1 if self.block is None else self.block.pooling
        pools_first = self.activation in MONOTONE
        if pooling > 1 and pools_first:
            sums = max_pool(sums, pooling)
        if perturb_sums is not None:
            sums = perturb_sums(sums)
        if keep_sums is not None:
            keep_sums.append(sums)
        values = activate(self.activation, sums, self.slope)
        if pooling > 1 and not pools_first:
            values = max_pool(values, pooling)
        if keep is not None:
            keep.append(values)
        return values

    def _sum(self, values: Tensor) -> Tensor:
        if self.block is None:
            return functional.linear(values, self.weight, self.bias)
        if self.block.padding == "valid":
            return functional.conv2d(values, self.weight, self.bias)
        before, after = (self.block.kernel - 1) // 2, self.block.kernel // 2
        if before == after:
            return functional.conv2d(values, self.weight, self.bias, padding=before)
        # An even kernel has no middle: one more row and column at the end, as Keras and PyTorch do.
        padded = functional.pad(values, (before, after, before, after))
        return functional.conv2d(padded, self.weight, self.bias)


class _Norm(nn.Module):
    running_mean: Tensor
    running_var: Tensor

    def __init__(self, units: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(units))
        self.bias = nn.Parameter(torch.empty(units))
        self.register_buffer("running_mean", torch.empty(units))
        self.register_buffer("running_var", torch.empty(units))

    def forward(self, sums: Tensor) -> Tensor:
        # A single value has no variance (a last batch of one image): the running statistics stand in.
        values_each = sums.numel() // sums.shape[1]
        return functional.batch_norm(
            sums,
            self.running_mean,
            self.running_var,
            self.weight,
            self.bias,
            training=self.training and values_each > 1,
            momentum=NORM_MOMENTUM,
            eps=NORM_EPSILON,
        )
