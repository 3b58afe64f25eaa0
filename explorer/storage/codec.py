"""Records as JSON text and back, number for number."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from functools import lru_cache

from pydantic import TypeAdapter

from explorer.records import BaselineResult, Change, LayerMetrics, RunResult

# Each has fields that the other lacks, so a text can be only one of them.
_result: TypeAdapter[RunResult | BaselineResult] = TypeAdapter(RunResult | BaselineResult)
_layers = TypeAdapter(tuple[LayerMetrics, ...])
_changes = TypeAdapter(tuple[Change, ...])


def write_result(result: RunResult | BaselineResult) -> str:
    """JSON of a result; infinities and NaN are written as Python's json does."""
    return json.dumps(asdict(result), separators=(",", ":"))


@lru_cache(maxsize=2048)  # the list of runs is asked for again and again, and results never change
def read_result(text: str) -> RunResult | BaselineResult | None:
    """The result that ``write_result`` wrote; None for a text that is none."""
    try:
        return _result.validate_json(text)
    except ValueError:
        return None


def write_layers(layers: Sequence[LayerMetrics]) -> str:
    """JSON of an epoch's layers."""
    return json.dumps([asdict(layer) for layer in layers], separators=(",", ":"))


def read_layers(text: str) -> tuple[LayerMetrics, ...]:
    """The layers that ``write_layers`` wrote; none for a text that is none."""
    try:
        return _layers.validate_json(text)
    except ValueError:
        return ()


def write_changes(changes: Sequence[Change]) -> str:
    """JSON of what was changed while a run trained."""
    return json.dumps([asdict(change) for change in changes], separators=(",", ":"))


@lru_cache(maxsize=2048)
def read_changes(text: str) -> tuple[Change, ...]:
    """The changes that ``write_changes`` wrote; none for a text that is none."""
    try:
        return _changes.validate_json(text)
    except ValueError:
        return ()
