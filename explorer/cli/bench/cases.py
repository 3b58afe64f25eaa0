"""The networks whose training is timed against what people write."""

from dataclasses import dataclass
from typing import Any

from explorer.config.parsing import parse_config
from explorer.config.run import RunConfig

ALL_IMAGES = 60_000


@dataclass(frozen=True, slots=True)
class Case:
    """One network and batch size, trained by Adam, 0.001.

    ``target`` is the least ratio of the typical loop's epoch to ours. ``typical_seconds`` and
    ``our_seconds`` for 60,000 images are what two cores once took: good for announcing a duration only.
    """

    name: str
    network: dict[str, Any]
    batch_size: int
    target: float
    typical_seconds: float
    our_seconds: float

    def config(self, images: int = ALL_IMAGES, epochs: int = 1, held_back: int = 0) -> RunConfig:
        """The run that trains on so many images of MNIST and is validated on ``held_back`` others."""
        return parse_config(
            {
                "data": {
                    "dataset": "mnist",
                    "train_size": min(images, ALL_IMAGES - held_back),
                    "validation_size": held_back,
                },
                "network": self.network,
                "optimizer": {"name": "adam", "learning_rate": 0.001},
                "training": {"batch_size": self.batch_size, "epochs": epochs, "device": "cpu"},
            }
        )


CASES = (
    Case("784-512-128-10", {"hidden": [512, 128]}, 512, 8, 11, 1.5),
    Case("784-64-10", {"hidden": [64]}, 256, 30, 10, 0.4),
    Case("784-10-10", {"hidden": [10]}, 64, 40, 16, 0.4),
    Case("lenet", {"preset": "lenet"}, 256, 4, 27, 4),
    Case("keras_cnn", {"preset": "keras_cnn"}, 64, 1.3, 40, 20),
)


def find_case(name: str) -> Case:
    """The case of this name; raises KeyError."""
    return {case.name: case for case in CASES}[name]
