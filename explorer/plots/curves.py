"""What of a run is drawn over its epochs."""

from typing import Literal

Measure = Literal["train_loss", "validation_loss", "train_accuracy", "validation_accuracy"]

TITLES: dict[Measure, str] = {
    "train_loss": "training loss",
    "validation_loss": "validation loss",
    "train_accuracy": "training accuracy",
    "validation_accuracy": "validation accuracy",
}
