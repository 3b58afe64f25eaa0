"""What happened in a run: rules over its recorded numbers, each with its evidence and one run to try next."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median
from typing import Any

from explorer.config.run import RunConfig
from explorer.evaluation.sweeps import is_diverged
from explorer.records import EpochMetrics, Evaluation, Run, RunResult

ONE_CLASS = 0.95  # of all answers
DEAD = 0.4  # of a layer's units
VANISHED = 0.01  # gradient norm of the first layer over that of the output
POOR = 0.9  # accuracy under which a weak gradient or a slow rate is an illness
SLOW = 0.6  # of the first epoch's loss that is left
RISE, FITTED = 1.05, 0.2  # of validation loss over its least; of training loss over it
STILL = 0.05  # of validation loss lost in the last fifth of the epochs
CONFUSED, CONFUSED_IMAGES, OF_ALL_MISTAKES = 0.1, 5, 0.2
STEPS = (1.0, 2.0, 5.0)

NextRun = tuple[str, Mapping[str, Any]]
UNSCALED: NextRun = ("Scale pixels to [0, 1].", {"data.scaling": "unit"})


@dataclass(frozen=True, slots=True)
class Finding:
    """A symptom with its evidence in words, and what to change in a next run (dotted fields)."""

    name: str
    symptom: str
    evidence: str
    advice: str
    changes: Mapping[str, Any] = field(default_factory=dict)


def diagnose(run: Run, epochs: Sequence[EpochMetrics]) -> tuple[Finding, ...]:
    """The findings of a network's run that has ended, the gravest first; none where nothing is wrong."""
    config = run.network_config
    if is_diverged(run):
        return (_divergence(run, config),)
    result = run.network_result
    if result is None or not epochs:
        return ()
    rules = (
        _collapse(config, result, epochs),
        _vanishing(config, result, epochs),
        _saturation(config, epochs),
        _dead_units(config, epochs),
        _too_slow(config, result, epochs),
        _over_fitting(config, epochs),
        _still_improving(run, config, epochs),
        _confusion(result),
    )
    found = [finding for finding in rules if finding is not None]
    if any(finding.name in ("collapse", "too_slow") for finding in found):
        # Who has learned nothing yet has nothing to improve on, and confuses all classes.
        found = [finding for finding in found if finding.name not in ("still_improving", "confusion")]
    return tuple(found)


def smaller(rate: float, factor: float = 10.0) -> float:
    """The rate divided by a factor, as a round figure (1, 2 or 5 times a power of ten)."""
    return _round(rate / factor)


def larger(rate: float, factor: float = 10.0) -> float:
    """The rate times a factor, as a round figure, at most 10."""
    return min(10.0, _round(rate * factor))


def _at(rate: float) -> NextRun:
    return f"Train at a learning rate of {rate:g}.", {"optimizer.learning_rate": rate}


def _divergence(run: Run, config: RunConfig) -> Finding:
    if config.data.scaling == "none":
        advice, changes = UNSCALED
    else:
        advice, changes = _at(smaller(config.optimizer.learning_rate))
    return Finding("divergence", "The training diverged", run.reason, advice, changes)


def _collapse(config: RunConfig, result: RunResult, epochs: Sequence[EpochMetrics]) -> Finding | None:
    asked, images = _asked(result)
    answers = [sum(row[digit] for row in asked.confusion) for digit in range(len(asked.confusion))]
    share, digit = max((count / max(1, asked.images), digit) for digit, count in enumerate(answers))
    if share < ONE_CLASS:
        return None
    evidence = (
        f"It answers “{digit}” to {100 * share:.0f} % of the {images}. Its accuracy of "
        f"{100 * asked.accuracy:.1f} % is no more than that class's share of the images."
    )
    causes = (_vanishing(config, result, epochs), _saturation(config, epochs), _dead_units(config, epochs))
    cause = next((finding for finding in causes if finding is not None), None)
    if cause is not None:
        advice, changes = cause.advice, cause.changes
        evidence += f" {cause.evidence}"
    elif config.data.scaling == "none":
        advice, changes = UNSCALED
    else:
        advice, changes = _at(larger(config.optimizer.learning_rate))
    return Finding("collapse", "It answers with one class only", evidence, advice, changes)


def _vanishing(config: RunConfig, result: RunResult, epochs: Sequence[EpochMetrics]) -> Finding | None:
    if config.network.activation not in ("sigmoid", "tanh") or _asked(result)[0].accuracy > POOR:
        return None
    ratios = [
        first.gradient_norm / last.gradient_norm
        for first, last in ((epoch.layers[0], epoch.layers[-1]) for epoch in epochs if len(epoch.layers) > 2)
        if first.gradient_norm is not None and last.gradient_norm
    ]
    if not ratios or median(ratios) > VANISHED:
        return None
    return Finding(
        "vanishing",
        "The gradient vanishes on its way down",
        f"At {epochs[-1].layers[0].name} it has {100 * median(ratios):.2g} % of its norm at the output: the "
        "lower layers hardly move.",
        "Train with ReLU.",
        {"network.activation": "relu"},
    )


