"""Images as points: where a layer of a network puts them."""

from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from explorer.inspection.subject import BATCH, Subject

Method = Literal["pca", "tsne"]

# t-SNE takes about 3 s for 1,000 images on two cores, and grows with N log N.
MOST_TSNE_IMAGES = 2_000
PERPLEXITY = 30.0


@torch.no_grad()
def layer_vectors(looked: Subject, images: Tensor, layer: int) -> Tensor:
    """Vectors (N, D) float32: 0 the pixels as the network sees them, then each hidden layer, last the logits.

    Raises:
        ValueError: the network has no such layer.
    """
    parts = []
    for start in range(0, len(images), BATCH):
        batch = images[start : start + BATCH]
        kept = [looked.prepare(batch), *looked.activations(batch), looked.logits(batch)]
        if not 0 <= layer < len(kept):
            raise ValueError(f"layer {layer} of {len(kept)}")
        parts.append(kept[layer].flatten(1))
    return torch.cat(parts) if parts else torch.zeros(0, 0)


def principal_components(vectors: Tensor, dimensions: int) -> tuple[Tensor, Tensor]:
    """The vectors (N, D) in the directions of greatest variance (Pearson, 1901).

    Returns:
        Points (N, dimensions), and the share of the variance that each dimension has. The sign of each
        dimension is such that its greatest weight is positive; dimensions that there are not are zero.
    """
    centred = (vectors - vectors.mean(0)).double()
    _, spread, directions = torch.linalg.svd(centred, full_matrices=False)
    strongest = directions.abs().argmax(1, keepdim=True)
    directions = directions * directions.gather(1, strongest).sign()
    there = min(dimensions, len(spread))
    points = torch.zeros(len(vectors), dimensions, dtype=torch.float64)
    points[:, :there] = centred @ directions[:there].T
    variance = spread.square()
    shares = torch.zeros(dimensions, dtype=torch.float64)
    shares[:there] = variance[:there] / variance.sum().clamp_min(1e-30)
    return points.float(), shares.float()


def neighbour_map(vectors: Tensor, dimensions: int, seed: int = 0) -> NDArray[np.float32]:
    """Points (N, dimensions) that keep neighbours together (t-SNE, van der Maaten & Hinton, 2008).

    By scikit-learn, on the first 50 principal components, as the paper does.

    Raises:
        ValueError: fewer than 5 images, or more than ``MOST_TSNE_IMAGES``.
    """
    if not 5 <= len(vectors) <= MOST_TSNE_IMAGES:
        raise ValueError(f"t-SNE takes 5 to {MOST_TSNE_IMAGES:,} images, got {len(vectors):,}")
    from sklearn.manifold import TSNE  # noqa: PLC0415 -- takes a second to load, and few ask for it

    reduced, _ = principal_components(vectors, min(50, vectors.shape[1]))
    method = TSNE(
        dimensions,
        perplexity=min(PERPLEXITY, (len(vectors) - 1) / 3),
        init="pca",
        random_state=seed,
        method="barnes_hut",
    )
    points: NDArray[np.float32] = method.fit_transform(reduced.numpy()).astype(np.float32)
    return points
