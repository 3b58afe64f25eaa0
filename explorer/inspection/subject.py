"""The network that is looked into: the weights of an epoch, and how its images are prepared."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from numpy.typing import NDArray
from torch import Tensor

from explorer.config.run import RunConfig
from explorer.data.features import inputs_of
from explorer.data.preparation import Scaling, measure_scaling, prepare
from explorer.models.network import DigitNetwork, restored

BATCH = 1_000


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """A network in evaluation mode on the CPU; ``scaling`` is that of its training images."""

    config: RunConfig
    network: DigitNetwork
    scaling: Scaling

    def prepare(self, images: Tensor) -> Tensor:
        """What the network sees of images (N, 1, 28, 28) uint8 or of feature vectors: float32, same shape."""
        return prepare(images, self.scaling)

    @torch.no_grad()
    def logits(self, images: Tensor) -> Tensor:
        """Logits (N, 10) float32 of stored images, a batch at a time."""
        starts = range(0, len(images), BATCH)
        parts = [self.network(self.prepare(images[start : start + BATCH])) for start in starts]
        return torch.cat(parts) if parts else torch.zeros(0, 10)

    def probabilities(self, images: Tensor) -> Tensor:
        """Softmax of the logits, (N, 10) float32; a network of binary losses too is read in this way."""
        return torch.softmax(self.logits(images), dim=1)

    @torch.no_grad()
    def activations(self, images: Tensor) -> list[Tensor]:
        """Activations of every hidden layer, as ``DigitNetwork.forward`` keeps them; keep batches small."""
        kept: list[Tensor] = []
        self.network(self.prepare(images), kept)
        return kept


def subject(config: RunConfig, weights: Mapping[str, NDArray[Any]], train_images: Tensor) -> Subject:
    """The network of a run with a checkpoint's weights; ``train_images`` are those that the run learned from.

    Raises:
        CheckpointError: the weights are those of another network.
    """
    network = restored(config.network, weights, inputs=inputs_of(config.data))
    return Subject(config, network, measure_scaling(config.data, train_images))
