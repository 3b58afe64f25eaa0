"""What a run left behind: frozen values that every layer above may read."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from explorer.config.baseline import BaselineConfig
from explorer.config.run import RunConfig


class RunStatus(StrEnum):
    """The life of a run: queued → running → finished | stopped | failed, with paused on the way."""

    QUEUED = "queued"
    RUNNING = "running"
    PAUSED = "paused"
    FINISHED = "finished"
    STOPPED = "stopped"
    FAILED = "failed"

    @property
    def is_active(self) -> bool:
        """Whether a worker has, or will have, this run in hand."""
        return self in (RunStatus.QUEUED, RunStatus.RUNNING)

    @property
    def can_resume(self) -> bool:
        """Whether the run can go back to the queue and continue from its last checkpoint."""
        return self in (RunStatus.PAUSED, RunStatus.STOPPED, RunStatus.FAILED)


class Request(StrEnum):
    """What a user asks of a running run; its worker answers at the next look."""

    PAUSE = "pause"
    STOP = "stop"


@dataclass(frozen=True, slots=True)
class StepMetrics:
    """Training loss over one bin of consecutive mini-batches (mean, least, greatest).

    Steps count from 1 over the whole run, both ends included; at most 2,000 bins a run.
    """

    epoch: int
    first_step: int
    last_step: int
    loss: float
    loss_min: float
    loss_max: float


@dataclass(frozen=True, slots=True)
class LayerMetrics:
    """One layer at the end of an epoch; shares are in [0, 1].

    ``dead_share``: share of units that are dead on the whole probe set (None for the output layer).
    ``inactive_share``: share of (unit, image) pairs of a mini-batch whose pre-activation gradient
    is below 1e-5 in absolute value (None before the first step).
    ``weight_norm``, ``gradient_norm``: Frobenius norms, ``update_ratio``: ‖ΔW‖ / ‖W‖ of one step.
    """

    name: str
    units: int
    dead_share: float | None
    inactive_share: float | None
    weight_norm: float
    gradient_norm: float | None
    update_ratio: float | None


@dataclass(frozen=True, slots=True)
class EpochMetrics:
    """One epoch. Losses are means over images, accuracies shares in [0, 1].

    ``train_*`` are running means over the epoch's mini-batches (Keras's convention); ``validation_*``
    is None without a validation set, ``test_*`` unless early stopping watches the test set.
    ``learning_rate`` is that of the epoch's last step; ``seconds`` covers training, not monitoring.
    ``predictions`` holds one byte (the predicted class) for each validation image, in split order.
    """

    epoch: int
    step: int
    images_seen: int
    train_loss: float
    train_accuracy: float
    validation_loss: float | None
    validation_accuracy: float | None
    test_loss: float | None
    test_accuracy: float | None
    learning_rate: float
    seconds: float
    layers: tuple[LayerMetrics, ...]
    predictions: bytes = b""


@dataclass(frozen=True, slots=True)
class ClassMetrics:
    """Precision, recall and F1 (0 where undefined, as scikit-learn's ``zero_division=0``) and support."""

    precision: float
    recall: float
    f1: float
    support: int


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The answers on one split. ``confusion`` is 10×10 counts, rows = true class.

    ``loss`` is None for a baseline that gives no probabilities.
    """

    loss: float | None
    accuracy: float
    confusion: tuple[tuple[int, ...], ...]
    per_class: tuple[ClassMetrics, ...]

    @property
    def images(self) -> int:
        """How many images were asked."""
        return sum(sum(row) for row in self.confusion)

    @property
    def correct(self) -> int:
        """How many were answered rightly."""
        return sum(row[index] for index, row in enumerate(self.confusion))


@dataclass(frozen=True, slots=True)
class RunResult:
    """What an ended run amounts to, measured once with the weights that are kept.

    ``best_epoch`` is the epoch of the kept weights' best monitored value; ``duration_seconds`` is the
    time spent training and monitoring, pauses left out; ``samples_per_second`` counts training images.
    ``predict_seconds`` is the time of answering all test images (None for runs of earlier versions); it is
    no part of what makes two results equal.
    """

    parameters: int
    epochs_run: int
    best_epoch: int
    kept_epoch: int
    train: Evaluation
    validation: Evaluation | None
    test: Evaluation
    layers: tuple[LayerMetrics, ...]
    duration_seconds: float
    samples_per_second: float
    threads: int
    predict_seconds: float | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class BaselineResult:
    """What a fitted baseline amounts to.

    ``train`` is None where asking would take longer than fitting (nearest neighbours, RBF machine).
    ``features`` is how many numbers stand for an image; ``model_bytes`` what a prediction needs to have in
    memory. ``feature_seconds`` is the time to compute the features (0 where they were on disk),
    ``fit_seconds`` that of fitting, ``predict_seconds`` that of answering all test images.
    """

    features: int
    train: Evaluation | None
    validation: Evaluation | None
    test: Evaluation
    feature_seconds: float
    fit_seconds: float
    predict_seconds: float
    model_bytes: int
    duration_seconds: float
    threads: int


@dataclass(frozen=True, slots=True)
class Parent:
    """Where a run branched off: at the end of an epoch of another run, whose weights it began with.

    Its own epochs count on from there. ``run_id`` is None for a run of another installation; the parent may
    be gone. The schedule counts from the end of the epoch ``schedule_from`` of the whole curve (0: from its
    start). Its optimizer took over the memory of so many steps; 0 where it began anew.
    """

    run_id: int | None
    epoch: int
    schedule_from: int = 0
    optimizer_steps: int = 0


@dataclass(frozen=True, slots=True)
class Change:
    """A setting that was changed while a run trained, from a step on (counted from 1 over the whole curve).

    ``field`` is its dotted name; ``epoch`` the one that the step is of.
    """

    field: str
    epoch: int
    step: int
    before: float
    value: float


@dataclass(frozen=True, slots=True)
class Run:
    """One network trained once, or one baseline fitted once. ``device`` is where (None while queued).

    ``reason`` says in words why a run was paused, stopped or failed. ``epoch`` and ``step`` are the
    newest recorded ones; ``total_steps`` is 0 until a worker has seen the data. A baseline counts its units
    of work as steps and names the one in hand as ``stage``. ``parent`` is where it branched off (None for
    one that began by itself), ``changes`` what was changed while it trained, in the order of the steps;
    ``wanted_rate`` a learning rate that was asked for and that its worker has not taken yet.
    """

    id: int
    name: str
    config: RunConfig | BaselineConfig
    status: RunStatus
    reason: str
    group: str | None
    device: str | None
    request: Request | None
    epoch: int
    step: int
    total_steps: int
    samples_per_second: float
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    result: RunResult | BaselineResult | None
    stage: str = ""
    parent: Parent | None = None
    changes: tuple[Change, ...] = ()
    wanted_rate: float | None = None

    @property
    def network_config(self) -> RunConfig:
        """What was asked of the network; a TypeError for a baseline, whose views and jobs are others."""
        if not isinstance(self.config, RunConfig):
            raise TypeError(f"run {self.id} is a baseline")
        return self.config

    @property
    def network_result(self) -> RunResult | None:
        """What the network amounts to; None for a baseline and for a run that has not ended."""
        return self.result if isinstance(self.result, RunResult) else None


class AnalysisState(StrEnum):
    """The life of a question about runs: waiting → running → done | failed."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"

    @property
    def is_open(self) -> bool:
        """Whether more of an answer is to come."""
        return self in (AnalysisState.WAITING, AnalysisState.RUNNING)


@dataclass(frozen=True, slots=True)
class Analysis:
    """A question that a page asked and that another process answers.

    ``kind`` names the analysis, ``request`` its parameters (plain JSON values); equal questions have one
    ``key``. ``progress`` is in [0, 1]; ``version`` counts the parts of the answer that there are so far;
    ``reason`` says in words why one failed.
    """

    key: str
    kind: str
    request: dict[str, Any]
    owner: str
    state: AnalysisState
    progress: float
    reason: str
    attempt: int
    version: int
