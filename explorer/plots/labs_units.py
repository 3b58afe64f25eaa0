"""Dead and inactive shares of several networks over their epochs, their hidden layers taken together."""

from collections.abc import Iterable, Mapping, Sequence
from statistics import fmean

from explorer.plots.layers import LayerHistory, LayerSeries
from explorer.records import EpochMetrics, LayerMetrics

History = Sequence[EpochMetrics]


def pooled_shares(networks: Mapping[str, Sequence[History]]) -> tuple[LayerHistory, LayerHistory]:
    """The dead and the inactive share of each network, a line each; of its repeats the mean.

    A share is that of all units of the hidden layers. The mean at an epoch is over the repeats that reached
    it; a network without a value has no line.
    """
    return _history("dead_share", networks), _history("inactive_share", networks)


def _history(measure: str, networks: Mapping[str, Sequence[History]]) -> LayerHistory:
    lines = [_line(name, measure, repeats) for name, repeats in networks.items()]
    return LayerHistory(
        "dead_share" if measure == "dead_share" else "inactive_share",
        tuple(line for line in lines if line.epochs),
    )


def _line(name: str, measure: str, repeats: Sequence[History]) -> LayerSeries:
    found: dict[int, list[float]] = {}
    for history in repeats:
        for epoch in history:
            share = share_of(epoch.layers[:-1], measure)
            if share is not None:
                found.setdefault(epoch.epoch, []).append(share)
    units = max((_units(history) for history in repeats), default=0)
    epochs = tuple(sorted(found))
    return LayerSeries(name, units, epochs, tuple(fmean(found[epoch]) for epoch in epochs))


def share_of(layers: Iterable[LayerMetrics], measure: str) -> float | None:
    """Over the units of these layers; None where none of them has the measure."""
    known = [(share, layer.units) for layer in layers if (share := getattr(layer, measure)) is not None]
    total = sum(units for _, units in known)
    return sum(share * units for share, units in known) / total if total else None


def _units(history: History) -> int:
    return sum(layer.units for layer in history[-1].layers[:-1]) if history else 0
