"""The answers of a fitted baseline: one safetensors file a run, with what they amount to."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from explorer.errors import CheckpointError
from explorer.models import checkpoint
from explorer.records import BaselineResult
from explorer.settings import Settings
from explorer.storage.checkpoints import run_folder
from explorer.storage.codec import read_result, write_result

FILE = "answers.safetensors"
NONE = np.empty(0, np.uint8)


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """Predicted classes of the test and the validation images, uint8 in split order, and the result."""

    result: BaselineResult
    test: NDArray[np.uint8]
    validation: NDArray[np.uint8]


def save_answers(settings: Settings, run_id: int, answers: Answers) -> None:
    """Keeps them in one file, in place of those of an earlier attempt; raises StoreError."""
    arrays = {"test": answers.test, "validation": answers.validation}
    checkpoint.save(_path(settings, run_id), arrays, {"result": write_result(answers.result)})


def load_answers(settings: Settings, run_id: int) -> Answers:
    """What ``save_answers`` kept; raises CheckpointError where it is missing or damaged."""
    path = _path(settings, run_id)
    arrays, facts = checkpoint.load(path)
    result = read_result(facts.get("result", ""))
    if not isinstance(result, BaselineResult) or not {"test", "validation"} <= arrays.keys():
        raise CheckpointError(f"The answers in {path} are not those of a baseline. Fit it again.")
    return Answers(result, arrays["test"], arrays["validation"])


def forget_answers(settings: Settings, run_id: int) -> None:
    """Lets go of the answers of an earlier attempt."""
    _path(settings, run_id).unlink(missing_ok=True)


def _path(settings: Settings, run_id: int) -> Path:
    return run_folder(settings, run_id) / FILE
