"""Mini-batches as indices into images that stay on the device."""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from explorer.config.run import RunConfig
from explorer.data.augmentation import augment
from explorer.data.preparation import Scaling, prepare
from explorer.training.randomness import Purpose, seed_for

# Images gathered and scaled at once. It saves small networks a few calls a step; more would leave the cache
# on a CPU, and on a GPU a block is also how far the host runs ahead.
BLOCK_IMAGES = {"cpu": 1_024, "cuda": 16_384, "mps": 4_096}


@dataclass(frozen=True, slots=True)
class Block:
    """Consecutive mini-batches of equal size; overwritten by the next block.

    ``images`` (batches, 1, B, …) float, prepared and augmented; ``labels`` (batches, B) int64; ``targets``
    (batches, 1, 10, B) one-hot. The axis of length 1 is that of the networks of a stack.
    """

    images: Tensor
    labels: Tensor
    targets: Tensor

    @property
    def batches(self) -> int:
        """How many mini-batches."""
        return len(self.labels)

    @property
    def batch_size(self) -> int:
        """Images in each of them."""
        return self.labels.shape[1]


class Batches:
    """Every training image once an epoch, in an order drawn from (seed, epoch); the last may be fewer."""

    def __init__(
        self,
        images: Tensor,
        labels: Tensor,
        config: RunConfig,
        scaling: Scaling,
        image_shape: tuple[int, ...],
    ) -> None:
        device, count = images.device, len(images)
        self.config = config
        self.scaling = scaling
        batch_size = config.training.batch_size
        self.batch_size = count if batch_size == "full" else min(batch_size, count)
        self._stored_shape = images.shape[1:]
        self._images = images.flatten(1)  # (N, 784) uint8, or features (N, F) float32
        self._labels = labels
        self._image_shape = image_shape
        self._one_hot = torch.eye(10, device=device)
        self._generator = torch.Generator(device)
        room = max(1, BLOCK_IMAGES[device.type] // self.batch_size) * self.batch_size
        self._room = room = min(room, count)
        self.steps_per_epoch = -(-count // self.batch_size)
        self.runs_ahead = device.type != "cpu"  # looking at a loss would wait for the device
        self._raw = self._images.new_empty(room, self._images.shape[1])
        self._prepared = torch.empty(self._raw.shape, device=device)
        self._chosen_labels = torch.empty(room, dtype=torch.int64, device=device)
        self._targets = torch.empty(room * 10, device=device)

    def blocks(self, epoch: int) -> Iterator[Block]:
        """The epoch's mini-batches; full ones first."""
        seed, count = self.config.training.seed, len(self._images)
        order = torch.randperm(
            count, generator=torch.Generator().manual_seed(seed_for(seed, Purpose.ORDER, epoch))
        )
        order = order.to(self._images.device)
        self._generator.manual_seed(seed_for(seed, Purpose.AUGMENTATION, epoch))
        full = count - count % self.batch_size
        room = self._room - self._room % self.batch_size
        for start in range(0, full, room):
            yield self._fill(order[start : min(start + room, full)], self.batch_size)
        if full < count:
            yield self._fill(order[full:], count - full)

    def _fill(self, chosen: Tensor, batch_size: int) -> Block:
        count = len(chosen)
        raw, images = self._raw[:count], self._prepared[:count]
        labels = self._chosen_labels[:count]
        targets = self._targets[: count * 10].view(-1, 10, batch_size)
        torch.index_select(self._images, 0, chosen, out=raw)
        prepare(raw, self.scaling, out=images)
        torch.index_select(self._labels, 0, chosen, out=labels)
        targets.copy_(self._one_hot[labels].view(-1, batch_size, 10).transpose(1, 2))
        changed = augment(
            images.view(count, *self._stored_shape), self.config.data.augmentation, self._generator
        )
        if changed.data_ptr() != images.data_ptr():
            images.copy_(changed.view(count, -1))
        return Block(
            images=images.view(-1, 1, batch_size, *self._image_shape),
            labels=labels.view(-1, batch_size),
            targets=targets.unsqueeze(1),
        )
