"""The sweeps and repeats whose training together is timed."""

from dataclasses import dataclass
from typing import Any, Literal

from explorer.cli.bench.cases import ALL_IMAGES
from explorer.config.parsing import parse_config
from explorer.config.run import RunConfig

LARGE: dict[str, Any] = {"hidden": [500, 250, 100]}
STUDIED = ("sigmoid", "tanh", "relu")  # what the fourth report compares
REPEATS = 5
STUDY_EPOCHS, STUDY_SECONDS = 15, 30  # on a GPU, for all images


@dataclass(frozen=True, slots=True)
class StackCase:
    """So many networks that differ in one thing, trained by SGD, 0.05; ``target`` is the least gain.

    ``our_seconds`` is what an epoch of both sides once took on two cores, for all images.
    """

    name: str
    network: dict[str, Any]
    batch_size: int
    stack: int
    differ: Literal["rates", "seeds", "activations and seeds"]
    device: Literal["cpu", "cuda"]
    target: float
    our_seconds: float

    @property
    def title(self) -> str:
        """How it is called among all measurements; those that need a GPU share their first word."""
        return f"{'cuda ' if self.device == 'cuda' else ''}stack {self.name}"

    def configs(self, images: int, epochs: int) -> list[RunConfig]:
        """The runs, of so many training images of MNIST and none held back."""
        return [self._config(index, images, epochs) for index in range(self.stack)]

    def _config(self, index: int, images: int, epochs: int) -> RunConfig:
        network, seed, rate = self.network, 0, 0.05
        if self.differ == "rates":
            rate *= 1.05**index
        elif self.differ == "seeds":
            seed = index
        else:
            seed = index % REPEATS
            network = network | {"activation": STUDIED[index // REPEATS]}
        return parse_config(
            {
                "data": {"dataset": "mnist", "train_size": min(images, ALL_IMAGES), "validation_size": 0},
                "network": network,
                "optimizer": {"name": "sgd", "learning_rate": rate},
                "training": {
                    "batch_size": self.batch_size,
                    "epochs": epochs,
                    "seed": seed,
                    "device": self.device,
                },
            }
        )


STACKS = (
    StackCase("20 rates 784-10-10 b64", {"hidden": [10]}, 64, 20, "rates", "cpu", 5, 0.6),
    StackCase("20 seeds 784-10-10 b64", {"hidden": [10]}, 64, 20, "seeds", "cpu", 2.5, 1.0),
    StackCase("20 rates 784-64-10 b256", {"hidden": [64]}, 256, 20, "rates", "cpu", 1.6, 1.5),
    StackCase("10 rates 784-500-250-100-10 b64", LARGE, 64, 10, "rates", "cpu", 1.1, 15),
    StackCase("5 x lenet b256", {"preset": "lenet"}, 256, 5, "seeds", "cpu", 0.95, 7),
    StackCase("64 rates 784-500-250-100-10 b64", LARGE, 64, 64, "rates", "cuda", 15, 1),
)
STUDY = StackCase(
    "activation study", LARGE | {"initialisation": "glorot_uniform"}, 64, len(STUDIED) * REPEATS,
    "activations and seeds", "cpu", 2, 20,
)  # fmt: skip


def find_stack(name: str) -> StackCase:
    """The case of this name; raises KeyError."""
    return {case.name: case for case in (*STACKS, STUDY)}[name]
