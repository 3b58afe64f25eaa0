"""What goes on inside the layers: norms, updates, inactive and dead units."""

from collections.abc import Sequence
from math import isfinite

import numpy as np

from explorer.config.run import Network
from explorer.evaluation.units import INACTIVE_GRADIENT
from explorer.models.architecture import weight_layers
from explorer.records import LayerMetrics
from explorer.scratch.arrays import Array
from explorer.scratch.parameters import Parameters
from explorer.scratch.step import Trace


class Observer:
    """Means over the observed steps of an epoch."""

    def __init__(self, network: Network, parameters: Parameters) -> None:
        self.parameters = parameters
        self._layers = weight_layers(network)
        self.start_epoch()

    def start_epoch(self) -> None:
        """Forget the last epoch's steps."""
        self._steps = 0
        self._inactive_shares, self._gradient_norms, self._update_ratios = np.zeros((3, len(self._layers)))

    def before_update(self) -> None:
        """Look at the whole gradient, penalties included, before it is clipped."""
        self._before = self.parameters.values.copy()
        self._gradient_norms += self._norms(self.parameters.gradient)

    def after_update(self, trace: Trace) -> None:
        """Look at the step taken, and at each layer's dZ."""
        change = self.parameters.values - self._before
        self._update_ratios += self._norms(change) / self._norms(self._before)
        self._inactive_shares += [np.mean(np.abs(own.dZ) < INACTIVE_GRADIENT) for own in trace.backward]
        self._steps += 1

    def finish_epoch(self, dead_shares: Sequence[float]) -> tuple[LayerMetrics, ...]:
        """One record a layer."""
        norms = self._norms(self.parameters.values)
        shares: list[float | None] = [*dead_shares, None]
        return tuple(
            LayerMetrics(
                name=layer.name,
                units=layer.units,
                dead_share=shares[index],
                inactive_share=self._mean(self._inactive_shares[index]),
                weight_norm=float(norms[index]),
                gradient_norm=self._mean(self._gradient_norms[index]),
                update_ratio=self._mean(self._update_ratios[index]),
            )
            for index, layer in enumerate(self._layers)
        )

    def _norms(self, flat: Array) -> Array:
        """Frobenius norm of each layer's weights."""
        return np.array([np.linalg.norm(W) for W in self.parameters.weights_of(flat)])

    def _mean(self, total: float) -> float | None:
        """None where nothing was observed, or where weights of norm 0 have no ratio."""
        return float(total / self._steps) if self._steps and isfinite(total) else None
