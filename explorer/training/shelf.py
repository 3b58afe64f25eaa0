"""Images on the device: each tensor once, however many networks see it."""

from dataclasses import dataclass, field

import torch
from torch import Tensor

from explorer.config.run import Data
from explorer.data.preparation import measure_scaling
from explorer.data.splits import Splits
from explorer.training.batches import Source

PROBE_IMAGES = 1_000  # training images that dead units are looked for on, where none are held back


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """What a network sees: its source, and the images that it is measured on, all on the device.

    ``watched`` are the validation images and labels, or else some of the training images.
    """

    source: Source
    watched: tuple[Tensor, Tensor]
    has_validation: bool
    splits: Splits
    device: torch.device

    @property
    def test(self) -> tuple[Tensor, Tensor]:
        """The test images and labels."""
        return self.splits.test_images.to(self.device), self.splits.test_labels.to(self.device)


@dataclass(slots=True)
class Shelf:
    """The views that there are."""

    device: torch.device
    _views: list[tuple[Splits, Data, View]] = field(default_factory=list)

    def view(self, splits: Splits, data: Data) -> View:
        """The same object for equal images and an equal scaling."""
        source: Source | None = None
        for known, its_data, view in self._views:
            if _same(known, splits):
                if its_data.scaling == data.scaling:
                    return view
                source = view.source
        images = splits.train_images.to(self.device) if source is None else source.images
        labels = splits.train_labels.to(self.device) if source is None else source.labels
        scaling = measure_scaling(data, splits.train_images)
        has_validation = len(splits.validation_labels) > 0
        if has_validation:
            watched = splits.validation_images.to(self.device), splits.validation_labels.to(self.device)
        else:
            chosen = torch.linspace(0, len(labels) - 1, min(PROBE_IMAGES, len(labels))).long().to(self.device)
            watched = images[chosen], labels[chosen]
        made = View(Source(images, labels, scaling), watched, has_validation, splits, self.device)
        self._views.append((splits, data, made))
        return made


def _same(one: Splits, other: Splits) -> bool:
    """Whether two runs see the same images, loaded once or twice."""
    if one is other:
        return True
    pairs = (
        (one.train_labels, other.train_labels),
        (one.validation_labels, other.validation_labels),
        (one.test_labels, other.test_labels),
        (one.train_images, other.train_images),
        (one.validation_images, other.validation_images),
        (one.test_images, other.test_images),
    )
    return all(mine is its or torch.equal(mine, its) for mine, its in pairs)
