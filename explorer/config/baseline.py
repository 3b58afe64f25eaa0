"""The configuration of a classical baseline: a method that is fitted to features, without a network."""

from collections.abc import Iterator
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from explorer.config.rules import feature_problems
from explorer.config.run import Augmentation, Data, Section, setting
from explorer.errors import Problem

Gamma = Annotated[float, Field(gt=0, le=1000)]
BaselineModel = Literal["knn", "linear_svm", "rbf_svm", "logistic", "forest"]

# Which parameters each method has; any other must be left at its default.
PARAMETERS: dict[BaselineModel, tuple[str, ...]] = {
    "knn": ("k",),
    "linear_svm": ("C",),
    "rbf_svm": ("C", "gamma"),
    "logistic": ("C",),
    "forest": ("trees",),
}


# fmt: off
# A table: one setting a line.

class Baseline(Section):
    """Which method is fitted, and its parameters."""

    model: BaselineModel = setting("knn", "Method", "Nearest neighbours, a linear or RBF support vector machine, logistic regression, or a random forest.")
    k: int = setting(3, "k", "How many nearest training images vote; few follow every quirk, many blur the classes.", ge=1, le=1000, unit="neighbours")
    C: float = setting(1.0, "C", "How much a wrong training image costs; a small C keeps the model simpler.", gt=0, le=1_000_000, logarithmic=True)
    gamma: Gamma | Literal["scale"] = setting("scale", "γ", "How near images must be to count as alike; scale is 1 / (features × variance).", logarithmic=True)
    trees: int = setting(100, "Trees", "How many trees vote.", ge=1, le=1000, unit="trees")

# fmt: on


class BaselineConfig(Section):
    """Everything that decides how one baseline is fitted; same config, same result."""

    data: Data = setting(Data(), "Data", "Which images, and what is seen of them.")
    baseline: Baseline = setting(Baseline(), "Baseline", "Which method.")
    seed: int = Field(
        0, title="Seed", description="Decides the random choices of a forest.", ge=0, le=2**31 - 1
    )

    @model_validator(mode="after")
    def _check_fields_against_each_other(self) -> Self:
        problems = tuple(_problems(self))
        if problems:
            raise PydanticCustomError("cross_field", "fields contradict each other", {"problems": problems})
        return self


def _problems(config: BaselineConfig) -> Iterator[Problem]:
    chosen, plain = config.baseline, Baseline()
    for name in Baseline.model_fields:
        if name == "model" or name in PARAMETERS[chosen.model]:
            continue
        value = getattr(chosen, name)
        if value != getattr(plain, name):
            owners = " and ".join(model for model, names in PARAMETERS.items() if name in names)
            yield Problem(
                f"baseline.{name}", value, f"left out with {chosen.model}", f"It belongs to {owners}."
            )
    yield from feature_problems(config.data)
    if config.data.augmentation != Augmentation():
        yield Problem(
            "data.augmentation",
            config.data.augmentation.model_dump(),
            "zero for a baseline",
            "It is drawn for each batch, and a baseline has none.",
        )
