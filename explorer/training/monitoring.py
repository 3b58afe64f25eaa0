"""What goes on inside the layers: norms, updates, inactive and dead units."""

from collections.abc import Sequence
from math import isfinite

import torch
from torch import Tensor

from explorer.evaluation.units import INACTIVE_GRADIENT, inactive_share
from explorer.models.architecture import WeightLayer
from explorer.records import LayerMetrics
from explorer.training.parameters import FlatParameters

OBSERVED_STEPS = 10  # at most, of an epoch; every 10th of shorter ones


def observed_steps(steps_per_epoch: int) -> frozenset[int]:
    """The steps of an epoch (from 0) that are looked at: evenly spread, the last one among them."""
    count = min(OBSERVED_STEPS, max(1, steps_per_epoch // 10))
    return frozenset((index + 1) * steps_per_epoch // count - 1 for index in range(count))


class Observer:
    """Means over the observed steps of an epoch, gathered on the device from the steps' own gradients."""

    def __init__(self, layers: Sequence[WeightLayer], parameters: FlatParameters) -> None:
        self.parameters = parameters
        self.layers = tuple(layers)
        self._weights = self._sections(parameters.values)
        self._gradients = self._sections(parameters.gradients)
        self._before = torch.empty_like(parameters.values)
        self._change = torch.empty_like(parameters.values)
        # inactive share, gradient norm, update ratio, number of steps; of each layer of each network
        self.sums = parameters.values.new_zeros(4, len(self.layers), parameters.stack)

    def start_epoch(self) -> None:
        """Forget the last epoch's steps."""
        self.sums.zero_()

    def before_update(self) -> None:
        """Look at the whole gradient, penalties included, before it is clipped."""
        self._before.copy_(self.parameters.values)
        self.sums[1].add_(_norms(self._gradients))

    def after_update(self, sum_gradients: Sequence[Tensor | Sequence[Tensor]]) -> None:
        """Look at the step taken and at the gradients of each layer's sums, of all networks or each."""
        torch.sub(self.parameters.values, self._before, out=self._change)
        self.sums[0].add_(torch.stack([inactive_shares(gradients) for gradients in sum_gradients]))
        self.sums[2].add_(_norms(self._sections(self._change)) / _norms(self._sections(self._before)))
        self.sums[3].add_(1)

    def finish_epoch(
        self, dead_shares: Sequence[Sequence[float]], rows: Sequence[int] | None = None
    ) -> list[tuple[LayerMetrics, ...]]:
        """One record a layer for each network (of ``rows`` alone, if given); waits for the device.

        ``dead_shares`` are those of each hidden layer of each of these networks.
        """
        figures = torch.cat((self.sums, _norms(self._weights).unsqueeze(0))).permute(2, 0, 1).tolist()
        chosen = range(len(figures)) if rows is None else rows
        return [self._records(figures[row], own) for row, own in zip(chosen, dead_shares, strict=True)]

    def _records(self, rows: list[list[float]], dead_shares: Sequence[float]) -> tuple[LayerMetrics, ...]:
        shares: list[float | None] = [*dead_shares, None]
        return tuple(
            LayerMetrics(
                name=layer.name,
                units=layer.units,
                dead_share=shares[index],
                inactive_share=_mean(rows[0][index], rows[3][index]),
                weight_norm=rows[4][index],
                gradient_norm=_mean(rows[1][index], rows[3][index]),
                update_ratio=_mean(rows[2][index], rows[3][index]),
            )
            for index, layer in enumerate(self.layers)
        )

    def _sections(self, flat: Tensor) -> list[Tensor]:
        return [self.parameters.section(flat, f"{layer.prefix}.weight") for layer in self.layers]


def inactive_shares(gradients: Tensor | Sequence[Tensor]) -> Tensor:
    """The inactive share of each network, (K,), of (units, B) each or as ``inactive_share`` has it."""
    if isinstance(gradients, Tensor):
        return (gradients.abs() < INACTIVE_GRADIENT).float().mean((1, 2))
    return torch.stack([inactive_share(own) for own in gradients])


def _norms(sections: Sequence[Tensor]) -> Tensor:
    """Of each network, (layers, K)."""
    return torch.stack([torch.linalg.vector_norm(section, dim=1) for section in sections])


def _mean(total: float, count: float) -> float | None:
    """None where nothing was observed, or where weights of norm 0 have no ratio."""
    return total / count if count and isfinite(total) else None
