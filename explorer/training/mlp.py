"""Forward and backward pass of a stack of multilayer perceptrons, written out."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import torch
from torch import Tensor

from explorer.config.run import Activation, RunConfig
from explorer.data.features import inputs_of
from explorer.evaluation.units import strays
from explorer.models.architecture import WeightLayer, weight_layers
from explorer.training.bends import BENDS, bend_prelu, bend_prelu_back
from explorer.training.inputs import FirstLayer
from explorer.training.noise import Noise
from explorer.training.objectives import logit_gradients
from explorer.training.parameters import FlatParameters
from explorer.training.products import Affine, Product, affine_for, product_for


@dataclass(frozen=True, slots=True)
class _Layer:
    """Views of one layer's parameters and gradients."""

    name: str  # of the weight
    weight: Tensor  # (K, out, in)
    transposed: Tensor  # (K, in, out)
    bias: Tensor  # (K, out, 1)
    weight_gradient: Tensor  # (K, out, in)
    bias_gradient: Tensor  # (K, out)
    slope: Tensor | None  # (K, 1)
    slope_gradient: Tensor | None


@dataclass(frozen=True, slots=True)
class Run:
    """Networks of a stack that follow each other and bend alike."""

    activation: Activation
    start: int
    stop: int

    def part(self, stacked: Tensor) -> Tensor:
        """Their rows of a tensor (K, …); itself where they are all."""
        return stacked if self.stop - self.start == stacked.shape[0] else stacked[self.start : self.stop]


@dataclass(frozen=True, slots=True)
class _Bent:
    """One run's rows of a layer's work, and of its slopes where the run has one."""

    activation: Activation
    sums: Tensor
    activations: Tensor
    gradients: Tensor
    slope: Tensor | None
    slope_gradient: Tensor | None


@dataclass(frozen=True, slots=True)
class _Work:
    """What one step of a given batch size writes for one layer, (K, units, B) each, and its products.

    ``activations`` may be ``sums`` and ``passed`` may be ``activations``, where nothing lies between.
    ``mask`` and ``numbers`` are (1, units, B) where all networks draw the same.
    """

    sums: Tensor
    activations: Tensor
    passed: Tensor
    mask: Tensor
    numbers: Tensor
    gradients: Tensor
    passed_rows: Tensor  # (K, B, units), a view
    scale: Tensor  # of each image's gradient, a scalar
    bent: tuple[_Bent, ...]
    forward: Affine
    to_weight: Product
    to_input: Product


