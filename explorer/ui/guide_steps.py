"""The steps of the Guide page: the experiment of each, and the question that its result answers."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from explorer.config.parsing import config_from_paths
from explorer.config.run import RunConfig
from explorer.records import Run, RunStatus

RATES = (0.0001, 0.001, 0.01, 0.1, 1.0)
DEEP = {"network.hidden": [64] * 5, "optimizer.name": "sgd", "optimizer.learning_rate": 0.1}
ONE_LAYER = {"network.hidden": [128], "training.epochs": 60}
FIRST, SIGMOID, RELU, LENET, FEW, MANY = "first", "sigmoid", "relu", "lenet", "few", "many"
FEW_IMAGES = 50

# Every run learns from the bundled digits, so that it takes seconds and needs no download.
SETTINGS: dict[str, Mapping[str, Any]] = {
    FIRST: {},
    **{f"rate {rate:g}": {"optimizer.learning_rate": rate} for rate in RATES},
    SIGMOID: {**DEEP, "network.activation": "sigmoid"},
    RELU: {**DEEP, "network.activation": "relu"},
    LENET: {"network.preset": "lenet"},
    FEW: {**ONE_LAYER, "data.train_size": FEW_IMAGES},
    MANY: ONE_LAYER,
}


@dataclass(frozen=True, slots=True)
class Step:
    """One step. ``runs`` are names in ``SETTINGS``; ``start`` is the label of the button that trains them."""

    name: str
    title: str
    text: str
    question: str
    runs: tuple[str, ...] = (FIRST,)
    start: str = ""
    needs: str = field(default="")  # the step whose runs it looks at, by its name


STEPS = (
    Step(
        "first",
        "A first network",
        "A network of one hidden layer with 64 units learns from 1,293 scanned digits, ten times over. "
        "Press the button and watch its curves: the loss is what it tries to make small.",
        "How many digits that it has never seen will it read: about half of them, nine in ten, or all?",
        start="Train it",
    ),
    Step(
        "mistakes",
        "Its mistakes",
        "Look at the digits that it misread. In the matrix, a row is the true digit, a column what the "
        "network took it for; click a number to see the very images.",
        "Which two digits does it mix up most? Would you have read them?",
        needs="first",
    ),
    Step(
        "weights",
        "What it looks for",
        "Each picture is the weights of one unit: orange where ink speaks for it, blue where ink speaks "
        "against it. Press Play above them and see the training from its first epoch on.",
        "Which parts of the pictures change, and which stay noise? What lies there in the images?",
        needs="first",
    ),
    Step(
        "rate",
        "Too fast, too slow",
        "The learning rate says how far each step goes. Five networks, all but the learning rate the same, "
        "learn at once.",
        "Which rate comes furthest in ten epochs, and what do the losses of the others look like?",
        runs=tuple(f"rate {rate:g}" for rate in RATES),
        start="Train the five",
    ),
    Step(
        "gradient",
        "Deep, and stuck",
        "Two networks of five hidden layers, one with sigmoids and one with ReLUs. The error has to go "
        "back through all layers, and every sigmoid lets a quarter of it through at most.",
        "How large is the gradient in the first layer of each, beside that of the last?",
        runs=(SIGMOID, RELU),
        start="Train both",
    ),
    Step(
        "shift",
        "Shifted by two pixels",
        "A convolutional network looks for the same strokes everywhere; a fully connected one ties them to "
        "their place. Ask both about digits that were moved.",
        "How many digits does each of them still read when they are shifted by two pixels?",
        runs=(FIRST, LENET),
        start="Train a LeNet beside it",
    ),
    Step(
        "few",
        "Learning by heart",
        f"One network learns from {FEW_IMAGES} digits, one from all, 60 times over. Both come to read "
        "every digit that they learn from.",
        f"What does the one with {FEW_IMAGES} know of digits that it has not seen, and when did it stop "
        "getting better?",
        runs=(FEW, MANY),
        start="Train both",
    ),
    Step(
        "draw",
        "Your own digit",
        "Draw a digit with the mouse or a finger, and see what your networks say. Then switch a step of "
        "its preparation off. Keep it with its label if you like: it becomes one of our handwriting.",
        "Do the networks read you as well as the test digits? If not: what is different about yours?",
        needs="first",
    ),
)


@cache
def config_of(name: str) -> RunConfig:
    """What a run of the guide is asked to do."""
    return config_from_paths(SETTINGS[name])


def run_of(name: str, runs: Iterable[Run]) -> Run | None:
    """The run that stands for this one of the guide, whoever started it: its settings are what counts.

    A finished one before one under way, that before any other; of several the first in the order given.
    """
    wanted = _as_asked(config_of(name))
    found = [run for run in runs if isinstance(run.config, RunConfig) and _as_asked(run.config) == wanted]
    found = [run for run in found if run.parent is None]
    for fits in (lambda run: run.status is RunStatus.FINISHED, lambda run: run.status.is_active):
        for run in found:
            if fits(run):
                return run
    return found[0] if found else None


def has_diverged(run: Run) -> bool:
    """Whether it failed because its numbers left all bounds, which is an answer too."""
    return run.status is RunStatus.FAILED and "diverged" in run.reason.lower()


def is_done(run: Run | None) -> bool:
    """Whether a run of the guide has come to something that can be told."""
    if run is None:
        return False
    return (run.status is RunStatus.FINISHED and run.network_result is not None) or has_diverged(run)


def _as_asked(config: RunConfig) -> RunConfig:
    """Without what does not matter here: its seed, and who trains it."""
    training = config.training.model_copy(
        update={"seed": 0, "device": "auto", "engine": "torch", "time_limit_seconds": None}
    )
    return config.model_copy(update={"training": training})
