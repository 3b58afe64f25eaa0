"""Gradients of convolutional networks and batch norm, by automatic differentiation."""

from collections.abc import Sequence

import torch
from torch import Tensor

from explorer.config.run import RunConfig
from explorer.data.features import inputs_of
from explorer.models.network import build
from explorer.training.objectives import logit_gradients
from explorer.training.parameters import FlatParameters


def channels_last(images: Tensor) -> Tensor:
    """The same images (N, 1, 28, 28), a view that says that their one channel lies last in memory.

    For a single channel both orders are the same memory, and PyTorch may take it to be first; then the
    first convolution writes its maps in the order in which pooling is up to sixteen times slower.
    """
    return images.view(-1, 28, 28, 1).permute(0, 3, 1, 2)


class AutogradNetwork:
    """One network as a module whose parameters and gradients are views of the flat tensors.

    Noise and dropout are drawn as ``ExplicitNetwork`` does; dropout acts where ``DigitNetwork`` says.
    """

    def __init__(self, config: RunConfig, parameters: FlatParameters, generator: torch.Generator) -> None:
        self.config = config
        self.parameters = parameters
        self.generator = generator
        inputs = inputs_of(config.data)
        self.image_shape: tuple[int, ...] = (inputs,) if inputs else (1, 28, 28)
        self.sum_gradients: Sequence[Tensor] = ()
        # The module's own dropout draws from the global generator; ours stands in.
        network = config.network.model_copy(update={"dropout": 0.0})
        module = build(network, torch.Generator(), inputs=inputs)
        self.module = module.to(parameters.values.device, parameters.values.dtype)
        for name, parameter in self.module.named_parameters():
            parameter.data = parameters.value(name)[0]
            parameter.grad = parameters.gradient(name)[0]

    @property
    def buffers(self) -> dict[str, Tensor]:
        """Batch norm's running statistics, by name."""
        return dict(self.module.named_buffers())

    def gradients(self, images: Tensor, targets: Tensor, logits: Tensor, *, observe: bool = False) -> None:
        """Fill ``logits`` (1, 10, B) and the gradients of all parameters.

        ``images`` (1, B, 1, 28, 28), or features (1, B, inputs), and ``targets`` (1, 10, B), one-hot. With
        ``observe``, ``sum_gradients`` then holds the gradients of what each activation function was given,
        the logits' last.
        """
        batch = targets.shape[2]
        scale = logits.new_tensor(1 / batch if self.config.optimizer.reduction == "mean" else 1.0)
        sums: list[Tensor] = []
        self.parameters.gradients.zero_()
        with torch.enable_grad():
            answers = self.module(
                self._in_order(images[0]), None, sums if observe else None, _Perturbation(self)
            )
        for layer in sums:
            layer.retain_grad()
        logits[0].copy_(answers.detach().t())
        gradients = torch.empty_like(logits)
        logit_gradients(self.config.loss, logits, targets, scale, out=gradients)
        answers.backward(gradients[0].t())
        if observe:
            self.sum_gradients = [layer.grad for layer in sums if layer.grad is not None] + [gradients[0]]

    def answer(self, images: Tensor) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Logits and hidden activations, without noise or dropout, with batch norm's running statistics."""
        self.module.eval()
        try:
            return self.module.answer(self._in_order(images))
        finally:
            self.module.train()

    def _in_order(self, images: Tensor) -> Tensor:
        return channels_last(images) if self.config.network.kind == "cnn" else images


class _Perturbation:
    """Noise, then dropout, on what each hidden layer passes on; convolutions only drop after the last one."""

    def __init__(self, network: AutogradNetwork) -> None:
        self.network = network
        self.layer = 0

    def __call__(self, values: Tensor) -> Tensor:
        config, generator = self.network.config, self.network.generator
        self.layer += 1
        sigma, backward_sigma = config.regularisation.activation_noise, config.regularisation.gradient_noise
        dropout = config.network.dropout if self.layer >= len(config.network.blocks) else 0.0
        if sigma:
            values = values + torch.empty_like(values).normal_(0, sigma, generator=generator)
        if dropout:
            values = values * torch.empty_like(values).bernoulli_(1 - dropout, generator=generator).mul_(
                1 / (1 - dropout)
            )
        if backward_sigma:
            if not (sigma or dropout):
                values = values.view_as(values)  # a tensor of its own, so that the hook is not the sums' too
            values.register_hook(  # type: ignore[no-untyped-call]
                lambda gradients: (
                    gradients + torch.empty_like(gradients).normal_(0, backward_sigma, generator=generator)
                )
            )
        return values
