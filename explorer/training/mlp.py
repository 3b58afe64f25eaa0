"""Forward and backward pass of a stack of multilayer perceptrons, written out."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from explorer.config.run import RunConfig
from explorer.models.activations import activate
from explorer.models.architecture import WeightLayer, weight_layers
from explorer.training.bends import BENDS, bend_prelu, bend_prelu_back
from explorer.training.objectives import logit_gradients
from explorer.training.parameters import FlatParameters


@dataclass(frozen=True, slots=True)
class _Layer:
    """Views of one layer's parameters and gradients, and buffers are elsewhere: they depend on the batch."""

    weight: Tensor  # (K, out, in)
    transposed: Tensor  # (K, in, out)
    bias: Tensor  # (K, 1, out)
    weight_gradient: Tensor  # (K, out, in)
    bias_gradient: Tensor  # (K, out)
    slope: Tensor | None  # (K, 1)
    slope_gradient: Tensor | None


@dataclass(frozen=True, slots=True)
class _Buffers:
    """What one step of a given batch size writes for one hidden layer, (K, B, units) each.

    ``activations`` may be ``sums`` and ``passed`` may be ``activations``, where nothing lies between.
    """

    sums: Tensor
    activations: Tensor
    passed: Tensor
    mask: Tensor
    gradients: Tensor


class ExplicitNetwork:
    """K networks without batch norm; every product and derivative fills a buffer that was there before.

    Forward noise, then dropout, act on the activations that a hidden layer passes on; backward noise
    (fourth report) on the gradients of what it passes on.
    """

    image_shape: tuple[int, ...] = (784,)

    def __init__(self, config: RunConfig, parameters: FlatParameters, generator: torch.Generator) -> None:
        self.config = config
        self.parameters = parameters
        self.generator = generator
        self.sum_gradients: Sequence[Tensor] = ()
        self._layers = [_views(parameters, layer) for layer in weight_layers(config.network)]
        self._buffers: dict[int, list[_Buffers]] = {}
        self._noisy = bool(config.regularisation.activation_noise or config.network.dropout)

    @property
    def buffers(self) -> dict[str, Tensor]:
        """State that is no parameter: none."""
        return {}

    def gradients(self, images: Tensor, targets: Tensor, logits: Tensor, *, observe: bool = False) -> None:
        """Fill ``logits`` (K, B, 10) and the gradients of all parameters.

        ``images`` (K or 1, B, 784) and ``targets`` (K or 1, B, 10), one-hot. ``sum_gradients`` then
        holds the gradients of each layer's sums, (K, B, units), the output's last; with or without ``observe``.
        """
        stack, batch = self.parameters.stack, images.shape[1]
        buffers = self._buffers.get(batch) or self._allocate(batch)
        values = images if len(images) == stack else images.expand(stack, -1, -1)
        inputs = [values]
        for layer, buffer in zip(self._layers[:-1], buffers[:-1], strict=True):
            torch.baddbmm(layer.bias, values, layer.transposed, out=buffer.sums)
            self._bend(layer, buffer)
            values = buffer.passed
            inputs.append(values)
        last = self._layers[-1]
        torch.baddbmm(last.bias, values, last.transposed, out=logits)

        scale = 1 / batch if self.config.optimizer.reduction == "mean" else 1.0
        gradients = logit_gradients(self.config.loss, logits, targets, scale, out=buffers[-1].gradients)
        for index in range(len(self._layers) - 1, -1, -1):
            layer = self._layers[index]
            torch.bmm(gradients.transpose(1, 2), inputs[index], out=layer.weight_gradient)
            torch.sum(gradients, 1, out=layer.bias_gradient)
            if index:
                buffer = buffers[index - 1]
                gradients = torch.bmm(gradients, layer.weight, out=buffer.gradients)
                self._bend_back(self._layers[index - 1], buffer)
        self.sum_gradients = [buffer.gradients for buffer in buffers]

    def answer(self, images: Tensor) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Logits and hidden activations of the first network, without noise or dropout."""
        values, hidden = images.flatten(1), []
        for layer in self._layers[:-1]:
            slope = None if layer.slope is None else layer.slope[0]
            sums = functional.linear(values, layer.weight[0], layer.bias[0, 0])
            values = activate(self.config.network.activation, sums, slope)
            hidden.append(values)
        last = self._layers[-1]
        return functional.linear(values, last.weight[0], last.bias[0, 0]), tuple(hidden)

    def _bend(self, layer: _Layer, buffer: _Buffers) -> None:
        if layer.slope is not None:
            bend_prelu(buffer.sums, layer.slope, buffer.activations)
        else:
            BENDS[self.config.network.activation].forward(buffer.sums, buffer.activations)
        if not self._noisy:
            return
        sigma, dropout = self.config.regularisation.activation_noise, self.config.network.dropout
        if sigma:
            buffer.passed.normal_(0, sigma, generator=self.generator).add_(buffer.activations)
        if dropout:
            buffer.mask.bernoulli_(1 - dropout, generator=self.generator).mul_(1 / (1 - dropout))
            torch.mul(buffer.passed if sigma else buffer.activations, buffer.mask, out=buffer.passed)

    def _bend_back(self, layer: _Layer, buffer: _Buffers) -> None:
        gradients, sigma = buffer.gradients, self.config.regularisation.gradient_noise
        if sigma:
            gradients.add_(torch.empty_like(gradients).normal_(0, sigma, generator=self.generator))
        if self.config.network.dropout:
            gradients.mul_(buffer.mask)
        if layer.slope is not None and layer.slope_gradient is not None:
            bend_prelu_back(gradients, buffer.sums, layer.slope, layer.slope_gradient)
            return
        bend = BENDS[self.config.network.activation]
        bend.backward(gradients, buffer.activations if bend.in_place else buffer.sums)

    def _allocate(self, batch: int) -> list[_Buffers]:
        activation = self.config.network.activation
        in_place = activation != "prelu" and BENDS[activation].in_place

        def fresh(layer: _Layer) -> Tensor:
            return self.parameters.values.new_empty(self.parameters.stack, batch, layer.weight.shape[1])

        buffers = []
        for layer in self._layers[:-1]:
            sums = fresh(layer)
            activations = sums if in_place else fresh(layer)
            passed = fresh(layer) if self._noisy else activations
            mask = fresh(layer) if self.config.network.dropout else passed
            buffers.append(_Buffers(sums, activations, passed, mask, fresh(layer)))
        unused = self.parameters.values.new_empty(0)
        buffers.append(_Buffers(unused, unused, unused, unused, fresh(self._layers[-1])))
        self._buffers[batch] = buffers
        return buffers


def _views(parameters: FlatParameters, layer: WeightLayer) -> _Layer:
    weight, name = parameters.value(f"{layer.prefix}.weight"), f"{layer.prefix}.slope"
    return _Layer(
        weight=weight,
        transposed=weight.transpose(1, 2),
        bias=parameters.value(f"{layer.prefix}.bias").unsqueeze(1),
        weight_gradient=parameters.gradient(f"{layer.prefix}.weight"),
        bias_gradient=parameters.gradient(f"{layer.prefix}.bias"),
        slope=parameters.value(name) if layer.has_slope else None,
        slope_gradient=parameters.gradient(name) if layer.has_slope else None,
    )
