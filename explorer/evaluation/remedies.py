"""What to change in a next run: usual learning rates, and the settings that keep a network from learning."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from explorer.config.run import Data, RunConfig
from explorer.data.partition import part_sizes
from explorer.errors import ConfigError
from explorer.records import EpochMetrics

STEPS = (1.0, 2.0, 5.0)
MOST_RATE = 10.0
USUAL = {"sgd": 0.1, "adam": 0.001, "adamw": 0.001, "rmsprop": 0.001, "adagrad": 0.01}
FAR_ABOVE = 3.0  # times the usual rate
SPREAD_OUT = 0.5  # standard deviation of initial weights that saturates units
NOTHING = 0.01  # norm of a layer's weights
ROOM = 10  # units; a narrower layer can hardly tell as many classes apart
WIDER = 64
FULL_BATCH = 50_000  # images, where "full" leaves it open
FEW_IMAGES, MANY_MORE = 20_000, 1.5


@dataclass(frozen=True, slots=True)
class Remedy:
    """What to try in words, the settings to change (dotted fields), and what it is told by."""

    advice: str
    changes: Mapping[str, Any] = field(default_factory=dict)
    evidence: str = ""


def smaller(rate: float, factor: float = 10.0) -> float:
    """The rate divided by a factor, as a round figure (1, 2 or 5 times a power of ten)."""
    return _round(rate / factor)


def larger(rate: float, factor: float = 10.0) -> float:
    """The rate times a factor, as a round figure, at most 10."""
    return min(MOST_RATE, _round(rate * factor))


def usual_rate(config: RunConfig) -> float:
    """A learning rate at which this optimizer trains most networks on scaled pixels."""
    rate = USUAL[config.optimizer.name]
    if config.optimizer.name == "sgd":
        rate *= 1 - config.optimizer.momentum
        if config.optimizer.reduction == "sum":
            batch = config.training.batch_size
            rate /= FULL_BATCH if batch == "full" else batch
    return _round(rate)


def lower_rate(config: RunConfig, rate: float) -> Remedy:
    """A tenth of the rate, or the usual one where that is far below."""
    usual = usual_rate(config)
    return _at(config, smaller(rate) if smaller(rate) <= FAR_ABOVE * usual else usual)


def higher_rate(config: RunConfig, rate: float) -> Remedy | None:
    """Ten times the rate, or the usual one where that is above; None where there is no higher one.

    Raw pixels bear no higher rate: they are scaled as well.
    """
    if _is_raw(config):
        return _scaled(config, rate)
    usual = usual_rate(config)
    wanted = usual if larger(rate) < usual else larger(rate)
    return _at(config, wanted) if wanted > rate else None


def obstacle(config: RunConfig, epochs: Sequence[EpochMetrics], rate: float) -> Remedy | None:
    """The setting that keeps this network from learning, the surest first; None where none is out of the way.

    To be asked of networks that have not learned.
    """
    if config.network.initialisation == "zeros":
        return Remedy(
            "Begin with PyTorch's usual weights.",
            {"network.initialisation": "default", "network.biases": "default"},
            "All weights began at zero, so all units of a layer go on as one.",
        )
    if rate > FAR_ABOVE * usual_rate(config):
        gentler = lower_rate(config, rate)
        if _is_raw(config):
            gentler = _scaled(config, rate)
        return Remedy(gentler.advice, gentler.changes, f"A learning rate of {rate:g} is far above the usual.")
    if config.network.initialisation == "gaussian" and config.network.initialisation_sigma >= SPREAD_OUT:
        evidence = f"Initial weights with σ = {config.network.initialisation_sigma:g} are far too large."
        glorot: dict[str, Any] = {"network.initialisation": "glorot_uniform"}
        if not _is_raw(config):
            return Remedy("Begin with Glorot's weights.", glorot, evidence)
        scaled = glorot | {"data.scaling": "standard"}
        return Remedy("Begin with Glorot's weights, and scale pixels to mean 0.", scaled, evidence)
    held = restraint(config, epochs)
    if held is not None:
        return held
    return _scaled(config, rate) if _is_raw(config) else None


def restraint(config: RunConfig, epochs: Sequence[EpochMetrics]) -> Remedy | None:
    """The penalty or the noise that the run was trained with, to be left out; None without one."""
    noises = {
        "gradient_noise": "noise in the backward pass",
        "activation_noise": "noise in the forward pass",
    }
    for name, words in noises.items():
        sigma = getattr(config.regularisation, name)
        if sigma:
            return Remedy(
                f"Train without {words}.",
                {f"regularisation.{name}": 0.0},
                f"It was trained with {words}, σ = {sigma:g}.",
            )
    penalties = {
        "regularisation.l2": ("the L2 penalty", config.regularisation.l2),
        "regularisation.l1": ("the L1 penalty", config.regularisation.l1),
        "optimizer.weight_decay": ("weight decay", config.optimizer.weight_decay),
    }
    path, (words, strength) = max(penalties.items(), key=lambda entry: entry[1][1])
    if not strength:
        return None
    norm = epochs[-1].layers[0].weight_norm if epochs and epochs[-1].layers else 0.0
    left = f"weights of norm {norm:.2g} are" if norm >= NOTHING else "next to nothing is"
    return Remedy(
        f"Train without {words}.",
        {path: 0.0},
        f"With {words} of {strength:g} {left} left of the first layer.",
    )


def more_ways(config: RunConfig) -> Remedy:
    """What makes a network see more of its classes: other copies of the images, or fewer units at a time."""
    moved = config.data.augmentation
    if config.data.features == "pixels" and not (moved.rotation or moved.shift):
        return Remedy(
            "Show it each image in more ways: turned and moved a little.",
            {"data.augmentation.rotation": 10.0, "data.augmentation.shift": 1.0},
        )
    if config.network.dropout < SPREAD_OUT and config.network.hidden:
        return Remedy("Train with half of the hidden units silenced in each step.", {"network.dropout": 0.5})
    return Remedy(
        "Stop after three epochs without improvement, and keep the best weights.",
        {"training.keep": "best", "training.patience": 3},
    )


def more_images(config: RunConfig) -> Remedy | None:
    """All images where the run had few of them; None where there are hardly more."""
    size = config.data.train_size
    if size is None or size >= FEW_IMAGES or _all_images(config.data) < MANY_MORE * size:
        return None
    return Remedy("Train on all images.", {"data.train_size": None}, f"It saw {size:,} images.")


def more_to_see(config: RunConfig) -> Remedy:
    """What helps to tell two classes apart: room in a narrow layer, more images, or each in more ways."""
    hidden = config.network.hidden
    if config.network.preset is None and hidden and min(hidden) < (len(config.data.labels) or ROOM):
        wider = [max(units, WIDER) for units in hidden]
        return Remedy(
            f"Give it more room: at least {WIDER} units a layer.",
            {"network.hidden": wider},
            f"All it knows of an image has to pass through {min(hidden)} units.",
        )
    return more_images(config) or more_ways(config)


def _all_images(data: Data) -> int:
    try:
        return part_sizes(data.model_copy(update={"train_size": None})).train
    except ConfigError:
        return 0  # the dataset is gone


def _is_raw(config: RunConfig) -> bool:
    return config.data.scaling == "none" and config.data.features == "pixels"


def _scaled(config: RunConfig, rate: float) -> Remedy:
    """Pixels of mean 0 and deviation 1 (LeCun et al., 1998), with the usual rate where it was another."""
    usual = usual_rate(config)
    if usual / FAR_ABOVE <= rate <= FAR_ABOVE * usual:
        return Remedy("Scale pixels to mean 0 and deviation 1.", {"data.scaling": "standard"})
    return Remedy(
        f"Scale pixels to mean 0 and deviation 1, and train at a learning rate of {usual:g}.",
        {"data.scaling": "standard", "optimizer.learning_rate": usual},
    )


def _at(config: RunConfig, rate: float) -> Remedy:
    usual = ", which is usual" if rate == usual_rate(config) else ""
    return Remedy(f"Train at a learning rate of {rate:g}{usual}.", {"optimizer.learning_rate": rate})


def _round(rate: float) -> float:
    candidates = [float(f"{step:g}e{power}") for power in range(-9, 3) for step in STEPS]
    return min(candidates, key=lambda known: abs(known - rate))
