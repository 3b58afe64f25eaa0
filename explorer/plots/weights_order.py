"""In which order units are shown, and which class each of them pushes for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

NORM_EPSILON = 1e-5  # batch norm's, as PyTorch has it

Order = Literal["number", "norm", "class", "dead"]


@dataclass(frozen=True, slots=True, eq=False)
class Pushes:
    """How far one more of each unit's activation moves each class's logit: ``values`` (classes, units).

    ``is_exact`` where only the output's weights lie between; else the layers between are taken as if they
    passed on what they get (their bends are ignored), and a filter as if its whole map rose by one.
    """

    values: NDArray[np.float64]
    is_exact: bool

    @property
    def classes(self) -> tuple[int, ...]:
        """The class that each unit pushes for most."""
        return tuple(int(number) for number in self.values.argmax(axis=0))


def pushes(arrays: Mapping[str, NDArray[Any]], prefixes: Sequence[str], layer: int) -> Pushes | None:
    """The pushes of a hidden layer (counted from 0); None where the checkpoint lacks a layer's weights.

    ``prefixes`` name all layers with weights, first layer first, the output last.
    """
    if any(f"{prefix}.weight" not in arrays for prefix in prefixes[layer:]):
        return None
    passed: NDArray[np.float64] = np.asarray(arrays[f"{prefixes[-1]}.weight"], dtype=np.float64)
    for number in range(len(prefixes) - 2, layer, -1):
        weight = np.asarray(arrays[f"{prefixes[number]}.weight"], dtype=np.float64)
        passed = _over_places(passed, len(weight)) * norm_factors(arrays, prefixes[number])
        passed = passed @ (weight.sum(axis=(2, 3)) if weight.ndim == 4 else weight)
    units = len(arrays[f"{prefixes[layer]}.weight"])
    return Pushes(_over_places(passed, units), is_exact=layer == len(prefixes) - 2)


def norm_factors(arrays: Mapping[str, NDArray[Any]], prefix: str) -> NDArray[np.float64]:
    """What batch norm multiplies each unit's sum with (units,); ones where the layer has none."""
    if f"{prefix}.norm.running_var" not in arrays:
        return np.ones(len(arrays[f"{prefix}.weight"]))
    variance = np.asarray(arrays[f"{prefix}.norm.running_var"], dtype=np.float64)
    factors: NDArray[np.float64] = arrays[f"{prefix}.norm.weight"] / np.sqrt(variance + NORM_EPSILON)
    return factors


def _over_places(passed: NDArray[np.float64], units: int) -> NDArray[np.float64]:
    """(classes, units · places) summed over the places of each filter's map: (classes, units)."""
    summed: NDArray[np.float64] = passed.reshape(len(passed), units, -1).sum(axis=2)
    return summed


def unit_order(
    how: Order,
    norms: NDArray[np.floating],
    pushed: Pushes | None = None,
    dead: NDArray[np.bool_] | None = None,
) -> tuple[int, ...]:
    """Units as they are to be shown.

    By number; the greatest norm first; by the class they push for, the strongest push of each first; or
    dead ones first. What an order needs and is not there leaves units as they are numbered.
    """
    numbers = np.arange(len(norms))
    if how == "norm":
        chosen = np.argsort(-np.asarray(norms), kind="stable")
    elif how == "class" and pushed is not None:
        strengths = pushed.values.max(axis=0)
        chosen = np.lexsort((numbers, -strengths, np.array(pushed.classes)))
    elif how == "dead" and dead is not None:
        chosen = np.argsort(~np.asarray(dead, dtype=bool), kind="stable")
    else:
        chosen = numbers
    return tuple(int(unit) for unit in chosen)


def seen_through(
    arrays: Mapping[str, NDArray[Any]], prefixes: Sequence[str], layer: int, unit: int
) -> NDArray[np.float64] | None:
    """A dense unit's weights on the network's inputs (inputs,), as if the layers before it were linear.

    None where a layer before it is missing or is a convolution.
    """
    weights = [arrays.get(f"{prefix}.weight") for prefix in prefixes[: layer + 1]]
    if any(weight is None or weight.ndim != 2 for weight in weights):
        return None
    seen: NDArray[np.float64] = np.asarray(arrays[f"{prefixes[layer]}.weight"], dtype=np.float64)[unit]
    seen = seen * norm_factors(arrays, prefixes[layer])[unit]
    for number in range(layer - 1, -1, -1):
        prefix = prefixes[number]
        seen = (seen * norm_factors(arrays, prefix)) @ np.asarray(
            arrays[f"{prefix}.weight"], dtype=np.float64
        )
    return seen