class ExplicitNetwork:
    """K networks without batch norm; every product and derivative fills memory that was there before.

    Images are columns: a layer computes W·X + b, (units, B), as in the textbook. So softmax and the sums
    over a batch run along memory, which is five times as fast as row by row for ten classes.
    Forward noise, then dropout, act on the activations that a hidden layer passes on; backward noise
    (fourth report) on the gradients of what it passes on. Noise on sums acts on those of all layers, the
    output's too, and on their gradients. The networks take their images from ``lanes``: as
    many in a row from each.
    """

    def __init__(
        self, configs: Sequence[RunConfig], parameters: FlatParameters, noise: Noise, lanes: int = 1
    ) -> None:
        config = widest(configs)
        self.config = config
        self.parameters = parameters
        self.noise = noise
        self.lanes = lanes
        self._disturbs_sums = config.regularisation.noise_on == "sums"
        self.runs = runs_of(configs)
        self.sum_gradients: Sequence[Tensor] = ()
        self.apart: dict[str, Tensor] = {}
        layers = weight_layers(config.network, inputs=inputs_of(config.data))
        self._layers = [_views(parameters, layer) for layer in layers]
        self.image_shape: tuple[int, ...] = (layers[0].fan_in,)
        self._first = FirstLayer(parameters, self._layers[0].weight, lanes)
        self._work: dict[int, list[_Work]] = {}

    @property
    def buffers(self) -> list[dict[str, Tensor]]:
        """State that is no parameter, of each network: none."""
        return [{} for _ in range(self.parameters.stack)]

    @property
    def generators(self) -> list[torch.Generator]:
        """All that is drawn from."""
        return self.noise.generators

    def start_epoch(self, epoch: int) -> None:
        """Begin the epoch's random numbers anew."""
        self.noise.start_epoch(epoch)

    def prepare(self, batch: int) -> None:
        """Have the memory for steps of so many images."""
        if batch not in self._work:
            self._work[batch] = self._allocate(batch)

    def gradients(
        self, images: Tensor, targets: Tensor, logits: Tensor, *, observe: bool, leave: bool = False
    ) -> None:
        """Fill ``logits`` (K, 10, B) and the gradients of all parameters.

        ``images`` (S, B, inputs) and ``targets`` (S, 10, B), one-hot, of each of the S lanes. With
        ``observe``, ``sum_gradients`` then holds the gradients of each layer's sums, (K, units, B), the
        output's last. With ``leave``, gradients of weights that lie elsewhere are left there, in ``apart`` by
        name, (K, out, in), and the parameters' own are not filled.
        """
        self.apart = {}
        batch = images.shape[1]
        if batch not in self._work:
            self.prepare(batch)
        work, first = self._work[batch], self._first
        rows = images if self.lanes == self.parameters.stack or first.is_wide else first.spread(images)
        values = rows.transpose(1, 2)
        for layer, own in zip(self._layers[:-1], work[:-1], strict=True):
            if first.is_wide and own is work[0]:
                first.forward(layer.bias, values, own.sums)
            else:
                own.forward(layer.bias, layer.weight, values, own.sums)
            self._bend(own)
            values = own.passed
        layer, own = self._layers[-1], work[-1]
        own.forward(layer.bias, layer.weight, values, logits)
        self._disturb_sums(own, logits)

        gradients = self._logit_gradients(logits, targets, own)
        self._disturb_sum_gradients(own)
        for index in range(len(self._layers) - 1, -1, -1):
            layer, own = self._layers[index], work[index]
            if first.is_wide and not index:
                product = first.backward(gradients, rows)
            else:
                inputs = work[index - 1].passed_rows if index else rows
                product = own.to_weight(gradients, inputs, layer.weight_gradient)
            if product is not layer.weight_gradient:
                if leave:
                    self.apart[layer.name] = product
                else:
                    layer.weight_gradient.copy_(product)
            torch.sum(gradients, 2, out=layer.bias_gradient)
            if index:
                below = work[index - 1]
                product = own.to_input(layer.transposed, gradients, below.gradients)
                gradients = below.gradients
                self._bend_back(below, product)
        if observe:
            self.sum_gradients = [own.gradients for own in work]

    def answer(self, images: Tensor, start: int, stop: int) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Logits (k, 10, N) of networks ``start`` to ``stop`` for the same N images, undisturbed.

        With them, for each hidden layer, how far its units stray from being dead (k, units).
        """
        rows, hidden = slice(start, stop), list[Tensor]()
        values = images.flatten(1).unsqueeze(0)
        for index, layer in enumerate(self._layers):
            bias, weight = layer.bias[rows], layer.weight[rows]
            sums = _sums(bias, weight, values) if index else self._first.answer(bias, values, rows)
            if index + 1 == len(self._layers):
                return sums, tuple(hidden)
            values = self._bent(layer, sums, start, stop)
            hidden.append(self._strays(values, start, stop))
        raise AssertionError("a network has an output layer")

    def _logit_gradients(self, logits: Tensor, targets: Tensor, own: _Work) -> Tensor:
        if 1 < self.lanes < len(logits):
            groups = (self.lanes, -1, *logits.shape[1:])
            logit_gradients(
                self.config.loss,
                logits.view(groups),
                targets.unsqueeze(1),
                own.scale,
                out=own.gradients.view(groups),
            )
            return own.gradients
        return logit_gradients(self.config.loss, logits, targets, own.scale, out=own.gradients)

    def _disturb_sums(self, own: _Work, sums: Tensor) -> None:
        if self._disturbs_sums and self.noise.has_sigma:
            self.noise.disturb(sums, own.numbers, out=sums)

    def _disturb_sum_gradients(self, own: _Work) -> None:
        if self._disturbs_sums and self.noise.has_gradient_sigma:
            self.noise.disturb_gradients(own.gradients, own.numbers)

    def _bend(self, own: _Work) -> None:
        self._disturb_sums(own, own.sums)
        for bent in own.bent:
            if bent.slope is not None:
                bend_prelu(bent.sums, bent.slope, bent.activations)
            else:
                BENDS[bent.activation].forward(bent.sums, bent.activations)
        is_disturbed = self.noise.has_sigma and not self._disturbs_sums
        if is_disturbed:
            self.noise.disturb(own.activations, own.numbers, out=own.passed)
        if self.noise.has_dropout:
            self.noise.draw_masks(own.mask)
            torch.mul(own.passed if is_disturbed else own.activations, own.mask, out=own.passed)

    def _bend_back(self, own: _Work, product: Tensor) -> None:
        if self.noise.has_gradient_sigma and not self._disturbs_sums:
            self.noise.disturb_gradients(product, own.numbers)
        if self.noise.has_dropout:
            product.mul_(own.mask)
        for bent, run in zip(own.bent, self.runs, strict=True):
            given = product if len(self.runs) == 1 else run.part(product)
            if bent.slope is not None and bent.slope_gradient is not None:
                bend_prelu_back(given, bent.sums, bent.slope, bent.slope_gradient, bent.gradients)
            else:
                bend = BENDS[bent.activation]
                bend.backward(given, bent.activations if bend.in_place else bent.sums, bent.gradients)
        self._disturb_sum_gradients(own)

    def _bent(self, layer: _Layer, sums: Tensor, start: int, stop: int) -> Tensor:
        """The activations of networks ``start`` to ``stop``."""
        activations = sums if all(_in_place(run) for run in self.runs) else torch.empty_like(sums)
        for activation, first, last in self._parts(start, stop):
            given, bent = sums[first:last], activations[first:last]
            if activation == "prelu" and layer.slope is not None:
                bend_prelu(given, layer.slope[start + first : start + last], bent)
            else:
                BENDS[activation].forward(given, bent)
        return activations

    def _strays(self, activations: Tensor, start: int, stop: int) -> Tensor:
        parts = [
            strays(activation, activations[first:last], images=2)
            for activation, first, last in self._parts(start, stop)
        ]
        return parts[0] if len(parts) == 1 else torch.cat(parts)

    def _parts(self, start: int, stop: int) -> Iterator[tuple[Activation, int, int]]:
        """Activations of networks ``start`` to ``stop``, with their places among these."""
        for run in self.runs:
            first, last = max(run.start, start), min(run.stop, stop)
            if first < last:
                yield run.activation, first - start, last - start

    def _allocate(self, batch: int) -> list[_Work]:
        values, noise = self.parameters.values, self.noise
        in_place = all(_in_place(run) for run in self.runs)
        is_mean = self.config.optimizer.reduction == "mean"
        work = []
        for layer in self._layers:
            stack, units, inputs = layer.weight.shape

            def fresh(width: int = stack, units: int = units) -> Tensor:
                return values.new_empty(width, units, batch)

            is_output = layer is self._layers[-1]
            sums = fresh()
            activations = sums if in_place or is_output else fresh()
            is_apart = noise.has_dropout or (noise.has_sigma and not self._disturbs_sums)
            passed = fresh() if is_apart and not is_output else activations
            is_noisy = noise.has_sigma or noise.has_gradient_sigma
            is_noisy = is_noisy and (self._disturbs_sums or not is_output)
            gradients = fresh()
            work.append(
                _Work(
                    sums=sums,
                    activations=activations,
                    passed=passed,
                    mask=fresh(noise.width).fill_(1) if noise.has_dropout and not is_output else passed,
                    numbers=fresh(noise.width).zero_() if is_noisy else passed,
                    gradients=gradients,
                    passed_rows=passed.transpose(1, 2),
                    scale=values.new_full((), 1 / batch if is_mean else 1.0),
                    bent=tuple(
                        _Bent(
                            run.activation,
                            run.part(sums),
                            run.part(sums) if in_place else run.part(activations),
                            run.part(gradients),
                            None
                            if run.activation != "prelu" or layer.slope is None
                            else run.part(layer.slope),
                            None if layer.slope_gradient is None else run.part(layer.slope_gradient),
                        )
                        for run in self.runs
                    ),
                    forward=affine_for((stack, units, inputs, batch), values),
                    to_weight=product_for((stack, units, batch, inputs), values),
                    to_input=product_for((stack, inputs, units, batch), values),
                )
            )
        self._first.prepare(batch)
        return work


def runs_of(configs: Sequence[RunConfig]) -> tuple[Run, ...]:
    """The activations of a stack, one after the other."""
    runs, start = [], 0
    for activation, group in groupby(configs, key=lambda config: config.network.activation):
        stop = start + len(list(group))
        runs.append(Run(activation, start, stop))
        start = stop
    return tuple(runs)


def widest(configs: Sequence[RunConfig]) -> RunConfig:
    """The one with the most parameters: PReLU has one more a layer, which lies idle in other networks."""
    return next((config for config in configs if config.network.activation == "prelu"), configs[0])


def _in_place(run: Run) -> bool:
    return run.activation != "prelu" and BENDS[run.activation].in_place


def _sums(bias: Tensor, weight: Tensor, values: Tensor) -> Tensor:
    """W·X + b, (K, out, N), for X (K, in, N)."""
    stack, units, inputs = weight.shape
    out = weight.new_empty(stack, units, values.shape[2])
    return affine_for((stack, units, inputs, values.shape[2]), weight)(bias, weight, values, out)


def _views(parameters: FlatParameters, layer: WeightLayer) -> _Layer:
    weight, name = parameters.value(f"{layer.prefix}.weight"), f"{layer.prefix}.slope"
    return _Layer(
        name=f"{layer.prefix}.weight",
        weight=weight,
        transposed=weight.transpose(1, 2),
        bias=parameters.value(f"{layer.prefix}.bias").unsqueeze(2),
        weight_gradient=parameters.gradient(f"{layer.prefix}.weight"),
        bias_gradient=parameters.gradient(f"{layer.prefix}.bias"),
        slope=parameters.value(name) if layer.has_slope else None,
        slope_gradient=parameters.gradient(name) if layer.has_slope else None,
    )
