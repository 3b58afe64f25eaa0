"""Random numbers of a stack: each network draws what it would draw alone."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from explorer.config.run import RunConfig
from explorer.training.randomness import Purpose, seed_for


@dataclass(frozen=True, slots=True)
class _Stream:
    """Networks that draw the same numbers: of one seed, and of one mind about what is drawn at all."""

    rows: tuple[int, ...]
    seed: int
    sigma: bool
    dropout: float
    gradient_sigma: bool
    generator: torch.Generator

    @property
    def draws(self) -> bool:
        """Whether anything is drawn."""
        return self.sigma or self.gradient_sigma or self.dropout > 0


class Noise:
    """Dropout masks, forward and backward noise of K networks.

    ``width`` is 1 where all draw the same (runs of one seed that differ in their learning rate, say), else K:
    so many networks' numbers are drawn and kept. Standard deviations (scalars, or (K, 1, 1)) are applied by
    ``disturb`` and ``disturb_gradients``, so that networks with different ones can share their numbers too.
    """

    def __init__(self, configs: Sequence[RunConfig], device: torch.device) -> None:
        self._streams = _streams(configs, device)
        self.width = 1 if len(self._streams) == 1 else len(configs)
        self.has_sigma = any(stream.sigma for stream in self._streams)
        self.has_dropout = any(stream.dropout for stream in self._streams)
        self.has_gradient_sigma = any(stream.gradient_sigma for stream in self._streams)
        self._sigma = _column([config.regularisation.activation_noise for config in configs], device)
        self._gradient_sigma = _column([config.regularisation.gradient_noise for config in configs], device)

    @property
    def generators(self) -> list[torch.Generator]:
        """All that is drawn from."""
        return [stream.generator for stream in self._streams if stream.draws]

    def start_epoch(self, epoch: int) -> None:
        """Begin the epoch's numbers anew."""
        for stream in self._streams:
            stream.generator.manual_seed(seed_for(stream.seed, Purpose.NOISE, epoch))

    def disturb(self, activations: Tensor, numbers: Tensor, out: Tensor) -> None:
        """Forward noise: activations (K, …) plus σ times fresh normal numbers, which fill ``numbers``."""
        self._draw(numbers, backward=False)
        torch.addcmul(activations, numbers, self._sigma.to(activations.dtype), out=out)

    def disturb_gradients(self, gradients: Tensor, numbers: Tensor) -> None:
        """Backward noise, in place."""
        self._draw(numbers, backward=True)
        gradients.addcmul_(numbers, self._gradient_sigma.to(gradients.dtype))

    def draw_masks(self, masks: Tensor) -> None:
        """Dropout: zero, or 1 / (1 − share dropped), for each unit and image of those who drop any."""
        for stream in self._streams:
            if stream.dropout:
                own = masks if self.width == 1 else masks[stream.rows[0]]
                keep = 1 - stream.dropout
                own.bernoulli_(keep, generator=stream.generator).mul_(1 / keep)
                self._share(masks, stream)

    def _draw(self, numbers: Tensor, *, backward: bool) -> None:
        for stream in self._streams:
            if stream.gradient_sigma if backward else stream.sigma:
                own = numbers if self.width == 1 else numbers[stream.rows[0]]
                own.normal_(generator=stream.generator)
                self._share(numbers, stream)

    def _share(self, drawn: Tensor, stream: _Stream) -> None:
        if self.width > 1:
            for row in stream.rows[1:]:
                drawn[row].copy_(drawn[stream.rows[0]])


def _streams(configs: Sequence[RunConfig], device: torch.device) -> list[_Stream]:
    rows: dict[tuple[int, bool, float, bool], list[int]] = {}
    for row, config in enumerate(configs):
        regularisation = config.regularisation
        key = (
            config.training.seed,
            regularisation.activation_noise > 0,
            config.network.dropout,
            regularisation.gradient_noise > 0,
        )
        rows.setdefault(key, []).append(row)
    return [_Stream(tuple(own), *key, torch.Generator(device)) for key, own in rows.items()]


def _column(values: Sequence[float], device: torch.device) -> Tensor:
    """A scalar where all values are equal, else (K, 1, 1)."""
    if len(set(values)) == 1:
        return torch.tensor(values[0], device=device)
    return torch.tensor(values, device=device).view(-1, 1, 1)
