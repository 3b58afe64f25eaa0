"""Early stopping: which epoch is the best so far, and for how long there was none better."""

from dataclasses import asdict, dataclass

from explorer.config.run import Training
from explorer.records import EpochMetrics


@dataclass(frozen=True, slots=True)
class Progress:
    """The loop's counters; ``best_epoch`` 0 means that there was no epoch yet.

    ``seconds`` is the time spent training and monitoring, pauses left out.
    """

    best_value: float = 0.0
    best_epoch: int = 0
    stale_epochs: int = 0
    images_seen: int = 0
    seconds: float = 0.0

    def as_floats(self) -> dict[str, float]:
        """For a ``TrainingState``."""
        return {name: float(value) for name, value in asdict(self).items()}

    @classmethod
    def from_floats(cls, values: dict[str, float]) -> "Progress":
        """From a ``TrainingState``."""
        return cls(
            best_value=values["best_value"],
            best_epoch=int(values["best_epoch"]),
            stale_epochs=int(values["stale_epochs"]),
            images_seen=int(values["images_seen"]),
            seconds=values["seconds"],
        )

    def after(self, epoch: EpochMetrics, training: Training, seconds: float) -> "Progress":
        """The counters with one more epoch; an improvement is one by more than ``minimum_change``."""
        value = watched_value(epoch, training)
        gain = value - self.best_value if training.monitor.endswith("accuracy") else self.best_value - value
        improved = self.best_epoch == 0 or gain > training.minimum_change
        return Progress(
            best_value=value if improved else self.best_value,
            best_epoch=epoch.epoch if improved else self.best_epoch,
            stale_epochs=0 if improved else self.stale_epochs + 1,
            images_seen=epoch.images_seen,
            seconds=seconds,
        )

    def is_over(self, training: Training) -> bool:
        """Whether patience or time has run out."""
        out_of_patience = training.patience is not None and self.stale_epochs >= training.patience
        limit = training.time_limit_seconds
        return out_of_patience or (limit is not None and self.seconds >= limit)


def watched_value(epoch: EpochMetrics, training: Training) -> float:
    """The value of ``training.monitor``; the training loss where nothing is held back to measure it."""
    value = {
        "validation_loss": epoch.validation_loss,
        "validation_accuracy": epoch.validation_accuracy,
        "train_loss": epoch.train_loss,
        "test_loss": epoch.test_loss,
        "test_accuracy": epoch.test_accuracy,
    }[training.monitor]
    if value is None:
        return -epoch.train_loss if training.monitor.endswith("accuracy") else epoch.train_loss
    return value
