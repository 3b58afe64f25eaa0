"""What of a run is drawn over its epochs."""

from typing import Literal

Measure = Literal[
    "train_loss", "validation_loss", "test_loss", "train_accuracy", "validation_accuracy", "test_accuracy"
]

TITLES: dict[Measure, str] = {
    "train_loss": "training loss",
    "validation_loss": "validation loss",
    "test_loss": "test loss",
    "train_accuracy": "training accuracy",
    "validation_accuracy": "validation accuracy",
    "test_accuracy": "test accuracy",
}
