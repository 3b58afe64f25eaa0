"""Gradients of convolutional networks and batch norm, by automatic differentiation."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from explorer.config.run import RunConfig
from explorer.data.features import inputs_of
from explorer.evaluation.units import strays
from explorer.models.network import DigitNetwork, build
from explorer.training.noise import Noise
from explorer.training.objectives import logit_gradients
from explorer.training.parameters import FlatParameters


def channels_last(images: Tensor) -> Tensor:
    """The same images (N, 1, 28, 28), a view that says that their one channel lies last in memory.

    For a single channel both orders are the same memory, and PyTorch may take it to be first; then the
    first convolution writes its maps in the order in which pooling is up to sixteen times slower.
    """
    return images.view(-1, 28, 28, 1).permute(0, 3, 1, 2)


@dataclass(frozen=True, slots=True)
class _Single:
    """One network of the stack: its parameters and gradients are views of a row of the flat tensors."""

    config: RunConfig
    module: DigitNetwork
    noise: Noise


class AutogradNetwork:
    """K networks as modules, one after the other; optimizer, penalties and monitoring are those of a stack.

    Noise and dropout are drawn as ``ExplicitNetwork`` does; dropout acts where ``DigitNetwork`` says.
    """

    def __init__(self, configs: Sequence[RunConfig], parameters: FlatParameters, lanes: int = 1) -> None:
        self.config = configs[0]
        self.parameters = parameters
        self.lanes = lanes
        self.inputs = inputs_of(self.config.data)
        self.image_shape: tuple[int, ...] = (self.inputs,) if self.inputs else (1, 28, 28)
        self.sum_gradients: Sequence[Sequence[Tensor]] = ()
        self.apart: dict[str, Tensor] = {}
        self._networks = [self._single(config, row) for row, config in enumerate(configs)]

    @property
    def buffers(self) -> list[dict[str, Tensor]]:
        """Batch norm's running statistics, by name, of each network."""
        return [dict(each.module.named_buffers()) for each in self._networks]

    @property
    def generators(self) -> list[torch.Generator]:
        """All that is drawn from."""
        return [generator for each in self._networks for generator in each.noise.generators]

    def start_epoch(self, epoch: int) -> None:
        """Begin the epoch's random numbers anew."""
        for each in self._networks:
            each.noise.start_epoch(epoch)

    def prepare(self, batch: int) -> None:
        """Nothing: memory is taken as it is needed."""

    def gradients(
        self,
        images: Tensor,
        targets: Tensor,
        logits: Tensor,
        *,
        observe: bool = False,
        leave: bool = False,  # noqa: ARG002  # nothing lies elsewhere
    ) -> None:
        """Fill ``logits`` (K, 10, B) and the gradients of all parameters.

        ``images`` (S, B, 1, 28, 28), or features (S, B, inputs), and ``targets`` (S, 10, B), one-hot, of each
        of the S lanes. With ``observe``, ``sum_gradients`` then holds the gradients of what each activation
        function was given, K of (B, …), the logits' last, (10, B).
        """
        batch, each = targets.shape[2], len(self._networks) // self.lanes
        # Filled on the device: a number that is copied to it can't be captured.
        scale = logits.new_full((), 1 / batch if self.config.optimizer.reduction == "mean" else 1.0)
        self.parameters.gradients.zero_()
        observed: list[list[Tensor]] = []
        for row, network in enumerate(self._networks):
            lane = row // each
            sums: list[Tensor] = []
            own = _Perturbation(network)
            with torch.enable_grad():
                answers = network.module(
                    self._in_order(images[lane]),
                    None,
                    sums if observe else None,
                    own,
                    own.on_sums if own.disturbs_sums else None,
                )
            for layer in sums:
                layer.retain_grad()
            logits[row].copy_(answers.detach().t())
            gradients = torch.empty_like(logits[:1])
            logit_gradients(
                self.config.loss, logits[row : row + 1], targets[lane : lane + 1], scale, out=gradients
            )
            answers.backward(gradients[0].t())
            if observe:
                observed.append([layer.grad for layer in sums if layer.grad is not None] + [gradients[0]])
        if observe:
            self.sum_gradients = list(zip(*observed, strict=True))

    def answer(self, images: Tensor, start: int, stop: int) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Logits (k, 10, N) of networks ``start`` to ``stop`` for the same N images, undisturbed.

        Batch norm takes its running statistics. With them, for each hidden layer, how far its units (or
        filters) stray from being dead (k, units).
        """
        logits, distances = [], []
        for network in self._networks[start:stop]:
            network.module.eval()
            try:
                answers, hidden = network.module.answer(self._in_order(images))
            finally:
                network.module.train()
            logits.append(answers.t())
            distances.append([strays(network.config.network.activation, layer) for layer in hidden])
        return torch.stack(logits), tuple(torch.stack(layers) for layers in zip(*distances, strict=True))

    def _single(self, config: RunConfig, row: int) -> _Single:
        # The module's own dropout draws from the global generator; ours stands in.
        network = config.network.model_copy(update={"dropout": 0.0})
        values = self.parameters.values
        module = build(network, torch.Generator(), inputs=self.inputs).to(values.device, values.dtype)
        for name, parameter in module.named_parameters():
            parameter.data = self.parameters.value(name)[row]
            parameter.grad = self.parameters.gradient(name)[row]
        return _Single(config, module, Noise([config], values.device))

    def _in_order(self, images: Tensor) -> Tensor:
        return channels_last(images) if self.config.network.kind == "cnn" else images


class _Perturbation:
    """Noise, then dropout, on what each hidden layer passes on; convolutions only drop after the last one.

    Noise on sums acts on what each activation function is given and on the logits in its place.
    """

    def __init__(self, network: _Single) -> None:
        regularisation = network.config.regularisation
        self.config = network.config
        self.disturbs_sums = regularisation.noise_on == "sums"
        self.layer = 0
        self._sigma, self._backward_sigma = regularisation.activation_noise, regularisation.gradient_noise
        self._generator = next(iter(network.noise.generators), None)  # None where nothing is drawn

    def __call__(self, values: Tensor) -> Tensor:
        self.layer += 1
        network = self.config.network
        dropout = network.dropout if self.layer >= len(network.blocks) else 0.0
        passed = values if self.disturbs_sums else self._disturbed(values)
        if dropout:
            kept = torch.empty_like(values).bernoulli_(1 - dropout, generator=self._generator)
            passed = passed * kept.mul_(1 / (1 - dropout))
        return passed if self.disturbs_sums else self._disturbed_back(passed, is_own=passed is not values)

    def on_sums(self, values: Tensor) -> Tensor:
        """Weighted sums with noise."""
        disturbed = self._disturbed(values)
        return self._disturbed_back(disturbed, is_own=disturbed is not values)

    def _disturbed(self, values: Tensor) -> Tensor:
        return values + self._drawn(values, self._sigma) if self._sigma else values

    def _disturbed_back(self, values: Tensor, *, is_own: bool) -> Tensor:
        sigma = self._backward_sigma
        if not sigma:
            return values
        if not is_own:
            values = values.view_as(values)  # a tensor of its own, so that the hook is not the sums' too
        values.register_hook(  # type: ignore[no-untyped-call]
            lambda gradients: gradients + self._drawn(gradients, sigma)
        )
        return values

    def _drawn(self, like: Tensor, sigma: float) -> Tensor:
        return torch.empty_like(like).normal_(0, sigma, generator=self._generator)
