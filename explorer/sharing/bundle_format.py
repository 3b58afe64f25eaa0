"""What a bundle of runs is: a ZIP of stored files under fixed names, with a manifest.

``manifest.json`` lists the runs; beside it lie, for each by its number, ``runs/7/epochs.json``,
``steps.json``, ``predictions.safetensors`` (the answers to the validation images after each epoch) and the
run's own safetensors files: weights of the kept epochs, the state to go on from, what a baseline fitted.
"""

import re
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter

from explorer.config.run import DeviceName
from explorer.records import EpochMetrics, StepMetrics

NAME = "MNIST Explorer bundle"
VERSION = 1
SUFFIX = ".explorer.zip"
MANIFEST = "manifest.json"
EPOCHS, STEPS, PREDICTIONS = "epochs.json", "steps.json", "predictions.safetensors"
FITTED, STATE = "fitted.safetensors", "state.safetensors"
WEIGHTS = re.compile(r"epoch-(\d{4,5})\.safetensors")
ENTRY = re.compile(r"runs/(\d{1,9})/([a-z]+\.json|[a-z]+\.safetensors|epoch-\d{4,5}\.safetensors)")

# No honest bundle comes near these.
MOST_RUNS = 1_000
MOST_JSON_BYTES = 32 << 20
MOST_FILES_A_RUN = 70  # 60 checkpoints and a few more
MOST_BYTES = 4 << 30  # of a ZIP without its 64-bit extension
MOST_EPOCHS, MOST_STEPS = 1_000, 4_000

Count = Annotated[int, Field(ge=0, lt=2**53)]
Short = Annotated[str, Field(max_length=200)]
Moment = Annotated[
    AwareDatetime, Field(ge=datetime(1980, 1, 1, tzinfo=UTC), lt=datetime(2200, 1, 1, tzinfo=UTC))
]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class BundledParent(_Part):
    """Where a run branched off."""

    run_id: Annotated[int, Field(ge=1, lt=2**31)] | None
    epoch: Annotated[int, Field(ge=0, le=MOST_EPOCHS)]
    schedule_from: Annotated[int, Field(ge=0, le=MOST_EPOCHS)]
    optimizer_steps: Count


class BundledChange(_Part):
    """A setting that was changed while a run trained."""

    field: Literal["optimizer.learning_rate"]
    epoch: Annotated[int, Field(ge=0, le=MOST_EPOCHS)]
    step: Count
    before: float
    value: float


class BundledRun(_Part):
    """A run as the manifest has it; ``config`` and ``result`` are checked as those of the store."""

    number: Annotated[int, Field(ge=1, lt=2**31)]
    name: Annotated[str, Field(min_length=1, max_length=1_000)]
    config: dict[str, Any]
    status: Literal["paused", "finished", "stopped", "failed"]
    reason: Annotated[str, Field(max_length=10_000)]
    group: Short | None
    device: DeviceName | None
    epoch: Annotated[int, Field(ge=0, le=MOST_EPOCHS)]
    step: Count
    total_steps: Count
    samples_per_second: Annotated[float, Field(ge=0)]
    stage: Short
    created_at: Moment
    started_at: Moment | None
    ended_at: Moment | None
    result: dict[str, Any] | None
    parent: BundledParent | None
    changes: Annotated[list[BundledChange], Field(max_length=10_000)]


class Manifest(_Part):
    """The first file of a bundle."""

    format: Literal["MNIST Explorer bundle"]
    version: Literal[1]
    runs: Annotated[list[BundledRun], Field(min_length=1, max_length=MOST_RUNS)]


EPOCH_LIST: TypeAdapter[tuple[EpochMetrics, ...]] = TypeAdapter(tuple[EpochMetrics, ...])
STEP_LIST: TypeAdapter[tuple[StepMetrics, ...]] = TypeAdapter(tuple[StepMetrics, ...])


def entry(number: int, file: str) -> str:
    """The name of a run's file in the bundle."""
    return f"runs/{number}/{file}"
