"""What each hidden layer makes of one image, as plain pictures: quick enough to follow a pen."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.config.run import Network
from explorer.models.architecture import weight_layers
from explorer.plots.feature_maps import map_tiles
from explorer.plots.weights import diverging_png

ZOOM = 3  # pixels on screen for a pixel of a map's tile
HEIGHT, WIDTH, WIDEST_BAR = 72, 960, 14  # pixels of the bars of a dense layer
ANSWERS = 1e-6  # an activation of more is an answer


@dataclass(frozen=True, slots=True, eq=False)
class ActivationPicture:
    """``pixels`` (height, width) are activations, in full colour at ``scale``; ``words`` name the layer."""

    words: str
    pixels: NDArray[np.float32]
    scale: float

    @property
    def address(self) -> str:
        """The picture as a data address: orange where a unit answers, blue where it is negative."""
        return diverging_png(self.pixels, self.scale)


def activation_pictures(
    network: Network, activations: tuple[NDArray[np.float32], ...]
) -> tuple[ActivationPicture, ...]:
    """One a hidden layer: maps of a convolution (filters, height, width), a bar a unit of a dense one."""
    layers = weight_layers(network)[:-1]
    return tuple(
        _maps(layer.name, values) if values.ndim == 3 else _bars(layer.name, values)
        for layer, values in zip(layers, activations, strict=True)
    )


def _maps(name: str, maps: NDArray[np.float32]) -> ActivationPicture:
    tiles = map_tiles(maps)
    shape = " × ".join(str(size) for size in maps.shape)
    pixels = tiles.pixels.repeat(ZOOM, 0).repeat(ZOOM, 1)
    return ActivationPicture(f"{name}: {shape}, after pooling and activation", pixels, tiles.scale)


def _bars(name: str, values: NDArray[np.float32]) -> ActivationPicture:
    """Bars from a common line, as high as their activation; more than 960 units go on in another row."""
    count = len(values)
    rows = -(-count // WIDTH)
    each = -(-count // rows)
    width = max(1, min(WIDEST_BAR, WIDTH // each))
    limit = float(np.abs(values).max()) if count else 0.0
    low = min(0.0, float(values.min()) / limit) if limit else 0.0
    padded = np.zeros(rows * each, np.float32)
    padded[:count] = values
    lines = []
    for row in padded.reshape(rows, each):
        heights = row / (limit or 1.0)
        levels = np.linspace(1.0, -1.0 if low else 0.0, HEIGHT, dtype=np.float32)[:, None]
        is_bar = ((levels >= 0) & (levels <= heights)) | ((levels < 0) & (levels >= heights))
        bars = np.where(is_bar & (row != 0), row, np.float32(0)).repeat(width, 1)
        if width > 2:
            bars[:, width - 1 :: width] = 0  # a gap between two units
        lines.append(bars)
    active = int(np.count_nonzero(np.abs(values) > ANSWERS))
    return ActivationPicture(f"{name}: {active:,} of {count:,} units answer", np.concatenate(lines), limit)
