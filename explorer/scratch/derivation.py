"""Where one number comes from: the products whose sum it is."""

from dataclasses import dataclass

import numpy as np

from explorer.scratch.arrays import Array
from explorer.scratch.parameters import Layer


@dataclass(frozen=True, slots=True, eq=False)
class Derivation:
    """A sum of products, left · right (n,), and an offset."""

    left: Array
    right: Array
    offset: float = 0.0

    @property
    def products(self) -> Array:
        """Each product, (n,)."""
        return self.left * self.right

    @property
    def total(self) -> float:
        """The sum of all products and the offset."""
        return float(self.products.sum() + self.offset)

    def largest(self, most: int) -> list[int]:
        """The places of the greatest products by absolute value, greatest first; zeros are left out."""
        order = np.argsort(-np.abs(self.products), kind="stable")[:most]
        return [int(place) for place in order if self.products[place]]


def of_weighted_sum(layer: Layer, X: Array, unit: int, image: int) -> Derivation:
    """z of one unit and image: its weights times what it sees, and its bias."""
    return Derivation(layer.W[unit], X[:, image], float(layer.b[unit, 0]))


def of_input_gradient(above: Layer, dZ: Array, unit: int, image: int) -> Derivation:
    """dA of one unit and image: its weights to the layer above times that layer's dZ (units above, B)."""
    return Derivation(above.W[:, unit], dZ[:, image])


def of_weight_gradient(dZ: Array, X: Array, unit: int, place: int) -> Derivation:
    """dW of one weight: over the images of the batch, the unit's dZ times the input at ``place``."""
    return Derivation(dZ[unit], X[place])


def of_bias_gradient(dZ: Array, unit: int) -> Derivation:
    """db of one unit: its dZ over the images of the batch, each once."""
    return Derivation(dZ[unit], np.ones_like(dZ[unit]))
