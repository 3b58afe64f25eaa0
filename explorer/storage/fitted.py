"""What a fitted baseline leaves behind: one safetensors file a run, with what it amounts to."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.errors import CheckpointError
from explorer.models import checkpoint
from explorer.records import BaselineResult
from explorer.settings import Settings
from explorer.storage.checkpoints import run_folder
from explorer.storage.codec import read_result, write_result

FILE = "fitted.safetensors"
PREDICTIONS, MODEL = "predictions", "model/"


@dataclass(frozen=True, slots=True, eq=False)
class Fitted:
    """The result, one byte (the predicted class) for each validation image in split order, and the model.

    ``model`` holds the arrays that give each class its score; empty for a method without scores.
    """

    result: BaselineResult
    predictions: bytes
    model: dict[str, NDArray[Any]]


def save_fitted(settings: Settings, run_id: int, fitted: Fitted) -> None:
    """Keeps it in one file, in place of that of an earlier attempt; raises StoreError."""
    arrays = {f"{MODEL}{name}": array for name, array in fitted.model.items()}
    arrays[PREDICTIONS] = np.frombuffer(fitted.predictions, np.uint8)
    checkpoint.save(_path(settings, run_id), arrays, {"result": write_result(fitted.result)})


def load_fitted(settings: Settings, run_id: int) -> Fitted:
    """What ``save_fitted`` kept; raises CheckpointError where it is missing or damaged."""
    path = _path(settings, run_id)
    arrays, facts = checkpoint.load(path)
    result = read_result(facts.get("result", ""))
    if not isinstance(result, BaselineResult) or PREDICTIONS not in arrays:
        raise CheckpointError(f"{path} does not hold a fitted baseline. Fit it again.")
    model = {name.removeprefix(MODEL): array for name, array in arrays.items() if name.startswith(MODEL)}
    return Fitted(result, arrays[PREDICTIONS].tobytes(), model)


def forget_fitted(settings: Settings, run_id: int) -> None:
    """Lets go of what an earlier attempt left."""
    _path(settings, run_id).unlink(missing_ok=True)


def _path(settings: Settings, run_id: int) -> Path:
    return run_folder(settings, run_id) / FILE
