"""One unit, or one image, and all that passes between them."""

from dataclasses import dataclass

import torch
from torch import Tensor

from explorer.inspection.subject import BATCH, Subject

HISTOGRAM_BINS = 40


@dataclass(frozen=True, slots=True, eq=False)
class UnitActivity:
    """A hidden unit (or filter, by its greatest response) over many images.

    ``drivers`` (k,) int64 are the images that drive it most, ``driven`` (k,) their activations; ``counts``
    (bins,) int64 over ``edges`` (bins + 1,); ``by_class`` (10,) its mean activation for each class, NaN for
    a class without images.
    """

    drivers: Tensor
    driven: Tensor
    counts: Tensor
    edges: Tensor
    by_class: Tensor


@torch.no_grad()
def layer_activity(looked: Subject, images: Tensor, layer: int) -> Tensor:
    """Activations (N, units) float32 of a hidden layer (counted from 0); of filters the greatest over a map.

    Raises:
        ValueError: the network has no such hidden layer.
    """
    parts = []
    for start in range(0, len(images), BATCH):
        kept = looked.activations(images[start : start + BATCH])
        if not 0 <= layer < len(kept):
            raise ValueError(f"hidden layer {layer} of {len(kept)}")
        values = kept[layer]
        parts.append(values.flatten(2).amax(2) if values.dim() == 4 else values)
    return torch.cat(parts) if parts else torch.zeros(0, 0)


def unit_activity(activations: Tensor, labels: Tensor, unit: int, drivers: int = 16) -> UnitActivity:
    """What one unit does, from ``layer_activity`` of its layer and the images' labels (N,) int64."""
    values = activations[:, unit]
    driven, indices = values.topk(min(drivers, len(values)))
    low, high = float(values.min()), float(values.max())
    if low == high:
        low, high = low - 0.5, high + 0.5
    counts = torch.histc(values, HISTOGRAM_BINS, low, high).long()
    sums = torch.zeros(10).index_add_(0, labels, values)
    return UnitActivity(
        drivers=indices,
        driven=driven,
        counts=counts,
        edges=torch.linspace(low, high, HISTOGRAM_BINS + 1),
        by_class=sums / torch.bincount(labels, minlength=10),
    )


@torch.no_grad()
def feature_maps(looked: Subject, image: Tensor) -> list[Tensor]:
    """What every hidden layer makes of one image (1, 28, 28) uint8: (filters, height, width) or (units,)."""
    return [kept[0] for kept in looked.activations(image.unsqueeze(0))]
