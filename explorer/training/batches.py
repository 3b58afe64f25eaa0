"""Mini-batches as indices into images that stay on the device."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import torch
from torch import Tensor

from explorer.config.run import RunConfig
from explorer.data.augmentation import augment
from explorer.data.preparation import Scaling, prepare
from explorer.training.randomness import Purpose, seed_for

# Images gathered and scaled at once. It saves small networks a few calls a step; more would leave the cache
# on a CPU, and on a GPU a block is also how far the host runs ahead.
BLOCK_IMAGES = {"cpu": 1_024, "cuda": 16_384, "mps": 4_096}
AUGMENTED_IMAGES = (
    2_048  # of them at once, as far as whole batches go: bending takes twenty times their memory
)


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """Training images (N, …) and labels (N,) int64 on the device, and how a network sees them."""

    images: Tensor
    labels: Tensor
    scaling: Scaling


@dataclass(frozen=True, slots=True)
class Lane:
    """One order of images: networks with one source and one seed share it."""

    source: Source
    seed: int


@dataclass(frozen=True, slots=True)
class Block:
    """Consecutive mini-batches of equal size; overwritten by the next block.

    ``images`` (batches, S, B, …) float, prepared and augmented; ``labels`` (batches, S, B) int64; ``targets``
    (batches, S, 10, B) one-hot, for each of the S lanes.
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
        return self.labels.shape[-1]


class Batches:
    """Every training image once an epoch, in an order drawn from (seed, epoch); the last may be fewer.

    All lanes have as many images; those of one source follow each other. Their memory is there before the
    first block.
    """

    def __init__(self, lanes: Sequence[Lane], config: RunConfig, image_shape: tuple[int, ...]) -> None:
        first = lanes[0].source
        device, self._count = first.images.device, len(first.labels)
        if any(len(lane.source.labels) != self._count for lane in lanes):
            raise ValueError("all lanes must have the same number of images")
        self.lanes = tuple(lanes)
        self.config = config
        batch_size = config.training.batch_size
        self.batch_size = self._count if batch_size == "full" else min(batch_size, self._count)
        self.steps_per_epoch = -(-self._count // self.batch_size)
        self.runs_ahead = device.type != "cpu"  # looking at a loss would wait for the device
        self._device = device
        self._image_shape = image_shape
        self._generators = [torch.Generator(device) for _ in lanes]
        self._sources = _sections(self.lanes)
        self._stored = [source.images.flatten(1) for source, _, _ in self._sources]
        self._is_augmented = any(config.data.augmentation.model_dump().values())
        share = BLOCK_IMAGES[device.type] // (self.batch_size * len(lanes))
        self._room = room = min(max(1, share) * self.batch_size, self._count)
        pixels = first.images[0].numel() if self._count else 0
        # A lane lies where it lay, however short a block is: captured steps know its place.
        self._prepared = torch.empty(len(lanes), room, pixels, device=device)
        self._raw = [
            torch.empty((stop - start) * room, pixels, dtype=source.images.dtype, device=device)
            for source, start, stop in self._sources
        ]
        self._labels = torch.empty(len(lanes), room, dtype=torch.int64, device=device)
        self._targets = torch.empty(len(lanes), room * 10, device=device)

    def blocks(self, epoch: int) -> Iterator[Block]:
        """The epoch's mini-batches; full ones first."""
        orders = torch.stack([self._order(lane.seed, epoch) for lane in self.lanes]).to(self._device)
        for lane, generator in zip(self.lanes, self._generators, strict=True):
            generator.manual_seed(seed_for(lane.seed, Purpose.AUGMENTATION, epoch))
        full = self._count - self._count % self.batch_size
        room = self._room - self._room % self.batch_size
        for start in range(0, full, room):
            yield self._fill(orders[:, start : min(start + room, full)], self.batch_size)
        if full < self._count:
            yield self._fill(orders[:, full:], self._count - full)

    def _order(self, seed: int, epoch: int) -> Tensor:
        generator = torch.Generator().manual_seed(seed_for(seed, Purpose.ORDER, epoch))
        return torch.randperm(self._count, generator=generator)

    def _fill(self, chosen: Tensor, batch_size: int) -> Block:
        stack, count = chosen.shape
        images, labels = self._prepared[:, :count], self._labels[:, :count]
        for (source, start, stop), raw, stored in zip(self._sources, self._raw, self._stored, strict=True):
            rows = chosen[start:stop].reshape(-1)
            gathered = raw[: (stop - start) * count]
            torch.index_select(stored, 0, rows, out=gathered)
            prepare(gathered.view(stop - start, count, -1), source.scaling, out=images[start:stop])
            labels[start:stop] = source.labels[rows].view(stop - start, count)
        targets = self._targets[:, : count * 10].view(stack, -1, 10, batch_size)
        targets.zero_().scatter_(2, labels.view(stack, -1, 1, batch_size), 1)
        if self._is_augmented:
            for own, generator in zip(images, self._generators, strict=True):
                self._augment(own, generator, batch_size)
        return Block(
            images=images.view(stack, -1, batch_size, *self._image_shape).transpose(0, 1),
            labels=labels.view(stack, -1, batch_size).transpose(0, 1),
            targets=targets.transpose(0, 1),
        )

    def _augment(self, images: Tensor, generator: torch.Generator, batch_size: int) -> None:
        """Change the images (count, 784) of one lane in place; a batch is what it is in any block."""
        step = max(1, AUGMENTED_IMAGES // batch_size) * batch_size
        for start in range(0, len(images), step):
            part = images[start : start + step]
            changed = augment(part.view(-1, 1, 28, 28), self.config.data.augmentation, generator, batch_size)
            part.copy_(changed.view(part.shape))


def _sections(lanes: Sequence[Lane]) -> list[tuple[Source, int, int]]:
    """Each source with the first of its lanes and the one after its last."""
    sections, start = [], 0
    for _, group in groupby(lanes, key=lambda lane: id(lane.source)):
        own = list(group)
        sections.append((own[0].source, start, start + len(own)))
        start += len(own)
    return sections