def _saturation(config: RunConfig, epochs: Sequence[EpochMetrics]) -> Finding | None:
    worst = _most_dead(epochs) if config.network.activation in ("sigmoid", "tanh") else None
    if worst is None:
        return None
    name, share = worst
    evidence = f"In {name} {100 * share:.0f} % of the units are within 0.001 of saturation on every image."
    if config.data.scaling == "none":
        next_run: NextRun = UNSCALED
    elif config.network.initialisation != "glorot_uniform":
        next_run = "Begin with Glorot's weights.", {"network.initialisation": "glorot_uniform"}
    else:
        next_run = _at(smaller(config.optimizer.learning_rate))
    return Finding("saturation", "Units are saturated", evidence, *next_run)


def _dead_units(config: RunConfig, epochs: Sequence[EpochMetrics]) -> Finding | None:
    worst = _most_dead(epochs) if config.network.activation == "relu" else None
    if worst is None:
        return None
    name, share = worst
    evidence = f"In {name} {100 * share:.0f} % of the units are zero on every image, and learn no more."
    if config.data.scaling == "none":
        return Finding("dead_units", "Units have died", evidence, *UNSCALED)
    advice, changes = "Train with leaky ReLU, whose units can't die.", {"network.activation": "leaky_relu"}
    return Finding("dead_units", "Units have died", evidence, advice, changes)


def _too_slow(config: RunConfig, result: RunResult, epochs: Sequence[EpochMetrics]) -> Finding | None:
    losses = [epoch.train_loss for epoch in epochs]
    falls = sum(after < before for before, after in pairwise(losses))
    if len(losses) < 3 or falls < 0.9 * (len(losses) - 1) or losses[-1] < SLOW * losses[0]:
        return None
    if _asked(result)[0].accuracy > POOR:
        return None
    rate = larger(config.optimizer.learning_rate)
    if rate <= config.optimizer.learning_rate:
        return None
    return Finding(
        "too_slow",
        "The learning rate is too low",
        f"The training loss falls steadily, but after {len(losses)} epochs "
        f"{100 * losses[-1] / losses[0]:.0f} % of the first epoch's is left.",
        *_at(rate),
    )


def _over_fitting(config: RunConfig, epochs: Sequence[EpochMetrics]) -> Finding | None:
    known = [(epoch.validation_loss, epoch) for epoch in epochs if epoch.validation_loss is not None]
    if len(known) < 4 or config.training.keep == "best":
        return None
    least, best = min(known, key=lambda pair: pair[0])
    last = known[-1][0]
    if last < RISE * least or last - least < 0.02 or epochs[-1].train_loss > FITTED * last:
        return None
    return Finding(
        "over_fitting",
        "It over-fits",
        f"The validation loss was least after epoch {best.epoch:,} ({least:.4f}) and has risen to "
        f"{last:.4f}, "
        f"while the training loss fell to {epochs[-1].train_loss:.4f}.",
        "Stop after three epochs without improvement, and keep the best weights.",
        {"training.keep": "best", "training.patience": 3},
    )


def _still_improving(run: Run, config: RunConfig, epochs: Sequence[EpochMetrics]) -> Finding | None:
    losses = [
        epoch.train_loss if epoch.validation_loss is None else epoch.validation_loss for epoch in epochs
    ]
    before = max(1, len(losses) // 5)
    if len(losses) < 4 or run.epoch < config.training.epochs:
        return None
    gained = 1 - losses[-1] / losses[-1 - before] if losses[-1 - before] else 0.0
    if gained < STILL or losses[-1] > min(losses):
        return None
    more = min(1000, 3 * config.training.epochs)
    kind = "training" if epochs[-1].validation_loss is None else "validation"
    span = "epoch" if before == 1 else f"{before} epochs"
    return Finding(
        "still_improving",
        "It was still improving",
        f"In the last {span} the {kind} loss fell by {100 * gained:.0f} %.",
        f"Train for {more:,} epochs.",
        {"training.epochs": more},
    )


def _confusion(result: RunResult) -> Finding | None:
    asked, images = _asked(result)
    mistakes = asked.images - asked.correct
    rows = asked.confusion
    pairs = [
        (count, true, answer)
        for true, row in enumerate(rows)
        for answer, count in enumerate(row)
        if true != answer
    ]
    count, true, answer = max(pairs)
    of_class = sum(rows[true])
    if count < CONFUSED_IMAGES or count < CONFUSED * of_class or count < OF_ALL_MISTAKES * mistakes:
        return None
    return Finding(
        "confusion",
        f"It takes {true} for {answer}",
        f"{count} of {of_class} {images} of class {true} are read as {answer}: "
        f"{100 * count / mistakes:.0f} % of all mistakes.",
        "Show it each digit in more ways: turned and moved a little.",
        {"data.augmentation.rotation": 10.0, "data.augmentation.shift": 1.0},
    )


def _most_dead(epochs: Sequence[EpochMetrics]) -> tuple[str, float] | None:
    """The layer with the greatest dead share at the end, if that is an illness."""
    shares = [(layer.dead_share, layer.name) for layer in epochs[-1].layers if layer.dead_share is not None]
    share, name = max(shares, default=(0.0, ""))
    return (name, share) if share >= DEAD else None


def _asked(result: RunResult) -> tuple[Evaluation, str]:
    """The answers to judge by: never those on the test set."""
    if result.validation is not None:
        return result.validation, "validation images"
    return result.train, "training images"


def _round(rate: float) -> float:
    candidates = [float(f"{step:g}e{power}") for power in range(-9, 3) for step in STEPS]
    return min(candidates, key=lambda known: abs(known - rate))
