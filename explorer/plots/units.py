"""Dead and inactive units: two different things, always shown side by side and by name."""

from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from explorer.plots.layers import LayerHistory, draw_layer_history, layer_history
from explorer.records import EpochMetrics

DEAD_MEANS = (
    "A unit is **dead** if its activation is zero (ReLU family), or within 0.001 of saturation (sigmoid, "
    "tanh), on *every* image of the probe set: it says the same of all images."
)
INACTIVE_MEANS = (
    "A (unit, image) pair is **inactive** if the gradient of the loss with respect to the unit's "
    "pre-activation is below 0.00001: *this* image teaches *this* unit nothing in this step. "
    "A healthy unit is inactive on many images, above all on those that are already classified correctly."
)


@dataclass(frozen=True, slots=True)
class UnitShares:
    """Dead and inactive shares of each layer over the epochs, and the newest of both in words."""

    dead: LayerHistory
    inactive: LayerHistory
    sentences: tuple[str, ...]


def unit_shares(epochs: Sequence[EpochMetrics]) -> UnitShares:
    """Both shares over these epochs; the output layer has no dead share, as it has no activation."""
    newest = epochs[-1].layers if epochs else ()
    sentences = []
    for layer in newest:
        parts = []
        if layer.dead_share is not None:
            parts.append(f"{round(layer.dead_share * layer.units):,} of {layer.units:,} units dead")
        if layer.inactive_share is not None:
            parts.append(f"{100 * layer.inactive_share:.1f} % of (unit, image) pairs inactive")
        if parts:
            sentences.append(f"{layer.name}: {', '.join(parts)}")
    return UnitShares(
        layer_history(epochs, "dead_share"), layer_history(epochs, "inactive_share"), tuple(sentences)
    )


def draw_dead(shares: UnitShares) -> go.Figure:
    """The share of dead units, one line a hidden layer."""
    return draw_layer_history(shares.dead)


def draw_inactive(shares: UnitShares) -> go.Figure:
    """The share of inactive (unit, image) pairs, one line a layer."""
    return draw_layer_history(shares.inactive)
